/** @file The mouth between the lips: dark backdrop, socket, tongue, gums and teeth, and the teeth of the photo. */
import { smoothstep } from '../../core/smooth';
import { type PortraitBundle, PHOTO_TEETH_COLUMNS } from '../../portrait-bundle/portrait-bundle';
import { MOUTH_DEPTH_BIAS } from '../frame-limits';
import { lipPolygon, packMouth, packMouthVertices } from '../layer-attributes';
import { MOUTH } from '../../kernels/struct-layouts';
import type { FrameAmounts } from './frame-amounts';
import { placeInPhoto, times } from './frame-steps';
import type { MouthLight } from './mouth-light';
import { fillTriangles } from './rasteriser';
import { InteriorShader, MouthBackdropShader, PhotoTeethShader } from './shaders';
import type { Target } from './target';
import { type Texture, toTexels } from './textures';
import { depthOf, type View } from './view';

/** Nearer than the photo layer, farther than the model. */
const BACKDROP_DEPTH = 0.999;

/** Of shaders/mouth/mouth-interior.wgsl, which explains them. */
const LIGHT_DIRECTION = [0.151, -0.351, -0.924] as const;
const FREE_DEPTH_IOD = 0.067;
const GAIN = 1.1;
const REACH_IOD = [
  [0.2, 0.8],
  [0.17, 0.6],
  [0.3, 0.6],
  [0.15, 0.5],
] as const;
const NEAR_IOD = [0.02, 0.09] as const;
const NEAR = 0.8;
const LOWER_TEETH_LIGHT = 0.7;
const TONGUE_PART = 1;
const TEETH = 2;
const TEETH_GROWTH_IOD = 0.005;
const TEETH_FORWARD_DEPTH = 0.015;

