/**
 * @file PortraitBundle: everything the renderer needs to draw one portrait, as plain data, and the arithmetic of a
 * frame.
 *
 * Face analysis, fit and preparation make a bundle once per photo on the CPU. The renderer uploads it; it needs neither
 * the analysis nor the photo's file.
 *
 * Units and spaces
 *   px         pixels of `photo`; x right, y down; the first pixel covers 0 ... 1
 *   canonical  the head's own space in IOD: x right, y down, z away from the viewer, origin in the neck joint
 *              (src/core/motion-latent.ts)
 *   Vectors are row vectors, to the left of matrices: p R.
 *
 * Sizes: E = 53 expressions in the order of the face model, V = vertices of the mesh, F = those of them in the face,
 * S = samples of the ring gaps, K = grid expressions.
 *
 * Inputs of a frame
 *   motion latent   delta (21 x 3), pitch, yaw, roll, t, scale
 *   speechBlend     0 ... 1, changes slowly; 0 = silence: the photo's own mouth expression, 1 = speech: the commanded one
 *   articulation    f32[6] (AudioEmbedding): what the landmarks behind the latent cannot see, of which
 *                   p = lips pressed, f = lower lip at the upper teeth, q = lips rounded, each 0 ... 1 and faded out
 *                   as in expression.wgsl; all three contain the factor speechBlend
 *
 * With R = R(pitch, yaw, roll), each frame computes:
 *
 *   1 Expressions
 *     commanded   c_e = keypoints_to_expressions (delta R^T)              0 in the rest pose; clamped to a sane range
 *     relaxation  r   = speechBlend * clamp(relax.base + relax.gain . c, 0, relax.limit)
 *     shown       e_e = expression_e max(0, 1 - r relax.mask_e)           the photo's expression, partly taken back
 *                     + headroom_e (c_e + p up(press_e) + f up(tuck_e) + q up(round_e))
 *                       up(w) = clamp(w - c_e, 0, w): the part of shape w that c_e does not contain already;
 *                       press, tuck, round: lip-shapes.ts
 *     change      d_e = e_e - expression_e                                against the photo
 *
 *   2 Ring gaps: openings between upper and lower lip and lid at each sample s
 *     of the mesh     mesh_s   = gaps.rest_s + sum_e gaps.basis_se e_e
 *     target, lips    target_s = max(0, sum_e gaps.basis_se c_e) + (1 - speechBlend) gaps.photo_s
 *                     (expression.wgsl: p and f reduce it, narrow slits are widened a little, closed lips overlap)
 *     target, lids    target_s = mesh_s (1 - b^2) - gaps.lidOverlap b^2,  b = clamp(c of that eye's eyeBlink, 0, 1)
 *     correction      corr_s   = target_s - mesh_s
 *
 *   3 Vertices
 *     shape           p_v    = mesh.rest_v + sum_e e_e mode_e(mesh.source_v)      modes of the face model
 *     gap correction  p_v.y += mesh.gapWeight_v * corr(mesh.gapCoord_v)           corr interpolated between its samples
 *     tongue          p_v   += tongue modes weighted by the articulation          mouth vertices; tongue-motion.ts
 *     secondary       p_v.xy += strength sum_k y_k secondary_k(uv_v)              y_k: delayed response of mode k;
 *                                                                                 secondary-motion-modes.ts
 *
 *   4 Camera
 *     px = pose.scale * (scale * (p_v R pose.rotation).xy + t.xy) + pose.translation
 *
 * Rest pose: with a latent of zeros, scale 1 and speechBlend 0, all d_e and corr_s are 0 and every vertex projects onto
 * its own uv, so the picture is the photo. With speechBlend 1, a commanded closure (basis . c <= 0) makes the two lip
 * rings meet on every portrait, even if the photo shows an open mouth.
 *
 * Gaze: the commanded eyeLook* expressions also turn the irises of the photo layer, by 30 degrees at weight 1
 * (shaders/warp/eye-layer.wgsl).
 *
 * Layers, back to front: `layers.background` (does not move); `grid`, which carries the person of the photo; the mouth
 * interior, clipped to the polygon `lipRing`; the photo teeth, clipped to the same polygon; the face.
 */

import type { RgbaImage } from '../core/rgba-image';

/** Scaled orthographic camera: (px, py) = scale * (x rotation).xy + translation. */
export type PortraitPose = {
  /** 3 x 3 row-major, row vectors from the left. */
  rotation: Float32Array;
  /** px per IOD. */
  scale: number;
  /** px: position of the canonical origin (neck joint). */
  translation: [number, number];
};

