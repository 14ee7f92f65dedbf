/** @file Group 0 of every drawing pipeline (shaders/common/scene.wgsl), and the WGSL that all drawing shaders share. */
import camera from '../../../shaders/common/camera.wgsl?raw';
import colour from '../../../shaders/common/color.wgsl?raw';
import dither from '../../../shaders/common/dither.wgsl?raw';
import lipProfile from '../../../shaders/common/lip-profile.wgsl?raw';
import motionState from '../../../shaders/common/motion-state.wgsl?raw';
import scene from '../../../shaders/common/scene.wgsl?raw';
import type { Bindings } from '../../gpu/kernel';

/** Comes before the code of each layer. */
export const SCENE_CODE = [camera, motionState, lipProfile, colour, dither, scene].join('\n');

const SAMPLED = { texture: { sampleType: 'float' } } as const;

/** The last two are declared in shaders/warp/eye-layer.wgsl, which alone uses them. */
export const SCENE_BINDINGS = {
  camera: 'uniform',
  mouth: 'uniform',
  state: 'read',
  lipProfile: 'read',
  linearSampler: { sampler: { type: 'filtering' } },
  photo: SAMPLED,
  lidSkin: SAMPLED,
  teeth: SAMPLED,
  positions: 'read',
  backdrop: SAMPLED,
  eyes: SAMPLED,
  gaze: 'uniform',
} as const satisfies Bindings;
