/**
 * @file The structs that WGSL and TypeScript share, one description each. The WGSL declaration of each struct documents
 * its fields.
 */
import { arrayOf, structLayout } from '../gpu/struct-layout';

/** shaders/common/camera.wgsl */
export const CAMERA = structLayout('Camera', {
  poseScale: 'f32',
  depthBias: 'f32',
  translation: 'vec2f',
  toClip: 'vec4f',
  photoSize: 'vec2f',
  photoLevel: 'f32',
  pixel: 'f32',
});

/** shaders/common/step-state.wgsl */
export const STEP_STATE = structLayout('StepState', {
  slot: 'u32',
  history: 'u32',
  first: 'u32',
  frame: 'u32',
  seed: 'u32',
  topK: 'u32',
  temperature: 'f32',
});

/** shaders/common/secondary-mode.wgsl */
export const SECONDARY_MOTION_MODE = structLayout('SecondaryMotionMode', {
  place: 'f32',
  speed: 'f32',
  drive: 'f32',
  started: 'f32',
  before: 'f32',
  now: 'f32',
});

/** shaders/warp/secondary-motion.wgsl */
export const SPRING = structLayout('Spring', { phi: 'vec4f', lag: 'f32', direct: 'f32', limit: 'f32' });

/** shaders/warp/keypoint-transform.wgsl */
export const FRAME = structLayout('Frame', {
  mix: 'f32',
  speechBlend: 'f32',
  secondaryMotion: 'f32',
  tip: 'f32',
  between: 'f32',
  back: 'f32',
  pressed: 'f32',
  atTeeth: 'f32',
  rounded: 'f32',
});

/** shaders/warp/keypoint-transform.wgsl */
export const PORTRAIT_POSE = structLayout('Pose', {
  rotation: arrayOf('vec4f', 3),
  scale: 'f32',
  translation: 'vec2f',
  keypoints: arrayOf('vec4f', 21),
});

/** shaders/warp/expression.wgsl */
export const EXPRESSION = structLayout('Expression', {
  own: 'f32',
  headroom: 'f32',
  relaxMask: 'f32',
  relaxGain: 'f32',
  modeScale: 'f32',
  press: 'f32',
  tuck: 'f32',
  round: 'f32',
  aperture: 'f32',
  width: 'f32',
});

/** shaders/warp/expression.wgsl */
export const EXPRESSION_LIMITS = structLayout('Limits', {
  relaxBase: 'f32',
  relaxLimit: 'f32',
  lidOverlap: 'f32',
  lipSlack: 'f32',
  lipOverlap: 'f32',
});

/** shaders/warp/expression.wgsl */
export const RING_GAP = structLayout('RingGap', { rest: 'f32', photo: 'f32', kind: 'u32', arch: 'f32' });

/** shaders/warp/dense-motion.wgsl */
export const MESH_VERTEX = structLayout('MeshVertex', {
  rest: 'vec3f',
  gapCoord: 'f32',
  gapWeight: 'f32',
  first: 'u32',
  end: 'u32',
  layer: 'f32',
});

/** shaders/warp/grid-motion.wgsl */
export const GRID_VERTEX = structLayout('GridVertex', {
  canonical: 'vec3f',
  rigid: 'f32',
  rest: 'vec2f',
  first: 'u32',
  end: 'u32',
});

/** shaders/common/lip-profile.wgsl */
export const LIP_PROFILE = structLayout('LipProfile', {
  left: 'f32',
  inverseWidth: 'f32',
  opening: 'f32',
  columns: arrayOf('vec2f', 32),
});

/** shaders/common/scene.wgsl */
export const MOUTH = structLayout('Mouth', {
  light: 'vec3f',
  saturation: 'f32',
  colours: arrayOf('vec4f', 4),
  photoTeeth: arrayOf('vec4f', 18),
  lipDepth: 'f32',
  photoTeethPlace: 'vec4f',
});

/** shaders/warp/eye-layer.wgsl */
export const IRIS = structLayout('Iris', {
  centre: 'vec2f',
  radius: 'f32',
  softness: 'f32',
  across: 'vec2f',
  down: 'vec2f',
  look: 'vec4u',
});

/** shaders/warp/eye-layer.wgsl */
export const EYES = structLayout('Eyes', { irises: arrayOf(IRIS, 2), offset: 'vec2f', size: 'vec2f' });

/** shaders/vq/residual-decode.wgsl; ADJUSTMENT of src/motion/motion-adjustment.ts explains the fields. */
export const MOTION_ADJUSTMENT = structLayout('MotionAdjustment', {
  blink: 'vec2f',
  angles: arrayOf('f32', 3),
  translation: arrayOf('f32', 3),
  gaze: 'vec2f',
  raise: 'f32',
  mouth: 'f32',
  brows: 'f32',
  head: 'f32',
  hold: 'f32',
});

/** shaders/vq/residual-decode.wgsl; EXPRESSION_ROLE of src/motion/adjustment-maps.ts explains the fields. */
export const ROLE = structLayout('ExpressionRole', {
  mouth: 'f32',
  brow: 'f32',
  gap: 'f32',
  raise: 'f32',
  lids: 'vec2f',
  look: 'vec2f',
});
