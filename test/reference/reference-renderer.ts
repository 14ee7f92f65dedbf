/**
 * @file ReferenceRenderer: the frame of a portrait on the CPU in f64, with the interface of a PortraitRenderer but plain data
 * instead of a picture. The WGSL renderer is checked against it, and the gallery takes commanded landmarks from it.
 */
import { ARTICULATION_SIZE } from '../../src/core/audio-types';
import type { MotionFrame } from '../../src/core/motion-frame';
import { type MotionLatent, restLatent } from '../../src/core/motion-latent';
import { type LipShapes, lipShapes } from '../../src/portrait-bundle/lip-shapes';
import type { PortraitBundle } from '../../src/portrait-bundle/portrait-bundle';
import { type LipRing, thinLipRing } from '../../src/renderer/lip-ring';
import { TONGUE_STEP_IOD, tongueModes } from '../../src/renderer/tongue-motion';
import { expressionIndex, type FaceModel } from '../../src/weights/face-model';
import {
  articulationOf,
  clamp,
  commandedExpressions,
  expressedVertex,
  gapCorrections,
  type HeadMotion,
  headMotion,
  type LipProfile,
  lipProfile,
  meshVertices,
  mixed,
  placeInPhoto,
  placeKeypoints,
  type Point,
  showExpressions,
  times,
  tongueAmounts,
} from './frame-steps';
import { ReferenceSecondaryMotion } from './reference-secondary-motion';

/** E expressions, S ring samples, V vertices of the mesh, n of the photo grid. */
export type ReferenceFrame = {
  /** 21 x 3, px of the photo. */
  keypoints: number[];
  /** E: commanded expressions, shown ones, and shown - expression of the photo. */
  commanded: number[];
  shown: number[];
  change: number[];
  /** S, IOD. */
  corrections: number[];
  /** Width of the mouth, in widths without expression. */
  mouthWidth: number;
  /** y of each mode of secondary motion times its strength, IOD. */
  secondary: number[];
  /** f64[V x 3]: px of the photo, canonical z. */
  mesh: Float64Array;
  /** f64[n x 2]: px of the photo. */
  grid: Float64Array;
  /** IOD on the screen from the upper left corner of the photo. */
  lipProfile: LipProfile;
};

/** Amounts that move the vertices. */
type Amounts = Pick<ReferenceFrame, 'shown' | 'change' | 'corrections' | 'secondary'> & { tongue: number[] };

const REST_FRAME: MotionFrame<MotionLatent> = {
  latent: restLatent(),
  articulation: new Float32Array(ARTICULATION_SIZE),
  speechBlend: 0,
  secondaryMotion: 0,
};
const MAX_SECONDARY_MOTION = 2;

export class ReferenceRenderer {
  readonly #model: FaceModel;
  readonly #bundle: PortraitBundle;
  readonly #shapes: LipShapes;
  readonly #lipRing: LipRing;
  readonly #secondary: ReferenceSecondaryMotion;
  #before = REST_FRAME;
  #now = REST_FRAME;

  constructor(model: FaceModel, bundle: PortraitBundle) {
    this.#model = model;
    this.#bundle = bundle;
    this.#shapes = lipShapes(model, bundle);
    this.#lipRing = thinLipRing(bundle.lipRing, bundle.lipRingUpperCount);
    this.#secondary = new ReferenceSecondaryMotion(model);
  }

  /** See PortraitRenderer.advance. */
  advance(frame: MotionFrame<MotionLatent>): void {
    this.#before = this.#now;
    this.#now = { ...frame, latent: frame.latent.slice(), articulation: frame.articulation.slice() };
    this.#secondary.advance(frame.latent);
  }

