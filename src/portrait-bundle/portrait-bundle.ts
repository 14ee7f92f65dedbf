/**
 * @file PortraitBundle: everything the renderer needs to know about one photo, as plain data.
 *
 * Made once a photo by face analysis, fit and preparation (CPU); the renderer uploads it and keeps no other
 * link to where it came from. Lengths named `px` are pixels of `photo` (x right, y down, the first pixel covers
 * 0 ... 1); canonical lengths are IOD in the head's frame (see src/core/motion-latent.ts).
 * E = 53 expressions in the order of the face model, V = vertices of the mesh, F = those of them in the face.
 *
 * A frame has three inputs: the motion latent (delta, angles, t, scale); `talking`, 0 ... 1, a slow envelope of speech
 * (0 = rest); and the articulation of the sound, f32[6] (AudioEmbedding), for what a latent of landmarks does not hold. With R = R(pitch, yaw, roll) and row vectors on the left:
 *
 *   1 expressions  c_e      = keypoints_to_expressions (delta R^T)                  commanded; 0 at rest
 *                  r        = talking * clamp(relax.base + relax.gain . c, 0, relax.limit)
 *                  e_e      = expression_e max(0, 1 - r relax.mask_e) + headroom_e (c_e   what the mesh shows
 *                             + p up(press_e) + f up(tuck_e) + q up(round_e)), up(w) = clamp(w - c_e, 0, w)   lip-shapes.ts, from the articulation
 *                  d_e      = e_e - expression_e                                    change against the photo
 *   2 ring gaps    mesh_s   = gaps.rest_s + sum_e gaps.basis_se e_e
 *     lip samples  target_s = max(0, sum_e gaps.basis_se c_e) + (1 - talking) gaps.photo_s     less with p and f; slits wider (expression.wgsl)
 *     lid samples  target_s = mesh_s (1 - b^2) - gaps.lidOverlap b^2,  b = clamp(c of that eye's eyeBlink, 0, 1)
 *                  corr_s   = target_s - mesh_s
 *   3 vertices     p_v      = mesh.rest_v + sum_e e_e mode_e(mesh.source_v)
 *                  p_v.y   += mesh.gapWeight_v * corr(mesh.gapCoord_v)     corr linear between its two samples
 *                  p_v      += tongue of the articulation                        vertices of the mouth, tongue-motion.ts
 *   3a secondary   p_v.xy  += strength sum_k y_k secondary_k(uv_v)               motion that lags, secondary-motion.ts
 *   4 camera       px       = pose.scale * (scale * (p_v R pose.rotation).xy + t.xy) + pose.translation
 *
 * With zero motion and talking = 0 all corr_s and d_e are 0 and p_v projects onto its own uv: the photo itself.
 * With talking = 1 a commanded closure (basis . c <= 0) makes the two lip rings meet on every portrait, also
 * where the photo shows an open mouth. The renderer clamps c to a sane range before step 1.
 *
 * Gaze: the commanded eyeLook* shapes also turn the irises of the photo layer, 30 degrees at 1 (shaders/warp/eye-layer.wgsl).
 *
 * Layers, back to front: `background` at rest, `grid` (the person of the photo), the mouth interior of `mesh` inside the polygon `lipRing`,
 * the photo's own teeth (`mouth.photoTeeth`) in the same polygon, the face of `mesh`.
 */

/** 8 bits a channel, the curve of sRGB and Display-P3, straight alpha, row-major. */
export type RgbaImage = { width: number; height: number; data: Uint8ClampedArray };

/** Probability of "person", 0 ... 1, row-major; spans the whole photo at its own resolution. */
export type PersonMatte = { width: number; height: number; data: Float32Array };

/** Scaled orthographic camera: (px, py) = scale * (x rotation).xy + translation. */
export type PortraitPose = {
  /** 3 x 3 row-major, row vectors from the left. */
  rotation: Float32Array;
  /** px per IOD. */
  scale: number;
  /** px, where the canonical origin (neck joint) falls. */
  translation: [number, number];
};

