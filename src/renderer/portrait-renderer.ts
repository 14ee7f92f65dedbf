/**
 * @file PortraitRenderer: the interface between the pipeline and whatever draws a portrait. The pipeline uses a
 * renderer only through this interface, so that another one, for instance a neural one, can replace WarpingRenderer.
 *
 * A renderer is created from a portrait bundle and receives motion frames (src/core/motion-frame.ts). Their latent is f32[70]
 * in LivePortrait's form (KwaiVGI/LivePortrait, 2024; src/core/motion-latent.ts has the offsets):
 *
 *   0 ... 62   delta, 21 keypoints x (x, y, z), IOD, added after the rotation and therefore rotated with the head
 *   63 64 65   pitch, yaw, roll, degrees
 *   66 67 68   t, IOD; t_z moves nothing on the screen
 *   69         scale, a factor
 *
 * with x right, y down, z away from the viewer, row vectors on the left and R = (Rz Ry Rx)^T:
 *
 *   x_d = s_portrait (scale (x_c R R_portrait + delta) + t) + t_portrait
 *
 * The latent is relative to the rest pose: zeros with scale 1 show the photo. x_c are the keypoints of the bundle
 * (`canonicalKeypoints` in keypoint-transform.ts); s, R and t_portrait are its pose. A renderer that was trained on other
 * keypoints maps these to its own. The output is a picture in a texture view, recorded in the caller's command encoder.
 */
import type { MotionFrame } from '../core/motion-frame';
import type { GpuTimer } from '../gpu/gpu-timer';
import type { FaceModel } from '../weights/face-model';
import type { PictureOutput } from './picture-output';
import type { PortraitBundle } from '../portrait-bundle/portrait-bundle';

export type PortraitRenderer = {
  /**
   * Records the step to the next motion frame. Every motion frame is passed once and in order, because a renderer may keep
   * state across them. Before the first one the portrait is in the rest pose.
   *
   * @param frame becomes the newest motion frame; the one that was newest becomes the previous one
   */
  advance(encoder: GPUCommandEncoder, frame: MotionFrame): void;

  /**
   * Prepares another size, crop, mirroring, backdrop or colour space. The motion is not affected. Only one output may be in
   * preparation at a time.
   *
   * @throws TalkingPortraitError 'unsupported' when the driver refuses it
   */
  prepareOutput(output: PictureOutput): Promise<PreparedOutput>;

  /**
   * Records a picture.
   *
   * @param mix 0: the previous motion frame, 1: the newest; between them latents are interpolated
   * @param target a view of the output's size and format; premultiplied alpha
   * @param timer with the renderer's passes
   */
  encode(encoder: GPUCommandEncoder, mix: number, target: GPUTextureView, timer?: GpuTimer): void;

  destroy(): void;
};

/** Another output, ready to be used. Exactly one of the two methods must be called, once. */
export type PreparedOutput = {
  /** Switches immediately: the next picture is the first of the new output. */
  apply(): void;
  /** Destroys what was created for the new output and leaves everything as it was. */
  discard(): void;
};

/** Creates a renderer for a portrait. @throws TalkingPortraitError 'unsupported', 'weights-corrupt' */
export type CreatePortraitRenderer = (
  device: GPUDevice,
  model: FaceModel,
  bundle: PortraitBundle,
  output: PictureOutput,
) => Promise<PortraitRenderer>;