/** The vertices and triangles that are drawn. The face comes first: vertices 0 ... F - 1. */
export type PortraitMesh = {
  /** u32[V]: the vertex of the face model whose expression modes move this vertex. */
  source: Uint32Array;
  /** f32[V x 3], canonical: position without expression. */
  rest: Float32Array;
  faceVertexCount: number;
  /** u32[3 n], indices into the mesh. Front faces are counter-clockwise in the picture with y up. */
  faceTriangles: Uint32Array;
  /** u32[3 n]: socket, gums and tongue, upper teeth, lower teeth; see `mouthGroups`. */
  mouthTriangles: Uint32Array;
  /**
   * Half-open ranges of indices (not triangles) in `mouthTriangles`. `upperTeeth` is empty if there are photo teeth.
   */
  mouthGroups: Record<'socket' | 'tongue' | 'upperTeeth' | 'lowerTeeth', [number, number]>;

  /** f32[F x 2], px: where the vertex samples the photo. */
  uv: Float32Array;
  /** f32[F], 0 ... 1: opacity of the face layer over the photo layer. */
  alpha: Float32Array;
  /** f32[F], 0 ... 1: factor on the colour; below 1 only on the inner side of the lips. */
  shade: Float32Array;

  /** f32[V]: fractional index into the samples of `gaps`. */
  gapCoord: Float32Array;
  /** f32[V]: change of canonical y per unit of gap correction; negative above the gap, positive below, 0 far away. */
  gapWeight: Float32Array;

  /** f32[F x 2], px: position of the vertex in the photo with its eye closed; where it samples `lids.image`. */
  lidUv: Float32Array;
  /**
   * f32[F], -1 ... 1: share of the lid texture at a full blink; positive round the person's left eye, negative round
   * the right one. Colour = mix(photo(uv), lids.image(lidUv), |lidMask| smoothstep(.05, .45, b)), b as in step 2; on
   * lower lids smoothstep(.6, .95, b).
   */
  lidMask: Float32Array;
  /**
   * f32[F], IOD; the meaning depends on the place:
   *   edge of an upper lid             d, where exp(-(d / .016)^2) is the strength of the lash line (edge-ribbon.wgsl)
   *   round a lower lid                minus the distance from the lid's edge
   *   lips of a photo with open mouth  minus the distance from the lips' inner edge: contact shadow of closed lips
   *                                    (face-layer.wgsl)
   *   elsewhere                        large
   */
  lashDistance: Float32Array;

  /** f32[(V - F) x 3], unit, canonical: outward normals of the mouth vertices (index v - F). */
  mouthNormal: Float32Array;
};

/**
 * Vertical openings between two rings of vertices (lips, lids), sampled at fixed positions along the rings: S samples
 * of the lips, then the right eye, then the left eye. They are linear in the expression, so one small matrix describes
 * them.
 */
export type RingGaps = {
  /** First sample of each ring pair and the total: [lips, eyeR, eyeL, S]. */
  offsets: [number, number, number, number];
  /** f32[S], IOD: opening (y lower - y upper) of mesh.rest. */
  rest: Float32Array;
  /** f32[S x E], IOD: change of the opening per unit of expression. */
  basis: Float32Array;
  /** f32[S], IOD: opening in the photo = rest + basis . expression (>= 0 for the lips, 0 if closed). */
  photo: Float32Array;
  /** IOD by which a fully closed upper lid overlaps the lower one, so that no gap shows the eye. */
  lidOverlap: number;
};

/**
 * The photo layer: the whole photo on a regular grid of vertices. The rest position of vertex (i, j) is
 * px (i width / (columns - 1), j height / (rows - 1)).
 */
export type PhotoGrid = {
  columns: number;
  rows: number;
  /** f32[n x 3], canonical: the vertex, unprojected at the depth of the head there. */
  canonical: Float32Array;
  /**
   * f32[n], 0 ... 1: how much the vertex follows the rigid head; 0 on the background and where the picture cuts the
   * person.
   */
  rigid: Float32Array;
  /** u32[K]: the expressions that move something outside the face layer. */
  expressions: Uint32Array;
  /**
   * f32[K x n x 2], IOD, canonical x and y: displacement per unit of each of these expressions.
   *
   *   px = rest px + rigid (project(canonical) - rest px) + pose.scale scale (m R pose.rotation).xy
   *   m  = (sum_k d_expressions[k] basis_k + secondary motion, 0)
   */
  basis: Float32Array;
};

