/**
 * @file A blurred image as a small texture with ten bits per channel. With eight bits a step would extend over fifty
 * pixels and be visible as a band, which dithering on the screen cannot remove.
 */
import type { RgbaImage } from '../../core/rgba-image';
import { blurred } from '../blurred-image';

/** sRGB values, opaque, one level. @param sigma standard deviation, px of the image */
export function createBlurredTexture(device: GPUDevice, label: string, image: RgbaImage, sigma: number): GPUTexture {
  const { width, height, data } = blurred(image, sigma);
  const words = new Uint32Array(width * height);
  for (let k = 0; k < words.length; k++) {
    let word = 3 << 30;
    for (let c = 0; c < 3; c++) word |= Math.round((data[3 * k + c]! / 255) * 1023) << (10 * c);
    words[k] = word;
  }
  const usage = GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_DST;
  const texture = device.createTexture({ label, size: [width, height], format: 'rgb10a2unorm', usage });
  device.queue.writeTexture({ texture }, words, { bytesPerRow: 4 * width }, [width, height]);
  return texture;
}
