/**
 * @file PortraitBundle: everything the renderer needs to know about one photo, as plain data.
 *
 * Made once a photo by face analysis, fit and preparation (CPU); the renderer uploads it and keeps no other
 * link to where it came from. Mesh indices refer to models/face-model.safetensors. Lengths named `px` are
 * pixels of `photo`; canonical lengths are IOD (see src/core/motion-latent.ts).
 */

/** 8-bit sRGB, straight alpha, row-major. */
export type RgbaImage = { width: number; height: number; data: Uint8ClampedArray };

/** Scaled orthographic camera: (px, py) = scale * (x R).xy + translation. */
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
  /** f32[53], 0 ... 1: the expression the photo itself shows. */
  expression: Float32Array;
  /** f32[40], standard normal units. */
  identity: Float32Array;
  /** f32[vertices x 3], canonical: neutral + identity + residual, without expression. */
  vertices: Float32Array;
  /** Mean landmark error before and after the residual, IOD. */
  error: { model: number; final: number };
};