/** The teeth that a photo with an open mouth shows. They move rigidly with the head, as the upper jaw does. */
export type PhotoTeeth = {
  /**
   * Crop of the photo at its own resolution. Beyond the mouth its colours are continued sideways and up; alpha 0 below.
   */
  image: RgbaImage;
  /** px: position of the crop's first pixel in the photo. */
  offset: [number, number];
  /**
   * f32[2 PHOTO_TEETH_COLUMNS x 3], canonical: a strip of quads behind the lips, curved like the dental arch so that
   * lips and cheeks hide its rim. Columns from left to right, top and bottom of each. In the rest pose it projects onto
   * the crop, with columns at equal distances.
   */
  strip: Float32Array;
};

/** Columns of the strip that carries the photo teeth. */
export const PHOTO_TEETH_COLUMNS = 9;

/** Colours of the mouth interior. Gamma-encoded, 0 ... 1. */
type MouthInterior = {
  /** f32[3], r g b: factor on every mouth colour; the light on the face, estimated from the skin of the photo. */
  light: Float32Array;
  /** f32[4 x 3]: base colours of socket, tongue and gums, teeth, and of the background behind them. */
  colours: Float32Array;
  /** null if the photo shows a closed mouth. */
  photoTeeth: PhotoTeeth | null;
};

/** A crop of the photo in which both eyes are closed (prepare/eyes/lid-skin.ts); elsewhere the photo itself. */
export type LidTexture = {
  image: RgbaImage;
  /** px: position of the crop's first pixel in the photo. */
  offset: [number, number];
};

/** An iris in the photo and how it moves when the eyeball turns. px of the photo. */
export type Iris = {
  centre: [number, number];
  radius: number;
  /** Half width of its soft edge. */
  softness: number;
  /** Shift per unit of sin(angle), away from the nose and down. 0 if the eye is closed or too small. */
  across: [number, number];
  down: [number, number];
};

/** The eyes without irises, and the irises without lids; see prepare/eyes/gaze.ts. */
export type GazeLayer = {
  /**
   * Upper half: the whites without irises; alpha: 1 inside the opening of the lids. Lower half: the irises without lids
   * and catch lights.
   */
  image: RgbaImage;
  /** px: position of each half's first pixel in the photo. */
  offset: [number, number];
  /** Right eye, left eye. */
  irises: [Iris, Iris];
};

export type PortraitBundle = {
  /** Colour space of all images in the bundle. */
  colorSpace: PredefinedColorSpace;
  /**
   * The photo. Alpha: opacity over the photo's own background, soft and a little wider than the person; 255 everywhere
   * if there is no matte.
   */
  photo: RgbaImage;
  /** Foreground and background of the photo, both of its size (prepare/person/foreground.ts). null without a matte. */
  layers: {
    /**
     * The person, to be drawn over another background. Alpha: opacity; colours are the person's even where alpha is
     * low.
     */
    person: RgbaImage;
    /** The photo with the person removed and filled in; opaque. `photo` drawn over it gives the original picture. */
    background: RgbaImage;
  } | null;
  pose: PortraitPose;
  /** f32[E], 0 ... 1: the expression that the photo shows. */
  expression: Float32Array;
  /**
   * f32[E]: factor on commanded expressions. Below 1 if the photo leaves less room for them: half-closed eyes, thin
   * lips, skin covered by glasses.
   */
  headroom: Float32Array;
  /** How far the photo's own mouth expression is taken back during speech; see step 1. */
  relax: { mask: Float32Array; gain: Float32Array; base: number; limit: number };
  mesh: PortraitMesh;
  /**
   * u32[n], mesh vertices: polygon of the inner lips; the upper lip from the picture's left to its right, then the
   * lower lip back.
   */
  lipRing: Uint32Array;
  /** Number of vertices in the upper part of `lipRing`, both mouth corners included. */
  lipRingUpperCount: number;
  gaps: RingGaps;
  grid: PhotoGrid;
  /**
   * f32[modes x n x 2], canonical x and y, -2 ... 2: displacement of the grid vertices, per IOD of each mode of
   * secondary motion (secondary-motion-modes.ts). The vertices of the face take it from the grid at their place in the photo.
   */
  secondary: Float32Array;
  mouth: MouthInterior;
  lids: LidTexture;
  /** null: the gaze stays as in the photo. */
  gaze: GazeLayer | null;
};
