/** @file The face: the photo on the mesh, with lids and soft edges. shaders/warp/face-layer.wgsl and edge-ribbon.wgsl. */
import { smoothstep } from '../../core/smooth';
import type { PortraitBundle } from '../../portrait-bundle/portrait-bundle';
import type { FaceModel } from '../../weights/face-model';
import { buildEdgeRibbons, RIBBON_STRIDE } from '../edge-ribbon';
import { splitFace } from '../face-triangles';
import { FACE_ATTRIBUTE_STRIDE, packFace } from '../layer-attributes';
import type { FrameAmounts } from './frame-amounts';
import { type Facing, fillTriangles } from './rasteriser';
import { FaceShader, PhotoShader, SoftPhotoShader } from './shaders';
import type { Target } from './target';
import { type Texture, toTexels } from './textures';
import type { View } from './view';

const SEAM_WIDTH_IOD = 0.011;
const SEAM_DARKNESS = 0.5;
const SEAM_OPENING_IOD = [0.004, 0.03] as const;

const WIDTH_PIXELS = 1.1;
const MAX_WIDTH_IOD = 0.007;
const LASH_UNIT_IOD = 0.016;
const LASH_UP_IOD = 0.013;
const LASH_DOWN_IOD = 0.022;
const LASH_DARKNESS = 0.7;
/** Nearer than the lower lid. */
const LASH_DEPTH = 0.01;

/** Varyings of a FaceShader: u, v, lid u, lid v, amount of lid skin, alpha, shade. */
const LOOK = 7;
const LID = 4;
const ALPHA = 5;
const SHADE = 6;

/** Offsets in the attributes of packFace. */
const ATTRIBUTE = { alpha: 4, shade: 5, lidMask: 6, lashDistance: 7 } as const;

type Part = { triangles: Uint32Array; facing: Facing };

