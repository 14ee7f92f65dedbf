/**
 * @file PortraitRenderer: the interface between the pipeline and whatever draws a portrait. The pipeline uses a
 * renderer only through this interface. There are two: webgpu/warping-renderer.ts on a GPU and cpu/cpu-renderer.ts, which needs none;
 * another one, for instance a neural one, can be added.
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
 * keypoints maps these to its own. A renderer draws on the canvas of its drawing device (src/pipeline/drawing).
 */
import type { MotionFrame } from '../core/motion-frame';
import type { PictureOutput } from './picture-output';

export type PortraitRenderer = {
  /**
   * Steps to the next motion frame. Every motion frame is passed once and in order, because a renderer may keep state across
   * them. Before the first one the portrait is in the rest pose.
   *
   * @param frame becomes the newest motion frame; the one that was newest becomes the previous one
   */
  advance(frame: MotionFrame): void;

  /**
   * Prepares another size, crop, mirroring, backdrop or colour space. The motion is not affected. Only one output may be in
   * preparation at a time.
   *
   * @throws TalkingPortraitError 'unsupported' when the driver refuses it
   */
  prepareOutput(output: PictureOutput): Promise<PreparedOutput>;

  /**
   * Draws a picture; on a GPU it also submits the commands of the frame.
   *
   * @param mix 0: the previous motion frame, 1: the newest; between them latents are interpolated
   */
  draw(mix: number): void;

  destroy(): void;
};

/** Another output, ready to be used. Exactly one of the two methods must be called, once. */
export type PreparedOutput = {
  /** Switches immediately: the next picture is the first of the new output. */
  apply(): void;
  /** Destroys what was created for the new output and leaves everything as it was. */
  discard(): void;
};
