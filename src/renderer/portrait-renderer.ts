/**
 * @file PortraitRenderer: the one door of whatever draws a portrait. The pipeline knows nothing else of it, so that another
 * renderer, a neural one for instance, can be put in the place of WarpingRenderer.
 *
 * In goes a portrait bundle, once, and motion latents, f32[70] in LivePortrait's form (KwaiVGI/LivePortrait, 2024;
 * src/core/motion-latent.ts has the offsets):
 *
 *   0 ... 62   delta, 21 keypoints x (x, y, z), IOD, added after the rotation and so turned with the head
 *   63 64 65   pitch, yaw, roll, degrees
 *   66 67 68   t, IOD; t_z moves nothing on the screen
 *   69         scale, a factor
 *
 * with x right, y down, z away from the viewer, row vectors from the left and R = (Rz Ry Rx)^T:
 *
 *   x_d = s_portrait scale (x_c R R_portrait + delta) + t_portrait + t
 *
 * All is relative to the portrait at rest: zeros with scale 1 show the photo. x_c are the keypoints of the bundle
 * (`canonicalKeypoints` in keypoint-transform.ts), s, R and t_portrait its pose; a renderer that was trained on keypoints of its
 * own maps these onto its own. Out comes a picture in a texture view, recorded in the caller's command encoder.
 */
import type { MotionFrame } from '../core/motion-frame';
import type { GpuTimer } from '../gpu/gpu-timer';
import type { FaceModel } from '../weights/face-model';
import type { PictureOutput } from './picture-output';
import type { PortraitBundle } from '../portrait-bundle/portrait-bundle';

export type PortraitRenderer = {
  /**
   * Records the step to the next motion frame, in order and each once: a renderer may keep a state over them. Before the
   * first one the portrait is at rest.
   *
   * @param frame becomes the newest motion frame; the one that was newest becomes the one before
   */
  advance(encoder: GPUCommandEncoder, frame: MotionFrame): void;

  /**
   * Makes ready for another size, part, side, background or colour space; the motion goes on. One at a time.
   *
   * @throws TalkingPortraitError 'unsupported' when the driver refuses it
   */
  prepareOutput(output: PictureOutput): Promise<PreparedOutput>;

  /**
   * Records a picture.
   *
   * @param mix 0: the motion frame before, 1: the motion frame now, between: interpolated in motion space
   * @param target a view of the output's size and format, premultiplied
   * @param timer with the renderer's passes
   */
  encode(encoder: GPUCommandEncoder, mix: number, target: GPUTextureView, timer?: GpuTimer): void;

  destroy(): void;
};

/** Another output, ready to be shown. One of the two is to be called, once. */
export type PreparedOutput = {
  /** Switches over at once: the next picture is the first of the new output. */
  apply(): void;
  /** Gives back what was made for it; everything stays as it was. */
  discard(): void;
};

/** Makes a renderer for a portrait. @throws TalkingPortraitError 'unsupported', 'weights-corrupt' */
export type CreatePortraitRenderer = (
  device: GPUDevice,
  model: FaceModel,
  bundle: PortraitBundle,
  output: PictureOutput,
) => Promise<PortraitRenderer>;