export class FaceLayer {
  readonly #target: Target;
  readonly #view: View;
  /** f32[V x 3]: pixels of the picture and depth. */
  readonly #positions: Float32Array;
  readonly #attributes: Float32Array;
  /** f32[F x 2] and f32[F x 4], which never change, and f32[F x 7]. */
  readonly #uv: Float32Array;
  readonly #softUv: Float32Array;
  readonly #look: Float32Array;
  /** Vertices whose look changes. */
  readonly #lidVertices: readonly number[];
  readonly #seamVertices: readonly number[];
  readonly #parts: Record<'plain' | 'shaded' | 'lids' | 'soft' | 'softLids', Part>;
  readonly #ribbons: { source: Float32Array; positions: Float32Array; look: Float32Array; lips: Part; lids: Part };
  readonly #shaders: {
    photo: PhotoShader;
    soft: SoftPhotoShader;
    opaque: FaceShader;
    edge: FaceShader;
    lips: FaceShader;
    lids: FaceShader;
  };
  #blinks = false;

  /** @param positions f32[V x 3], of the whole mesh: pixels of the picture and depth */
  constructor(
    model: FaceModel,
    portrait: PortraitBundle,
    view: View,
    target: Target,
    photo: Texture,
    lids: Texture,
    positions: Float32Array,
  ) {
    this.#target = target;
    this.#view = view;
    this.#positions = positions;
    this.#attributes = packFace(portrait);
    const count = portrait.mesh.faceVertexCount;
    this.#uv = new Float32Array(2 * count);
    this.#softUv = new Float32Array(4 * count);
    this.#look = new Float32Array(LOOK * count);
    for (let v = 0; v < count; v++) {
      const look = lookOf(this.#attributes, FACE_ATTRIBUTE_STRIDE * v, photo, lids);
      this.#look.set(look, LOOK * v);
      this.#uv.set(look.slice(0, 2), 2 * v);
      this.#softUv.set([look[0]!, look[1]!, look[ALPHA]!, look[SHADE]!], 4 * v);
    }
    const attribute = (v: number, k: keyof typeof ATTRIBUTE): number =>
      this.#attributes[FACE_ATTRIBUTE_STRIDE * v + ATTRIBUTE[k]]!;
    const vertices = Array.from({ length: count }, (_, v) => v);
    this.#lidVertices = vertices.filter((v) => attribute(v, 'lidMask') !== 0);
    this.#seamVertices = vertices.filter((v) => attribute(v, 'lidMask') === 0 && attribute(v, 'lashDistance') < 0);

    const { front } = view;
    const parts = splitFace(portrait.mesh);
    const isShaded = (v: number): boolean =>
      attribute(v, 'shade') < 1 || (attribute(v, 'lidMask') === 0 && attribute(v, 'lashDistance') < 0);
    const plain = split(parts.plain, isShaded);
    const soft = split(parts.soft, (v) => attribute(v, 'lidMask') !== 0);
    this.#parts = {
      plain: { triangles: plain.without, facing: front },
      shaded: { triangles: plain.having, facing: front },
      lids: { triangles: parts.lids, facing: 0 }, // a closed lid folds over itself; a hole would show the open eye of the photo
      soft: { triangles: soft.without, facing: front },
      softLids: { triangles: soft.having, facing: front },
    };
    const ribbons = buildEdgeRibbons(model, portrait, this.#attributes);
    const ribbonCount = ribbons.vertices.length / RIBBON_STRIDE;
    this.#ribbons = {
      source: ribbons.vertices,
      positions: new Float32Array(3 * ribbonCount),
      look: new Float32Array(LOOK * ribbonCount),
      lips: { triangles: ribbons.lips, facing: 0 },
      lids: { triangles: ribbons.lids, facing: 0 },
    };
    for (let k = 0; k < ribbonCount; k++)
      this.#ribbons.look.set(lookOf(ribbons.vertices, RIBBON_STRIDE * k + 1, photo, lids), LOOK * k);
    const shader = (options: Partial<ConstructorParameters<typeof FaceShader>[3]>): FaceShader =>
      new FaceShader(target, photo, lids, {
        depth: 'solid',
        blends: true,
        usesPhotoAlpha: false,
        insideMouth: false,
        ...options,
      });
    this.#shaders = {
      photo: new PhotoShader(target, photo),
      soft: new SoftPhotoShader(target, photo, 'solid'),
      opaque: shader({ blends: false }),
      edge: shader({ usesPhotoAlpha: true }),
      lips: shader({ depth: 'over', insideMouth: true }),
      lids: shader({ depth: 'tested' }),
    };
  }

  /** After the vertices have moved. @param opening distance between the middles of the lips, IOD on the screen */
  move({ blinks, speechBlend }: FrameAmounts, opening: number): void {
    const seam = (distance: number): number => {
      if (distance >= 0) return 1;
      const closed = speechBlend * (1 - smoothstep(...SEAM_OPENING_IOD, opening));
      return 1 - SEAM_DARKNESS * closed * Math.exp(-((distance / SEAM_WIDTH_IOD) ** 2));
    };
    for (const v of this.#seamVertices) {
      const at = FACE_ATTRIBUTE_STRIDE * v;
      const { shade, lashDistance } = ATTRIBUTE;
      this.#look[LOOK * v + SHADE] = this.#attributes[at + shade]! * seam(this.#attributes[at + lashDistance]!);
    }
    this.#blinks = blinks.some((blink) => blink > 0.05);
    for (const v of this.#lidVertices)
      this.#look[LOOK * v + LID] = lidAmount(this.#attributes, FACE_ATTRIBUTE_STRIDE * v, blinks);
    this.#moveRibbons(blinks, speechBlend, seam);
  }

  /** The opaque part. */
  draw(): void {
    const { plain, shaded, lids } = this.#parts;
    const { photo, opaque } = this.#shaders;
    this.#fill(plain, this.#uv, 2, photo);
    this.#fill(shaded, this.#look, LOOK, opaque);
    if (this.#blinks) this.#fill(lids, this.#look, LOOK, opaque);
    else this.#fill(lids, this.#uv, 2, photo);
  }

  /** Soft edges of the lips, where the mouth is visible. */
  drawLipEdge(): void {
    this.#fillRibbon(this.#ribbons.lips, this.#shaders.lips);
  }

  /** Soft edges of the lids with the lashes, and of the face. */
  drawEdges(): void {
    const { soft, softLids } = this.#parts;
    if (this.#blinks) this.#fillRibbon(this.#ribbons.lids, this.#shaders.lids);
    this.#fill(soft, this.#softUv, 4, this.#shaders.soft);
    this.#fill(softLids, this.#look, LOOK, this.#shaders.edge);
  }

  #fill(
    { triangles, facing }: Part,
    varyings: Float32Array,
    stride: number,
    shader: PhotoShader | SoftPhotoShader | FaceShader,
  ): void {
    fillTriangles(this.#target, { triangles, positions: this.#positions, varyings, stride }, facing, shader);
  }

  #fillRibbon({ triangles, facing }: Part, shader: FaceShader): void {
    const { positions, look } = this.#ribbons;
    fillTriangles(this.#target, { triangles, positions, varyings: look, stride: LOOK }, facing, shader);
  }

  #moveRibbons(blinks: FrameAmounts['blinks'], speechBlend: number, seam: (distance: number) => number): void {
    const { source, positions, look } = this.#ribbons;
    const iod = this.#view.iodY;
    const width = Math.min(WIDTH_PIXELS, MAX_WIDTH_IOD * iod);
    for (let k = 0; k * RIBBON_STRIDE < source.length; k++) {
      const at = k * RIBBON_STRIDE;
      const own = at + 1;
      const vertex = source[at]!;
      const [side, direction, kind] = source.subarray(own + FACE_ATTRIBUTE_STRIDE, at + RIBBON_STRIDE) as unknown as [
        number,
        number,
        number,
      ];
      const blink = kind > 0 ? blinks[kind - 1]! : 0;
      const lash = source[own + ATTRIBUTE.lashDistance]!;
      let down = side * direction * width;
      let alpha = (1 - side) * (kind > 0 ? smoothstep(0, 0.3, blink) : speechBlend);
      let shade = source[own + ATTRIBUTE.shade]! * (kind > 0 ? 1 : seam(lash));
      let depth = this.#positions[3 * vertex + 2]!;
      if (kind > 0 && direction === 0) {
        const strength = Math.exp(-((lash / LASH_UNIT_IOD) ** 2));
        const reach = (side > 0 ? LASH_DOWN_IOD : LASH_UP_IOD) * iod * (0.5 + 0.5 * strength);
        down = side * Math.max(reach, 1);
        alpha = (1 - side * side) ** 2 * strength * smoothstep(0.1, 0.6, blink);
        shade = 1 - LASH_DARKNESS;
        depth -= LASH_DEPTH;
      }
      positions[3 * k] = this.#positions[3 * vertex]!;
      positions[3 * k + 1] = this.#positions[3 * vertex + 1]! + down;
      positions[3 * k + 2] = depth;
      look[LOOK * k + LID] = kind > 0 ? lidAmount(source, own, blinks, blink) : 0;
      look[LOOK * k + ALPHA] = alpha;
      look[LOOK * k + SHADE] = shade;
    }
  }
}

/** Varyings of a vertex in the rest pose. @param at of its attributes */
function lookOf(attributes: Float32Array, at: number, photo: Texture, lids: Texture): number[] {
  const [toPhoto, toLids] = [toTexels(photo), toTexels(lids)];
  return [
    toPhoto.u(attributes[at]!),
    toPhoto.v(attributes[at + 1]!),
    toLids.u(attributes[at + 2]!),
    toLids.v(attributes[at + 3]!),
    0,
    attributes[at + ATTRIBUTE.alpha]!,
    attributes[at + ATTRIBUTE.shade]!,
  ];
}

/** The lower lid shows the photo until the upper lid reaches it. @param blink default: that of the vertex's own eye */
function lidAmount(
  attributes: Float32Array,
  at: number,
  blinks: FrameAmounts['blinks'],
  blink = blinks[attributes[at + ATTRIBUTE.lidMask]! > 0 ? 1 : 0]!,
): number {
  const mask = Math.abs(attributes[at + ATTRIBUTE.lidMask]!);
  const isBelow = attributes[at + ATTRIBUTE.lashDistance]! < 0;
  return mask * (isBelow ? smoothstep(0.6, 0.95, blink) : smoothstep(0.05, 0.45, blink));
}

/** Triangles that have a vertex that fits, and those without. */
function split(
  triangles: Uint32Array,
  fits: (vertex: number) => boolean,
): { having: Uint32Array; without: Uint32Array } {
  const [having, without]: [number[], number[]] = [[], []];
  for (let t = 0; t < triangles.length; t += 3) {
    const corners = [...triangles.subarray(t, t + 3)];
    (corners.some(fits) ? having : without).push(...corners);
  }
  return { having: Uint32Array.from(having), without: Uint32Array.from(without) };
}
