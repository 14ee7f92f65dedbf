/** @file Images on the GPU with mipmaps, because a portrait may be drawn far smaller than its photo. */
import type { RgbaImage } from '../../core/rgba-image';
import { mipmaps } from '../mipmaps';

/** A sampled texture with all mipmap levels. A view of format 'rgba8unorm-srgb' decodes to linear light when sampled. */
export function createImageTexture(device: GPUDevice, label: string, image: RgbaImage): GPUTexture {
  const levels = mipmaps(image);
  const texture = device.createTexture({
    label,
    size: [image.width, image.height],
    format: 'rgba8unorm',
    viewFormats: ['rgba8unorm-srgb'],
    mipLevelCount: levels.length,
    usage: GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_DST,
  });
  levels.forEach(({ width, height, data }, mipLevel) => {
    device.queue.writeTexture(
      { texture, mipLevel },
      data as Uint8ClampedArray<ArrayBuffer>,
      { bytesPerRow: 4 * width },
      [width, height],
    );
  });
  return texture;
}