/** Result of fitting the face model to the landmarks. */
export type FaceFit = {
  pose: PortraitPose;
  /** f32[E], 0 ... 1: the expression the photo itself shows. */
  expression: Float32Array;
  /** f32[40], standard normal units. */
  identity: Float32Array;
  /** f32[model vertices x 3], canonical: neutral + identity + residual + placed teeth, without expression. */
  vertices: Float32Array;
  /** The photo shows a closed mouth: its lip rings have been sealed, at rest there is no opening. */
  mouthClosed: boolean;
  /** Mean landmark error before and after the residual, IOD. */
  error: { model: number; final: number };
};

/** The drawn vertices and triangles. The face comes first: vertices 0 ... F - 1. */
export type PortraitMesh = {
  /** u32[V]: vertex of the face model whose expression modes move this vertex. */
  source: Uint32Array;
  /** f32[V x 3], canonical, without expression (fit.vertices of `source`). */
  rest: Float32Array;
  faceVertexCount: number;
  /** u32[3 n], indices into the mesh; front faces as seen in the picture are counter-clockwise in y-up. */
  faceTriangles: Uint32Array;
  /** u32[3 n]: socket, gums and tongue, upper teeth, lower teeth, in the order of `mouthGroups`. */
  mouthTriangles: Uint32Array;
  /** Ranges of `mouthTriangles` in indices (not triangles), half-open. `upperTeeth` is empty when there are photo teeth. */
  mouthGroups: Record<'socket' | 'tongue' | 'upperTeeth' | 'lowerTeeth', [number, number]>;

  /** f32[F x 2], px: where the vertex takes its colour in the photo. */
  uv: Float32Array;
  /** f32[F], 0 ... 1: opacity of the face layer over the photo layer. */
  alpha: Float32Array;
  /** f32[F], 0 ... 1: factor on the colour; below 1 only on the inside of the lips. */
  shade: Float32Array;

  /** f32[V]: fractional index into the samples of `gaps`. */
  gapCoord: Float32Array;
  /** f32[V]: change of canonical y per unit of gap correction; upper side negative, lower positive, 0 far away. */
  gapWeight: Float32Array;

  /** f32[F x 2], px: where the vertex lies in the photo once its eye is closed; for sampling `lids.image`. */
  lidUv: Float32Array;
  /**
   * f32[F], -1 ... 1: how much of the lid texture the vertex takes at a full blink; sign + = person's left eye,
   * - = right eye. Colour = mix(photo(uv), lids.image(lidUv), |lidMask| sst(.05, .45, b)), on lower lids sst(.6, .95, b).
   */
  lidMask: Float32Array;
  /**
   * f32[F], IOD. On the edges of upper lids d, of which exp(-(d / .016)^2) is the strength of the lash line (edge-ribbon.wgsl);
   * round lower lids minus the distance from their edges; large elsewhere. On the lips of a photo with an open mouth minus the
   * distance from their inner edges, where closed lips are dark (face-layer.wgsl).
   */
  lashDistance: Float32Array;

  /** f32[(V - F) x 3], unit, canonical: outward normals of the mouth vertices (index v - F). */
  mouthNormal: Float32Array;
};

/**
 * Vertical openings between two vertex rings (lips, lids), sampled at fixed material positions: S samples, lips
 * first, then the right eye, then the left. Linear in the expression, so the GPU needs one small matrix.
 */
export type RingGaps = {
  /** First sample of each ring pair and the total: [lips, eyeR, eyeL, S]. */
  offsets: [number, number, number, number];
  /** f32[S], IOD: opening (y lower - y upper) of mesh.rest. */
  rest: Float32Array;
  /** f32[S x E], IOD: change of the opening per unit of expression. */
  basis: Float32Array;
  /** f32[S], IOD: opening the photo shows = rest + basis . expression (>= 0 for the lips; 0 if closed). */
  photo: Float32Array;
  /** IOD by which a fully closed upper lid overlaps the lower one, so that no eye shines through. */
  lidOverlap: number;
};

/** Layer 0: the person of the photo on a regular grid of vertices; vertex (i, j) rests at px (i width / (columns - 1), ...). */
export type PhotoGrid = {
  columns: number;
  rows: number;
  /** f32[n x 3], canonical: the vertex unprojected at the depth of the head there. */
  canonical: Float32Array;
  /** f32[n], 0 ... 1: how much the vertex follows the rigid head; 0 at the picture's border and on the background. */
  rigid: Float32Array;
  /** u32[K]: the expressions that move anything outside the face layer. */
  expressions: Uint32Array;
  /**
   * f32[K x n x 2], IOD, canonical x and y. px = rest px + rigid (project(canonical) - rest px)
   * + pose.scale scale (m R pose.rotation).xy with m = (sum_k d_expressions[k] basis_k, 0), secondary motion added to m.
   */
  basis: Float32Array;
};

