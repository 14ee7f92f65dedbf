/**
 * @file The shaders of the layers on the CPU: what a pixel of each becomes. Each names the WGSL that it follows; colours are sRGB values
 * as on a software adapter. The two that fill most of a picture, PhotoShader and SoftPhotoShader, work on packed pixels with
 * eight bits of fraction, four channels in two multiplications; the others on floats.
 */
import { smoothstep } from '../../core/smooth';
import type { Articulation } from './frame-steps';
import type { MouthLight } from './mouth-light';
import type { Shader } from './rasteriser';
import type { Target } from './target';
import { sample, type Texture } from './textures';

/** Depth of the photo layer: behind the model and the backdrop of the mouth. */
export const PHOTO_DEPTH = 0.9995;
/** Texture coordinates in steps of 1/65536 texel; half of 1/256 is added, because the fraction is cut to eight bits. */
const FIXED = 65536;
const HALF_FRACTION = 128;
/** Two channels of a packed pixel. */
const EVEN = 0x00ff00ff;
const ODD = 0xff00ff00 | 0;
const OPAQUE = 0xff000000 | 0;

/** How a layer combines with the depths before it: tested and written, or only tested, or neither. */
export type DepthUse = 'solid' | 'tested' | 'over';

/** Four float samples: texel of photo, second texel, scratch. */
const texel = new Float64Array(4);
const other = new Float64Array(4);
const third = new Float64Array(4);

/**
 * The opaque photo: shaders/warp/photo-layer.wgsl, and face-layer.wgsl without lids and shade.
 * Varyings: u, v (texels).
 */
export class PhotoShader implements Shader {
  readonly #target: Target;
  readonly #photo: Texture;

  constructor(target: Target, photo: Texture) {
    this.#target = target;
    this.#photo = photo;
  }

  span(start: number, end: number, at: Float64Array, step: Float64Array): void {
    const { colour, depth, threshold } = this.#target;
    const { texels, stride } = this.#photo;
    let z = at[0]!;
    const dz = step[0]!;
    let u = ((at[1]! * FIXED) | 0) + HALF_FRACTION;
    let v = ((at[2]! * FIXED) | 0) + HALF_FRACTION;
    const du = (step[1]! * FIXED) | 0;
    const dv = (step[2]! * FIXED) | 0;
    for (let i = start; i < end; i++) {
      if (z <= depth[i]!) {
        depth[i] = z;
        const k = (v >> 16) * stride + (u >> 16);
        const a = texels[k]!;
        const b = texels[k + 1]!;
        const c = texels[k + stride]!;
        const d = texels[k + stride + 1]!;
        const t = threshold[i]! * 0x10001;
        const even = mixEven(a, b, c, d, (u >> 8) & 255, (v >> 8) & 255) + t;
        const odd = mixEven(a >>> 8, b >>> 8, c >>> 8, d >>> 8, (u >> 8) & 255, (v >> 8) & 255) + t;
        colour[i] = ((even >>> 8) & EVEN) | (odd & ODD);
      }
      z += dz;
      u = (u + du) | 0;
      v = (v + dv) | 0;
    }
  }
}

/**
 * The photo blended by its own alpha times that of the vertices, with a shade: the outline of the person (photo-layer.wgsl) and the
 * soft edge of the face (face-layer.wgsl, SOFT).
 * Varyings: u, v (texels), alpha, shade (0 ... 1).
 */
export class SoftPhotoShader implements Shader {
  readonly #target: Target;
  readonly #photo: Texture;
  readonly #writesDepth: boolean;

  constructor(target: Target, photo: Texture, depth: DepthUse) {
    this.#target = target;
    this.#photo = photo;
    this.#writesDepth = depth === 'solid';
  }

