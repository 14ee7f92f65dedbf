/** @file Draws with a WarpingRenderer and brings the picture to the CPU, for tests and galleries. */
import { MOTION_LATENT_SIZE, restLatent } from '../../../src/core/motion-latent';
import { rotationFromAngles } from '../../../src/core/rotation';
import type { RgbaImage } from '../../../src/core/rgba-image';
import type { WarpingRenderer } from '../../../src/renderer/webgpu/warping-renderer';
import type { FaceModel } from '../../../src/weights/face-model';

export type FrameInput = {
  from?: Float32Array;
  to: Float32Array;
  mix?: number;
  talking?: number;
  /** f32[6], what is heard (AudioEmbedding.articulation); nothing by default. */
  articulation?: readonly number[] | undefined;
};

/** One frame into rgba8unorm memory. @param format the renderer's: rgba8unorm or rgba8unorm-srgb */
export async function drawFrame(
  device: GPUDevice,
  renderer: WarpingRenderer,
  size: { width: number; height: number; format: GPUTextureFormat },
  { from, to, mix = 1, talking = 0, articulation = [0, 0, 0, 0, 0, 0] }: FrameInput,
): Promise<RgbaImage> {
  const { width, height, format } = size;
  const texture = device.createTexture({
    label: 'picture',
    size: [width, height],
    format,
    usage: GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.COPY_SRC,
  });
  const bytesPerRow = Math.ceil((4 * width) / 256) * 256;
  const staging = device.createBuffer({
    label: 'picture',
    size: bytesPerRow * height,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  device.queue.writeBuffer(renderer.latents[0], 0, (from ?? to) as Float32Array<ArrayBuffer>);
  device.queue.writeBuffer(renderer.latents[1], 0, to as Float32Array<ArrayBuffer>);
  renderer.speechBlend = talking;
  for (const frame of renderer.articulation) frame.set(articulation);
  const encoder = device.createCommandEncoder();
  renderer.encode(encoder, mix, texture.createView());
  encoder.copyTextureToBuffer({ texture }, { buffer: staging, bytesPerRow }, [width, height]);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const rows = new Uint8Array(staging.getMappedRange());
  const data = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y++) data.set(rows.subarray(y * bytesPerRow, y * bytesPerRow + 4 * width), 4 * width * y);
  staging.destroy();
  texture.destroy();
  return { width, height, data };
}

export type Pose = { pitch?: number; yaw?: number; roll?: number; x?: number; y?: number; scale?: number };

/** The latent that shows these expressions (by name, 0 ... 1) in this pose: delta = (expressions_to_keypoints c) R. */
export function latentOf(model: FaceModel, expressions: Record<string, number>, pose: Pose = {}): Float32Array {
  const latent = restLatent();
  const { pitch = 0, yaw = 0, roll = 0, x = 0, y = 0, scale = 1 } = pose;
  latent.set([pitch, yaw, roll, x, y, 0, scale], 63);
  const r = rotationFromAngles(pitch, yaw, roll);
  const { count } = model.expressions;
  const head = new Float32Array(63);
  for (const [name, value] of Object.entries(expressions)) {
    const matches = model.expressionNames.flatMap((n, e) =>
      n === name || n === `${name}_L` || n === `${name}_R` ? [e] : [],
    );
    if (matches.length === 0) throw new Error(`no expression ${name}`);
    for (const e of matches)
      for (let k = 0; k < 63; k++) head[k]! += value * model.expressionsToKeypoints[k * count + e]!;
  }
  for (let j = 0; j < 63; j += 3) {
    for (let k = 0; k < 3; k++) latent[j + k] = head[j]! * r[k]! + head[j + 1]! * r[3 + k]! + head[j + 2]! * r[6 + k]!;
  }
  if (latent.length !== MOTION_LATENT_SIZE) throw new Error('bad latent');
  return latent;
}

/** Peak signal-to-noise ratio over the pixels that `inside` accepts, dB; Infinity when equal. */
export function psnr(a: RgbaImage, b: RgbaImage, inside: (x: number, y: number) => boolean = () => true): number {
  let sum = 0;
  let count = 0;
  for (let y = 0; y < a.height; y++) {
    for (let x = 0; x < a.width; x++) {
      if (!inside(x, y)) continue;
      const at = 4 * (y * a.width + x);
      for (let c = 0; c < 3; c++) sum += (a.data[at + c]! - b.data[at + c]!) ** 2;
      count += 3;
    }
  }
  return 10 * Math.log10((255 * 255 * count) / sum);
}
