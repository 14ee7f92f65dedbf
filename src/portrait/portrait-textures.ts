/** @file The pictures of a portrait on the GPU. They stay while the output changes; only the backdrop follows it. */
import { convertColours } from './color-space';
import { createImageTexture } from './photo-texture';
import { type PictureOutput, showsPlainPhoto } from './picture-output';
import type { PortraitBundle, RgbaImage } from './portrait-bundle';
import { gaussianBlur } from './prepare/smooth';

/** A blurred backdrop is kept so coarse that its blur spans this many cells: more show nothing that linear filtering loses. */
const BLUR_CELLS = 4;
const MAX_BLUR_SIDE = 512;
const NOTHING: RgbaImage = { width: 1, height: 1, data: new Uint8ClampedArray(4) };

export class PortraitTextures {
  readonly #photo: GPUTexture;
  /** Made when it is first wanted: most pictures show the photo as it is. */
  #person: GPUTexture | undefined;
  readonly lids: GPUTexture;
  readonly teeth: GPUTexture;
  readonly eyes: GPUTexture;
  readonly #background: GPUTexture;

  /** @param colorSpace of the pictures that are drawn with it */
  constructor(
    private readonly device: GPUDevice,
    private readonly portrait: PortraitBundle,
    readonly colorSpace: PredefinedColorSpace,
  ) {
    this.#photo = this.#texture('photo', portrait.photo);
    this.lids = this.#texture('lid skin', portrait.lids.image);
    this.teeth = this.#texture('teeth', portrait.mouth.card?.image ?? NOTHING);
    this.eyes = createImageTexture(device, 'eyes', portrait.gaze?.image ?? NOTHING);
    this.#background = this.#texture('background', portrait.layers?.background ?? NOTHING);
  }

  /** What the photo layer shows: with its rim of background only before that background. */
  photo(output: PictureOutput): GPUTexture {
    if (showsPlainPhoto(output) || !this.portrait.layers) return this.#photo;
    return (this.#person ??= this.#texture('person', this.portrait.layers.person));
  }

  /** What is behind the person. `owned`: made for this output, the caller destroys it. */
  backdrop({ backdrop, width, height }: PictureOutput): { texture: GPUTexture; owned: boolean } {
    if (backdrop.kind === 'image')
      return { texture: createImageTexture(this.device, 'backdrop', backdrop.image), owned: true };
    if (backdrop.kind === 'colour' || !this.portrait.layers || backdrop.blur === 0)
      return { texture: this.#background, owned: false };
    const { background } = this.portrait.layers;
    const scale = Math.max(width / background.width, height / background.height);
    return {
      texture: this.#texture('backdrop', blurred(background, backdrop.blur / scale)),
      owned: true,
    };
  }

  #texture(label: string, image: RgbaImage): GPUTexture {
    return createImageTexture(this.device, label, convertColours(image, this.portrait.colorSpace, this.colorSpace));
  }

  destroy(): void {
    for (const texture of [this.#photo, this.lids, this.teeth, this.eyes, this.#background]) texture.destroy();
    this.#person?.destroy();
  }
}

/** @param sigma standard deviation, px of the image */
export function blurred(image: RgbaImage, sigma: number): RgbaImage {
  const cell = Math.max(1, sigma / BLUR_CELLS, Math.max(image.width, image.height) / MAX_BLUR_SIDE);
  const [width, height] = [image.width, image.height].map((side) => Math.max(1, Math.round(side / cell))) as [
    number,
    number,
  ];
  const sums = new Float32Array(3 * width * height);
  const counts = new Float32Array(width * height);
  for (let y = 0, k = 0; y < image.height; y++) {
    const row = Math.floor((y * height) / image.height) * width;
    for (let x = 0; x < image.width; x++, k++) {
      const at = row + Math.floor((x * width) / image.width);
      counts[at]!++;
      for (let c = 0; c < 3; c++) sums[3 * at + c]! += image.data[4 * k + c]!;
    }
  }
  for (let k = 0; k < sums.length; k++) sums[k]! /= counts[Math.floor(k / 3)]!;
  gaussianBlur(sums, width, height, 3, sigma / cell);
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let k = 0; k < counts.length; k++) data.set(sums.subarray(3 * k, 3 * k + 3), 4 * k);
  return { width, height, data };
}