  span(start: number, end: number, at: Float64Array, step: Float64Array): void {
    const { colour, depth, threshold } = this.#target;
    const { texels, stride } = this.#photo;
    const writesDepth = this.#writesDepth;
    let z = at[0]!;
    let u = ((at[1]! * FIXED) | 0) + HALF_FRACTION;
    let v = ((at[2]! * FIXED) | 0) + HALF_FRACTION;
    const du = (step[1]! * FIXED) | 0;
    const dv = (step[2]! * FIXED) | 0;
    const dz = step[0]!;
    const dAlpha = step[3]!;
    const dShade = step[4]!;
    let alpha = at[3]!;
    let shade = at[4]!;
    for (let i = start; i < end; i++) {
      if (z <= depth[i]!) {
        if (writesDepth) depth[i] = z;
        const k = (v >> 16) * stride + (u >> 16);
        const fx = (u >> 8) & 255;
        const fy = (v >> 8) & 255;
        const a = texels[k]!;
        const b = texels[k + 1]!;
        const c = texels[k + stride]!;
        const d = texels[k + stride + 1]!;
        const odd = mixEven(a >>> 8, b >>> 8, c >>> 8, d >>> 8, fx, fy);
        // 0 ... 255
        const opacity = (alpha * (odd >>> 16) * (1 / 256) + 0.5) | 0;
        if (opacity > 0) {
          const even = mixEven(a, b, c, d, fx, fy);
          if (shade === 1) {
            const dither = threshold[i]! * 0x10001;
            colour[i] =
              opacity === 255
                ? (((even + dither) >>> 8) & EVEN) | ((odd + dither) & ODD) | OPAQUE
                : blendPacked((even + dither) | 0, (odd + dither) | 0, colour[i]!, opacity);
          } else {
            texel[0] = (even & 0xffff) / 256;
            texel[1] = (odd & 0xffff) / 256;
            texel[2] = (even >>> 16) / 256;
            blend(colour, i, texel, shade, opacity / 255, threshold[i]!);
          }
        }
      }
      z += dz;
      u = (u + du) | 0;
      v = (v + dv) | 0;
      alpha += dAlpha;
      shade += dShade;
    }
  }
}

/**
 * Mixes four texels in both even channels (red and blue; shifted by 8, green and alpha).
 *
 * @param fx, fy 0 ... 255: from a to b and from a to c
 * @returns 8.8 bits per channel; the sum of the upper one may be negative as an i32
 */
function mixEven(a: number, b: number, c: number, d: number, fx: number, fy: number): number {
  const wd = (fx * fy) >> 8;
  const wb = fx - wd;
  const wc = fy - wd;
  return (
    Math.imul(a & EVEN, 256 - fx - wc) + Math.imul(b & EVEN, wb) + Math.imul(c & EVEN, wc) + Math.imul(d & EVEN, wd)
  );
}

/**
 * Puts a packed colour over another.
 *
 * @param even, odd its channels red and blue, green and (ignored) alpha, 8.8 bits each
 * @param opacity 0 ... 255
 */
function blendPacked(even: number, odd: number, before: number, opacity: number): number {
  const rest = 255 - opacity;
  const green = ((odd >>> 8) & 255) | 0xff0000;
  // x / 255, rounded, of both 16-bit halves: (x + 128 + ((x + 128) >> 8)) >> 8.
  const x = (Math.imul((even >>> 8) & EVEN, opacity) + Math.imul(before & EVEN, rest) + 0x800080) | 0;
  const y = (Math.imul(green, opacity) + Math.imul((before >>> 8) & EVEN, rest) + 0x800080) | 0;
  return (((x + ((x >>> 8) & EVEN)) >>> 8) & EVEN) | ((y + ((y >>> 8) & EVEN)) & ODD);
}

/** 0 ... 255. */
function rounded(x: number): number {
  return x <= 0 ? 0 : x >= 255 ? 255 : (x + 0.5) | 0;
}

/** Puts a colour (0 ... 255) over what is there. @param dither 0 ... 255, 128 for none */
function blend(
  colour: Int32Array,
  i: number,
  rgb: Float64Array,
  factor: number,
  opacity: number,
  dither: number,
): void {
  const before = colour[i]!;
  const shift = dither / 256 - 0.5;
  const rest = 1 - opacity;
  colour[i] =
    rounded((rgb[0]! * factor + shift) * opacity + (before & 255) * rest) |
    (rounded((rgb[1]! * factor + shift) * opacity + ((before >>> 8) & 255) * rest) << 8) |
    (rounded((rgb[2]! * factor + shift) * opacity + ((before >>> 16) & 255) * rest) << 16) |
    (rounded(255 * opacity + (before >>> 24) * rest) << 24);
}

/** Which pixels a FaceShader draws on, and how. */
export type FaceShaderOptions = {
  depth: DepthUse;
  /** Blended, instead of opaque. */
  blends: boolean;
  /** The opacity of the photo counts, so that a cheek takes no background with it. */
  usesPhotoAlpha: boolean;
  /** Only where the mouth is visible. */
  insideMouth: boolean;
};

/**
 * The face with lids, shade and edges: shaders/warp/face-layer.wgsl.
 * Varyings: u, v, lid u, lid v (texels), amount of lid skin, alpha, shade.
 */
export class FaceShader implements Shader {
  readonly #target: Target;
  readonly #photo: Texture;
  readonly #lids: Texture;
  readonly #options: FaceShaderOptions;

  constructor(target: Target, photo: Texture, lids: Texture, options: FaceShaderOptions) {
    this.#target = target;
    this.#photo = photo;
    this.#lids = lids;
    this.#options = options;
  }

