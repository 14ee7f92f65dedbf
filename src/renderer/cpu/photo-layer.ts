/** @file The photo on the moving grid, with the eyes: all that lies behind the face. */
import { smoothstep } from '../../core/smooth';
import type { Iris, PortraitBundle } from '../../portrait-bundle/portrait-bundle';
import { expressionIndex, type FaceModel } from '../../weights/face-model';
import { splitAtEyes } from '../eye-layer';
import { splitByOpacity } from '../photo-triangles';
import { type PictureOutput, showsPlainPhoto } from '../picture-output';
import type { FrameAmounts } from './frame-amounts';
import { fillTriangles, type Geometry } from './rasteriser';
import { type EyeFrame, EyeShader, PHOTO_DEPTH, PhotoShader, SoftPhotoShader } from './shaders';
import type { Target } from './target';
import { type Texture, toTexels } from './textures';
import type { GridMotion } from './vertex-motion';
import type { View } from './view';

const RADIANS_PER_WEIGHT = 0.5235988;
const LIMIT_ACROSS = 0.4363323;
const LIMIT_DOWN = 0.2617994;
const LID_SHADOW = 0.4;
const SIDES = ['R', 'L'] as const;

/** Triangles of the photo layer, by how they are drawn. */
type Parts = { opaque: Uint32Array; eyes: Uint32Array; soft: Uint32Array };

export class PhotoLayer {
  readonly #target: Target;
  readonly #grid: GridMotion;
  readonly #view: View;
  readonly #positions: Float32Array;
  readonly #opaque: { shader: PhotoShader; varyings: Float32Array };
  readonly #soft: { shader: SoftPhotoShader; varyings: Float32Array };
  readonly #eyes: { shader: EyeShader; irises: readonly Iris[]; look: readonly (readonly number[])[] } | undefined;
  readonly #moving: Parts;

  /**
   * Draws what never moves on the target, which holds the backdrop.
   *
   * @param photo texture of the photo or of the person
   */
  constructor(
    model: FaceModel,
    portrait: PortraitBundle,
    grid: GridMotion,
    output: PictureOutput,
    view: View,
    target: Target,
    photo: Texture,
    eyes: Texture | undefined,
  ) {
    this.#target = target;
    this.#grid = grid;
    this.#view = view;
    const count = grid.uv.length / 2;
    this.#positions = new Float32Array(3 * count).fill(PHOTO_DEPTH);
    this.#place(0, count);

    const { u, v } = toTexels(photo);
    const { width, height } = portrait.photo;
    this.#opaque = { shader: new PhotoShader(target, photo), varyings: new Float32Array(2 * count) };
    this.#soft = {
      shader: new SoftPhotoShader(target, photo, 'tested'),
      varyings: new Float32Array(4 * count).fill(1),
    };
    for (let k = 0; k < count; k++) {
      const place = [u(grid.uv[2 * k]! / width), v(grid.uv[2 * k + 1]! / height)];
      this.#opaque.varyings.set(place, 2 * k);
      this.#soft.varyings.set(place, 4 * k);
    }

    const { gaze } = portrait;
    const image = showsPlainPhoto(output) || !portrait.layers ? portrait.photo : portrait.layers.person;
    const person = splitByOpacity(grid.triangles as Uint32Array<ArrayBuffer>, grid.uv, image);
    const split = gaze ? splitAtEyes(person.opaque, grid.uv, gaze) : { eyes: new Uint32Array(), others: person.opaque };
    const moves = (triangles: Uint32Array): Uint32Array => pick(triangles, (vertex) => vertex < grid.moving);
    this.#moving = { opaque: moves(split.others), eyes: split.eyes, soft: moves(person.soft) };
    const rests = (triangles: Uint32Array): Uint32Array =>
      pick(triangles, (_, corners) => corners.every((vertex) => vertex >= grid.moving));
    fillTriangles(target, this.#geometry(rests(split.others)), 0, this.#opaque.shader);
    fillTriangles(target, this.#softGeometry(rests(person.soft)), 0, this.#soft.shader);

    if (!gaze || !eyes) return;
    this.#eyes = {
      shader: new EyeShader(target, photo, eyes, {
        offset: gaze.offset,
        size: [gaze.image.width, gaze.image.height / 2],
        toPhoto: { u: (px) => u(px / width), v: (px) => v(px / height) },
        toEyes: toTexels(eyes),
      }),
      irises: gaze.irises,
      look: SIDES.map((side) =>
        ['In', 'Out', 'Down', 'Up'].map((direction) => expressionIndex(model, `eyeLook${direction}_${side}`)),
      ),
    };
  }