/** The photo's own teeth, for photos with an open mouth. Rigid with the head (upper jaw). */
export type PhotoTeeth = {
  /** Crop of the photo at its own resolution, colours repeated sideways and up beyond the mouth; alpha 0 below it. */
  image: RgbaImage;
  /** px in the photo of the crop's first pixel. */
  offset: [number, number];
  /**
   * f32[2 PHOTO_TEETH_COLUMNS x 3], canonical: a strip of columns from left to right, top and bottom of each, that lies
   * bent like the row of teeth behind the lips, so that cheeks and lips hide its rim. At rest it projects on the crop,
   * columns at equal steps.
   */
  strip: Float32Array;
};

/** Columns of the strip of the photo's teeth. */
export const PHOTO_TEETH_COLUMNS = 9;

/** How the inside of the mouth is lit. Colours are sRGB 0 ... 1. */
export type MouthLook = {
  /** f32[3] r g b: factor on every mouth colour, from the skin of the photo. */
  light: Float32Array;
  /** f32[4 x 3]: base colours of socket, tongue and gums, teeth, and what is behind everything. */
  colours: Float32Array;
  /** null when the photo's mouth is closed. */
  photoTeeth: PhotoTeeth | null;
};

/** A crop of the photo with both eyes closed, and the photo itself round them (prepare/lid-skin.ts). */
export type LidTexture = {
  image: RgbaImage;
  /** px in the photo of the crop's first pixel. */
  offset: [number, number];
};

/** An iris in the photo and how it goes when the eyeball turns. px of the photo. */
export type Iris = {
  centre: [number, number];
  radius: number;
  /** Half width of its edge. */
  softness: number;
  /** Way per unit of sin(angle): away from the nose, and down. 0 where the eye is closed or too small to tell. */
  across: [number, number];
  down: [number, number];
};

/** What is behind the irises and under the lids; see prepare/gaze.ts. */
export type GazeLayer = {
  /** Upper half: the white of the eyes without irises, alpha = opening of the lids. Lower half: irises without lids and lights. */
  image: RgbaImage;
  /** px in the photo of each half's first pixel. */
  offset: [number, number];
  /** Right, left. */
  irises: [Iris, Iris];
};

export type PortraitBundle = {
  /** Of all pictures in the bundle. */
  colorSpace: PredefinedColorSpace;
  /** Alpha: opacity before the photo's own background, soft and a little wider than the person; 255 without a matte. */
  photo: RgbaImage;
  /** What else there is of a photo with a matte; all of the photo's size. See prepare/foreground.ts. */
  layers: {
    /** For other backgrounds. Alpha: opacity of the person; the colour is its own also where alpha is low. */
    person: RgbaImage;
    /** The photo without the person, filled in behind it; opaque. `photo` over it is the picture that came in. */
    background: RgbaImage;
  } | null;
  pose: PortraitPose;
  /** f32[E], 0 ... 1: the expression the photo shows (fit.expression). */
  expression: Float32Array;
  /** f32[E]: factor on commanded expressions, 1 but where the photo leaves less to do (half-closed eyes, thin lips). */
  headroom: Float32Array;
  /** How the photo's own mouth gives way while talking; see step 1. */
  relax: { mask: Float32Array; gain: Float32Array; base: number; limit: number };
  mesh: PortraitMesh;
  /** u32[n]: inner lip polygon as mesh vertices: upper lip from the picture's left to right, lower lip back. */
  lipRing: Uint32Array;
  /** Length of the upper part of `lipRing`, both mouth corners included. */
  lipRingUpperCount: number;
  gaps: RingGaps;
  grid: PhotoGrid;
  /**
   * f32[K x n x 2], canonical x and y, -2 ... 2: direction in which each mode of secondary motion (secondary-modes.ts) carries
   * the vertices of `grid`, and those of the face at the same place of the photo, per IOD of the mode.
   */
  secondary: Float32Array;
  mouth: MouthLook;
  lids: LidTexture;
  /** null: the gaze of the photo stays. */
  gaze: GazeLayer | null;
};