export class MouthLayer {
  readonly #target: Target;
  readonly #portrait: PortraitBundle;
  readonly #view: View;
  /** f32[V x 3] of the whole mesh: pixels of the picture and depth; f32[V]: canonical z. */
  readonly #mesh: { positions: Float32Array; canonicalZ: Float32Array };
  readonly #polygon: { vertices: Uint32Array; triangles: Uint32Array; positions: Float32Array };
  readonly #interior: {
    triangles: Uint32Array;
    visible: Uint32Array;
    /** Normal and part. */
    attributes: Float32Array;
    positions: Float32Array;
    colours: Float32Array;
    /** Frame in which a vertex was lit last. */
    lit: Int32Array;
  };
  readonly #teeth:
    | { strip: Float32Array; triangles: Uint32Array; positions: Float32Array; varyings: Float32Array }
    | undefined;
  readonly #uniform: { lipDepth: number; colours: readonly (readonly number[])[] };
  readonly #shaders: { backdrop: MouthBackdropShader; interior: InteriorShader; teeth: PhotoTeethShader | undefined };
  #frame = 0;

  constructor(
    portrait: PortraitBundle,
    view: View,
    target: Target,
    photo: Texture,
    teeth: Texture | undefined,
    mesh: { positions: Float32Array; canonicalZ: Float32Array },
  ) {
    this.#target = target;
    this.#portrait = portrait;
    this.#view = view;
    this.#mesh = mesh;
    const first = portrait.mesh.faceVertexCount;
    const count = portrait.mesh.source.length - first;
    const polygon = lipPolygon(portrait);
    const vertices = Uint32Array.from(new Set(polygon));
    const place = new Map([...vertices].map((v, k) => [v, k]));
    this.#polygon = {
      vertices,
      triangles: polygon.map((v) => place.get(v)!),
      positions: new Float32Array(3 * vertices.length).fill(BACKDROP_DEPTH),
    };
    const triangles = portrait.mesh.mouthTriangles.map((v) => v - first);
    this.#interior = {
      triangles,
      visible: new Uint32Array(triangles.length),
      attributes: packMouthVertices(portrait),
      positions: new Float32Array(3 * count),
      colours: new Float32Array(3 * count),
      lit: new Int32Array(count),
    };
    const { light, colours, photoTeeth } = portrait.mouth;
    const lit = (k: number): number[] => [0, 1, 2].map((c) => 255 * colours[3 * k + c]! * light[c]!);
    this.#uniform = {
      lipDepth: packMouth(portrait)[MOUTH.fields.lipDepth.offset]!,
      colours: [0, 1, 2, 3].map(lit),
    };
    const [r, g, b] = lit(3).map((x) => Math.min(255, Math.round(x))) as [number, number, number];
    this.#shaders = {
      backdrop: new MouthBackdropShader(target, r | (g << 8) | (b << 16) | (255 << 24)),
      interior: new InteriorShader(target),
      teeth: teeth && new PhotoTeethShader(target, teeth, photo),
    };
    if (!photoTeeth || !teeth) return;
    const [toTeeth, toPhoto] = [toTexels(teeth), toTexels(photo)];
    const corners = 2 * PHOTO_TEETH_COLUMNS;
    this.#teeth = {
      strip: photoTeeth.strip,
      triangles: Uint32Array.from(Array.from({ length: corners - 2 }, (_, k) => [k, k + 1, k + 2]).flat()),
      positions: new Float32Array(3 * corners),
      varyings: new Float32Array(6 * corners),
    };
    const { image, offset } = photoTeeth;
    for (let k = 0; k < corners; k++) {
      const [u, v] = [(k >> 1) / (PHOTO_TEETH_COLUMNS - 1), k & 1];
      const [x, y] = [offset[0] + u * image.width, offset[1] + v * image.height];
      const { width, height } = portrait.photo;
      this.#teeth.varyings.set([toTeeth.u(u), toTeeth.v(v), toPhoto.u(x / width), toPhoto.v(y / height)], 6 * k);
    }
  }

  /** Draws the mouth of a frame after the opaque face. */
  draw(amounts: FrameAmounts, light: MouthLight): void {
    this.#target.mouth.fill(0);
    const bounds = this.#drawBackdrop();
    this.#drawInterior(amounts, light, bounds);
    this.#drawTeeth(amounts, light);
  }

  /** @returns smallest and largest x and y of the polygon, px */
  #drawBackdrop(): [number, number, number, number] {
    const { vertices, triangles, positions } = this.#polygon;
    const bounds: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
    vertices.forEach((v, k) => {
      const [x, y] = [this.#mesh.positions[3 * v]!, this.#mesh.positions[3 * v + 1]!];
      positions[3 * k] = x;
      positions[3 * k + 1] = y;
      bounds[0] = Math.min(bounds[0], x);
      bounds[1] = Math.min(bounds[1], y);
      bounds[2] = Math.max(bounds[2], x);
      bounds[3] = Math.max(bounds[3], y);
    });
    const geometry = { triangles, positions, varyings: positions, stride: 0 };
    fillTriangles(this.#target, geometry, 0, this.#shaders.backdrop);
    return bounds;
  }

  /** Only triangles that reach into the bounds are lit and drawn. */
  #drawInterior(
    amounts: FrameAmounts,
    light: MouthLight,
    [left, top, right, bottom]: readonly [number, number, number, number],
  ): void {
    const { triangles, visible, positions, colours, lit, attributes } = this.#interior;
    const { positions: mesh } = this.#mesh;
    const first = this.#portrait.mesh.faceVertexCount;
    const frame = ++this.#frame;
    // Teeth grow a little.
    const margin = TEETH_GROWTH_IOD * this.#view.iodY;
    let count = 0;
    for (let t = 0; t < triangles.length; t += 3) {
      const [a, b, c] = [3 * (first + triangles[t]!), 3 * (first + triangles[t + 1]!), 3 * (first + triangles[t + 2]!)];
      const [ax, bx, cx] = [mesh[a]!, mesh[b]!, mesh[c]!];
      if (Math.max(ax, bx, cx) + margin < left || Math.min(ax, bx, cx) - margin > right) continue;
      const [ay, by, cy] = [mesh[a + 1]!, mesh[b + 1]!, mesh[c + 1]!];
      if (Math.max(ay, by, cy) + margin < top || Math.min(ay, by, cy) - margin > bottom) continue;
      for (let k = 0; k < 3; k++) {
        const v = triangles[t + k]!;
        visible[count++] = v;
        if (lit[v] === frame) continue;
        lit[v] = frame;
        this.#lightVertex(v, attributes[4 * v + 3]!, amounts, light);
      }
    }
    const geometry = { triangles: visible.subarray(0, count), positions, varyings: colours, stride: 3 };
    fillTriangles(this.#target, geometry, this.#view.front, this.#shaders.interior);
  }

  #lightVertex(v: number, part: number, { head }: FrameAmounts, light: MouthLight): void {
    const { attributes, positions, colours } = this.#interior;
    const { iodX, iodY } = this.#view;
    const at = 3 * (this.#portrait.mesh.faceVertexCount + v);
    const [x, y, z] = [this.#mesh.positions[at]!, this.#mesh.positions[at + 1]!, this.#mesh.positions[at + 2]!];
    const turned = times(attributes.subarray(4 * v, 4 * v + 3), head.rotation);
    const growth = part >= TEETH ? TEETH_GROWTH_IOD : 0;
    positions[3 * v] = x + growth * iodX * turned[0];
    positions[3 * v + 1] = y + growth * iodY * turned[1];
    positions[3 * v + 2] = z - (part >= TEETH ? TEETH_FORWARD_DEPTH : 0);
    const reach = REACH_IOD[part as 0 | 1 | 2 | 3];
    const behind = this.#mesh.canonicalZ[at / 3]! - this.#uniform.lipDepth;
    const depth = Math.max(behind - FREE_DEPTH_IOD, 0) / (reach[0] + reach[1] * light.opening);
    const near = part === TONGUE_PART ? NEAR * (1 - smoothstep(...NEAR_IOD, behind)) : 0;
    const facing = turned[0] * LIGHT_DIRECTION[0] + turned[1] * LIGHT_DIRECTION[1] + turned[2] * LIGHT_DIRECTION[2];
    const between = light.gate * light.at(x / iodX, y / iodY);
    const amount =
      (part > TEETH ? LOWER_TEETH_LIGHT : 1) *
      (0.68 + 0.4 * Math.max(facing, 0)) *
      (between + near * (1 - between)) *
      Math.exp(-depth * depth);
    const base = this.#uniform.colours[Math.min(part, TEETH)]!;
    for (const c of [0, 1, 2] as const) {
      colours[3 * v + c] = Math.min(255, Math.max(0, base[c]! * GAIN * light.tinted(amount, c)));
    }
  }

  #drawTeeth({ head, speechBlend, articulation }: FrameAmounts, light: MouthLight): void {
    const { teeth: shader } = this.#shaders;
    if (!this.#teeth || !shader) return;
    const { strip, triangles, positions, varyings } = this.#teeth;
    const { scaleX, scaleY, offsetX, offsetY, iodX, iodY } = this.#view;
    const { pose } = this.#portrait;
    for (let k = 0; k * 3 < strip.length; k++) {
      const [x, y, z] = placeInPhoto(strip.subarray(3 * k, 3 * k + 3), head, pose);
      const [px, py] = [x * scaleX + offsetX, y * scaleY + offsetY];
      positions.set([px, py, depthOf(z / pose.scale) + MOUTH_DEPTH_BIAS], 3 * k);
      varyings[6 * k + 4] = px / iodX;
      varyings[6 * k + 5] = py / iodY;
    }
    shader.frame = { light, speechBlend, articulation };
    fillTriangles(this.#target, { triangles, positions, varyings, stride: 6 }, 0, shader);
  }
}