  /** Follows the grid, after its vertices have moved. */
  move(amounts: FrameAmounts): void {
    this.#place(0, this.#grid.moving);
    if (!this.#eyes) return;
    const { irises, look, shader } = this.#eyes;
    shader.eyes = irises.map((iris, k) => eyeFrame(iris, look[k]!, amounts, k)) as unknown as [EyeFrame, EyeFrame];
  }

  /** What is opaque. */
  draw(): void {
    fillTriangles(this.#target, this.#geometry(this.#moving.opaque), 0, this.#opaque.shader);
    const eyes = this.#geometry(this.#moving.eyes);
    if (this.#eyes) fillTriangles(this.#target, { ...eyes, varyings: this.#grid.uv }, 0, this.#eyes.shader);
  }

  /** The outline of the person, over what is behind. */
  drawOutline(): void {
    fillTriangles(this.#target, this.#softGeometry(this.#moving.soft), 0, this.#soft.shader);
  }

  #place(from: number, to: number): void {
    const { scaleX, scaleY, offsetX, offsetY } = this.#view;
    for (let k = from; k < to; k++) {
      this.#positions[3 * k] = this.#grid.places[2 * k]! * scaleX + offsetX;
      this.#positions[3 * k + 1] = this.#grid.places[2 * k + 1]! * scaleY + offsetY;
    }
  }

  #geometry(triangles: Uint32Array): Geometry {
    return { triangles, positions: this.#positions, varyings: this.#opaque.varyings, stride: 2 };
  }

  #softGeometry(triangles: Uint32Array): Geometry {
    return { triangles, positions: this.#positions, varyings: this.#soft.varyings, stride: 4 };
  }
}

/** Triangles with a corner that `accepts` it. */
function pick(triangles: Uint32Array, accepts: (vertex: number, corners: number[]) => boolean): Uint32Array {
  const picked: number[] = [];
  for (let t = 0; t < triangles.length; t += 3) {
    const corners = [...triangles.subarray(t, t + 3)];
    if (corners.some((vertex) => accepts(vertex, corners))) picked.push(...corners);
  }
  return Uint32Array.from(picked);
}

/** @param look indices of the expressions: in, out, down, up @param side 0 right, 1 left */
function eyeFrame(iris: Iris, look: readonly number[], { commanded, blinks }: FrameAmounts, side: number): EyeFrame {
  const [toNose, away, down, up] = look.map((e) => commanded[e]!) as [number, number, number, number];
  const across = Math.sin(limited(RADIANS_PER_WEIGHT * (away - toNose), LIMIT_ACROSS));
  const below = Math.sin(limited(RADIANS_PER_WEIGHT * (down - up), LIMIT_DOWN));
  return {
    centre: iris.centre,
    radius: iris.radius,
    softness: iris.softness,
    shift: [iris.across[0] * across + iris.down[0] * below, iris.across[1] * across + iris.down[1] * below],
    shade: 1 - LID_SHADOW * smoothstep(0.2, 0.9, blinks[side]!),
  };
}

function limited(x: number, limit: number): number {
  return x / (1 + (x / limit) ** 4) ** 0.25;
}