  span(start: number, end: number, at: Float64Array, step: Float64Array): void {
    const { colour, depth, mouth, threshold } = this.#target;
    const { depth: use, blends, usesPhotoAlpha, insideMouth } = this.#options;
    for (let i = start, n = 0; i < end; i++, n++) {
      const z = at[0]! + n * step[0]!;
      if (insideMouth && mouth[i] === 0) continue;
      if (use !== 'over' && z > depth[i]!) continue;
      if (use === 'solid') depth[i] = z;
      sample(this.#photo, at[1]! + n * step[1]!, at[2]! + n * step[2]!, texel);
      const lid = at[5]! + n * step[5]!;
      if (lid > 0) {
        sample(this.#lids, at[3]! + n * step[3]!, at[4]! + n * step[4]!, other);
        for (let c = 0; c < 3; c++) texel[c]! += lid * (other[c]! - texel[c]!);
      }
      const alpha = blends ? (at[6]! + n * step[6]!) * (usesPhotoAlpha ? texel[3]! / 255 : 1) : 1;
      blend(colour, i, texel, at[7]! + n * step[7]!, alpha, threshold[i]!);
    }
  }
}

/** The polygon between the inner lips in one dark colour: shaders/mouth/backdrop.wgsl. It marks where the mouth is visible. No varyings. */
export class MouthBackdropShader implements Shader {
  readonly #target: Target;
  readonly #colour: number;

  /** @param colour packed */
  constructor(target: Target, colour: number) {
    this.#target = target;
    this.#colour = colour;
  }

  span(start: number, end: number, at: Float64Array): void {
    const { colour, depth, mouth } = this.#target;
    const z = at[0]!;
    for (let i = start; i < end; i++) {
      if (z > depth[i]!) continue;
      depth[i] = z;
      mouth[i] = 1;
      colour[i] = this.#colour;
    }
  }
}

/** Socket, tongue, gums and teeth: the fragment half of shaders/mouth/mouth-interior.wgsl. Varyings: red, green, blue (0 ... 255). */
export class InteriorShader implements Shader {
  readonly #target: Target;

  constructor(target: Target) {
    this.#target = target;
  }

  span(start: number, end: number, at: Float64Array, step: Float64Array): void {
    const { colour, depth, mouth } = this.#target;
    for (let i = start, n = 0; i < end; i++, n++) {
      const z = at[0]! + n * step[0]!;
      if (mouth[i] === 0 || z > depth[i]!) continue;
      depth[i] = z;
      colour[i] =
        rounded(at[1]! + n * step[1]!) |
        (rounded(at[2]! + n * step[2]!) << 8) |
        (rounded(at[3]! + n * step[3]!) << 16) |
        OPAQUE;
    }
  }
}

/** What the photo teeth depend on in a frame. */
export type TeethFrame = { light: MouthLight; speechBlend: number; articulation: Articulation };

/** Height above the lower lip, in openings, that a tongue uncovers: tip behind the teeth, between them. */
const TONGUE_HEIGHT = [0.35, 0.5] as const;
const TONGUE_EDGE = 0.2;

/**
 * The teeth of the photo: shaders/mouth/photo-teeth.wgsl.
 * Varyings: u, v of the crop, u, v of the photo (texels), x, y on the screen (IOD).
 */
export class PhotoTeethShader implements Shader {
  /** To be set before each frame. */
  frame!: TeethFrame;
  readonly #target: Target;
  readonly #teeth: Texture;
  readonly #photo: Texture;

  constructor(target: Target, teeth: Texture, photo: Texture) {
    this.#target = target;
    this.#teeth = teeth;
    this.#photo = photo;
  }

  span(start: number, end: number, at: Float64Array, step: Float64Array): void {
    const { colour, mouth } = this.#target;
    const { light, speechBlend, articulation } = this.frame;
    const raised = Math.max(TONGUE_HEIGHT[0] * articulation.tip, TONGUE_HEIGHT[1] * articulation.between);
    for (let i = start, n = 0; i < end; i++, n++) {
      if (mouth[i] === 0) continue;
      sample(this.#teeth, at[1]! + n * step[1]!, at[2]! + n * step[2]!, texel);
      sample(this.#photo, at[3]! + n * step[3]!, at[4]! + n * step[4]!, other);
      const [x, y] = [at[5]! + n * step[5]!, at[6]! + n * step[6]!];
      const amount = light.gate * light.at(x, y);
      const [top, bottom] = light.lipsAt(x);
      const height = (bottom - y) / Math.max(bottom - top, 1e-3);
      const above = smoothstep(raised - TONGUE_EDGE, raised, height);
      const alpha = 1 - speechBlend + speechBlend * (texel[3]! / 255) * above;
      for (const c of [0, 1, 2] as const)
        texel[c] = other[c]! + speechBlend * (texel[c]! * light.tinted(amount, c) - other[c]!);
      blend(colour, i, texel, 1, alpha, 128);
    }
  }
}

/** An eye as shaders/warp/eye-layer.wgsl has it. px of the photo. */
export type EyeFrame = {
  centre: readonly [number, number];
  radius: number;
  softness: number;
  /** How far the iris has moved. */
  shift: readonly [number, number];
  /** Shadow of a closing lid: factor on the colours. */
  shade: number;
};

/** Where the eyes are sampled. */
export type EyePlace = {
  /** px of the photo: of one half of the texture. */
  offset: readonly [number, number];
  size: readonly [number, number];
  /** From px of the photo to texels of the photo. */
  toPhoto: { u: (px: number) => number; v: (px: number) => number };
  /** From 0 ... 1 over the whole texture of the eyes to its texels. */
  toEyes: { u: (u: number) => number; v: (v: number) => number };
};

/** The photo layer at the eyes, whose irises move: shaders/warp/eye-layer.wgsl. Varyings: x, y (px of the photo). */
export class EyeShader implements Shader {
  /** Right, left; to be set before each frame. */
  eyes!: readonly [EyeFrame, EyeFrame];
  readonly #target: Target;
  readonly #photo: Texture;
  readonly #texture: Texture;
  readonly #place: EyePlace;

  constructor(target: Target, photo: Texture, texture: Texture, place: EyePlace) {
    this.#target = target;
    this.#photo = photo;
    this.#texture = texture;
    this.#place = place;
  }

  span(start: number, end: number, at: Float64Array, step: Float64Array): void {
    const { colour, depth, threshold } = this.#target;
    const { offset, size, toPhoto, toEyes } = this.#place;
    for (let i = start, n = 0; i < end; i++, n++) {
      if (PHOTO_DEPTH > depth[i]!) continue;
      depth[i] = PHOTO_DEPTH;
      const [x, y] = [at[1]! + n * step[1]!, at[2]! + n * step[2]!];
      sample(this.#photo, toPhoto.u(x), toPhoto.v(y), texel);
      const [qx, qy] = [(x - offset[0]) / size[0], (y - offset[1]) / size[1]];
      let factor = 1;
      if (qx > 0 && qx < 1 && qy > 0 && qy < 1) {
        const [right, left] = this.eyes;
        const eye = away(left, x, y) < away(right, x, y) ? left : right;
        sample(this.#texture, toEyes.u(qx), toEyes.v(0.5 * qy), other);
        const open = other[3]! / 255;
        if (open > 0) {
          this.#moveIris(eye, x, y, open);
          factor = 1 + open * (eye.shade - 1);
        }
      }
      blend(colour, i, texel, factor, 1, threshold[i]!);
    }
  }

  /** `texel` += open (L(s) - L(0) - edge (photo - L(0))); `other` is the white. */
  #moveIris(eye: EyeFrame, x: number, y: number, open: number): void {
    const off = Math.abs(away(eye, x, y) - eye.radius) / eye.radius;
    const [sx, sy] = eye.shift;
    const edge = (1 - smoothstep(0.15, 0.35, off)) * smoothstep(0.05, 0.4, Math.hypot(sx, sy) / eye.radius);
    const after = this.#irisAmount(eye, x - sx, y - sy);
    const [r, g, b] = [third[0]!, third[1]!, third[2]!];
    const before = this.#irisAmount(eye, x, y);
    for (let c = 0; c < 3; c++) {
      const white = other[c]!;
      const composed = white + after * ((c === 0 ? r : c === 1 ? g : b) - white);
      const original = white + before * (third[c]! - white);
      texel[c]! += open * (composed - original - edge * (texel[c]! - original));
    }
  }

  /** Samples the iris at a place into `third`. @returns its share of the colour there */
  #irisAmount(eye: EyeFrame, x: number, y: number): number {
    const { offset, size, toEyes } = this.#place;
    const qy = Math.min(1, Math.max(0, (y - offset[1]) / size[1]));
    sample(this.#texture, toEyes.u((x - offset[0]) / size[0]), toEyes.v(0.5 + 0.5 * qy), third);
    return 1 - smoothstep(eye.radius - eye.softness, eye.radius + eye.softness, away(eye, x, y));
  }
}

function away({ centre }: EyeFrame, x: number, y: number): number {
  return Math.hypot(x - centre[0], y - centre[1]);
}
