/** @file The images of a portrait on the GPU. They outlive a change of the output; only the backdrop depends on it. */
import { convertColours } from '../color-space';
import { createBlurredTexture } from './blurred-texture';
import { createImageTexture } from './photo-texture';
import { type PictureOutput, showsPlainPhoto } from '../picture-output';
import type { PortraitBundle } from '../../portrait-bundle/portrait-bundle';
import type { RgbaImage } from '../../core/rgba-image';

const EMPTY: RgbaImage = { width: 1, height: 1, data: new Uint8ClampedArray(4) };

export class PortraitTextures {
  readonly #photo: GPUTexture;
  /** Created on first use: most outputs show the photo itself. */
  #person: GPUTexture | undefined;
  readonly lids: GPUTexture;
  readonly teeth: GPUTexture;
  readonly eyes: GPUTexture;
  readonly #background: GPUTexture;
  readonly #device: GPUDevice;
  readonly #portrait: PortraitBundle;
  readonly colorSpace: PredefinedColorSpace;

  /** @param colorSpace of the pictures that will be drawn */
  constructor(device: GPUDevice, portrait: PortraitBundle, colorSpace: PredefinedColorSpace) {
    this.#device = device;
    this.#portrait = portrait;
    this.colorSpace = colorSpace;
    this.#photo = this.#texture('photo', portrait.photo);
    this.lids = this.#texture('lid skin', portrait.lids.image);
    this.teeth = this.#texture('teeth', portrait.mouth.photoTeeth?.image ?? EMPTY);
    this.eyes = createImageTexture(device, 'eyes', portrait.gaze?.image ?? EMPTY);
    this.#background = this.#texture('background', portrait.layers?.background ?? EMPTY);
  }

  /** Image of the photo layer. `photo` keeps a rim of its background, so it is used only in front of that background. */
  photo(output: PictureOutput): GPUTexture {
    if (showsPlainPhoto(output) || !this.#portrait.layers) return this.#photo;
    return (this.#person ??= this.#texture('person', this.#portrait.layers.person));
  }

  /** What is behind the person. `owned`: created for this output; the caller destroys it. */
  backdrop({ backdrop, width, height }: PictureOutput): { texture: GPUTexture; owned: boolean } {
    if (backdrop.kind === 'image')
      return { texture: createImageTexture(this.#device, 'backdrop', backdrop.image), owned: true };
    if (backdrop.kind === 'colour' || !this.#portrait.layers || backdrop.blur === 0)
      return { texture: this.#background, owned: false };
    const { background } = this.#portrait.layers;
    const scale = Math.max(width / background.width, height / background.height);
    const { colorSpace } = this.#portrait;
    const image = convertColours(background, colorSpace, this.colorSpace);
    return { texture: createBlurredTexture(this.#device, 'backdrop', image, backdrop.blur / scale), owned: true };
  }

  #texture(label: string, image: RgbaImage): GPUTexture {
    return createImageTexture(this.#device, label, convertColours(image, this.#portrait.colorSpace, this.colorSpace));
  }

  destroy(): void {
    for (const texture of [this.#photo, this.lids, this.teeth, this.eyes, this.#background]) texture.destroy();
    this.#person?.destroy();
  }
}