  /** @param mix 0: the previous motion frame, 1: the newest */
  draw(mix: number): ReferenceFrame {
    const [model, bundle] = [this.#model, this.#bundle];
    const part = clamp(mix, 0, 1);
    const head = headMotion(mixed(this.#before.latent, this.#now.latent, part), bundle.pose);
    const heard = articulationOf(mixed(this.#before.articulation, this.#now.articulation, part));
    const speechBlend = clamp(this.#now.speechBlend, 0, 1);
    const strength = clamp(this.#now.secondaryMotion, 0, MAX_SECONDARY_MOTION);
    const index = (name: string): number => expressionIndex(model, name);

    const commanded = commandedExpressions(model.keypointsToExpressions, head);
    const expressions = showExpressions(bundle, this.#shapes, commanded, speechBlend, heard);
    const { shown, change, mouthWidth } = expressions;
    const blinks = [commanded[index('eyeBlink_R')]!, commanded[index('eyeBlink_L')]!] as const;
    const corrections = gapCorrections(bundle.gaps, this.#shapes.arch, commanded, blinks, speechBlend, expressions);
    const secondary = this.#secondary.modes.map(({ before, now }) => strength * (before * (1 - part) + now * part));
    const tongue = tongueAmounts(heard, shown[index('jawOpen')]!);

    const amounts = { shown, change, corrections, secondary, tongue };
    const mesh = this.#mesh(amounts, head);
    const { points, firstLower } = this.#lipRing;
    const lips = Array.from(
      points,
      (v) => [mesh[3 * v]! / bundle.pose.scale, mesh[3 * v + 1]! / bundle.pose.scale] as const,
    );
    return {
      keypoints: placeKeypoints(this.#canonicalKeypoints(), head, bundle.pose),
      commanded,
      shown,
      change,
      corrections,
      mouthWidth,
      secondary,
      mesh,
      grid: this.#grid(amounts, head),
      lipProfile: lipProfile(lips, firstLower),
    };
  }

  /** x_c of the keypoints, with the expression of the photo. */
  #canonicalKeypoints(): Point[] {
    const { mesh, expression } = this.#bundle;
    return Array.from(this.#model.keypoints, (vertex) =>
      expressedVertex(this.#model, mesh, mesh.source.indexOf(vertex), expression),
    );
  }

  /** Steps 3 to 4 for all vertices of the mesh. */
  #mesh({ shown, corrections, secondary, tongue }: Amounts, head: HeadMotion): Float64Array {
    const { mesh, grid, photo, pose } = this.#bundle;
    const modes = tongueModes(this.#model);
    const out = meshVertices(this.#model, mesh, shown, corrections);
    for (let v = 0; v < mesh.source.length; v++) {
      const p = [...out.subarray(3 * v, 3 * v + 3)] as Point;
      if (v < mesh.faceVertexCount) {
        const column = (mesh.uv[2 * v]! / photo.width) * (grid.columns - 1);
        const row = (mesh.uv[2 * v + 1]! / photo.height) * (grid.rows - 1);
        const [x, y] = this.#secondaryAt(column, row, secondary);
        p[0] += x;
        p[1] += y;
      } else {
        tongue.forEach((amount, t) => {
          const at = 3 * (t * this.#model.vertexCount + mesh.source[v]!);
          for (let k = 0; k < 3; k++) p[k]! += amount * TONGUE_STEP_IOD * modes[at + k]!;
        });
      }
      const [x, y] = placeInPhoto(p, head, pose);
      out.set([x, y, p[2]], 3 * v);
    }
    return out;
  }

  /** PhotoGrid of portrait-bundle.ts. */
  #grid({ change, secondary }: Amounts, head: HeadMotion): Float64Array {
    const { grid, photo, pose } = this.#bundle;
    const count = grid.columns * grid.rows;
    const out = new Float64Array(2 * count);
    for (let v = 0; v < count; v++) {
      const [i, j] = [v % grid.columns, Math.floor(v / grid.columns)];
      const rest = [(i * photo.width) / (grid.columns - 1), (j * photo.height) / (grid.rows - 1)];
      const m: Point = [...this.#secondaryAt(i, j, secondary), 0];
      grid.expressions.forEach((e, k) => {
        for (const axis of [0, 1] as const) m[axis] += change[e]! * grid.basis[2 * (k * count + v) + axis]!;
      });
      const moved = times(m, head.rotation);
      const placed = placeInPhoto(grid.canonical.subarray(3 * v, 3 * v + 3), head, pose);
      for (const axis of [0, 1] as const)
        out[2 * v + axis] =
          rest[axis]! + grid.rigid[v]! * (placed[axis] - rest[axis]!) + pose.scale * head.scale * moved[axis];
    }
    return out;
  }

  /** Secondary motion at a place of the grid, in cells: bilinear. Canonical x and y, IOD. */
  #secondaryAt(x: number, y: number, amounts: readonly number[]): [number, number] {
    const { grid, secondary } = this.#bundle;
    const [i, j] = [Math.min(grid.columns - 2, Math.floor(x)), Math.min(grid.rows - 2, Math.floor(y))];
    const out: [number, number] = [0, 0];
    for (const [di, dj] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const) {
      const share = (di ? x - i : 1 - x + i) * (dj ? y - j : 1 - y + j);
      amounts.forEach((amount, k) => {
        const at = 2 * (k * grid.columns * grid.rows + (j + dj) * grid.columns + i + di);
        for (const axis of [0, 1] as const) out[axis] += share * amount * secondary[at + axis]!;
      });
    }
    return out;
  }
}
