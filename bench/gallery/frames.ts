/** @file Draws the shots of one portrait: pictures, and the positions of the mesh in them. */
import type { RgbaImage } from '../../src/core/rgba-image';
import { WarpingRenderer, type WarpingRendererOptions } from '../../src/renderer/webgpu/warping-renderer';
import type { FaceModel } from '../../src/weights/face-model';
import { readFloats } from '../../test/fixtures/gpu-device';
import { drawFrame, latentOf, type FrameInput } from '../../test/fixtures/draw-frame';
import type { GalleryPortrait } from './gallery-page';
import { SHOTS, type Shot } from './poses';

export type Frame = {
  picture: RgbaImage;
  /** f32[V x 4]: clip x, y, depth, canonical z. */
  mesh: Float32Array;
};

/** Draws one portrait in squares of one size. */
export class PortraitFrames {
  readonly #device: GPUDevice;
  readonly #model: FaceModel;
  readonly #renderer: WarpingRenderer;
  readonly #target: WarpingRendererOptions;

  private constructor(device: GPUDevice, model: FaceModel, renderer: WarpingRenderer, target: WarpingRendererOptions) {
    this.#device = device;
    this.#model = model;
    this.#renderer = renderer;
    this.#target = target;
  }

  static async create(
    device: GPUDevice,
    model: FaceModel,
    { bundle }: GalleryPortrait,
    size: number,
    options: { format?: GPUTextureFormat; sampleCount?: 1 | 4 } = {},
  ): Promise<PortraitFrames> {
    const { format = 'rgba8unorm', sampleCount = 4 } = options;
    const target = { width: size, height: size, format, sampleCount };
    return new PortraitFrames(device, model, await WarpingRenderer.create(device, model, bundle, target), target);
  }

  async shot(name: string): Promise<Frame> {
    const { expressions, pose, speechBlend, articulation } = shotNamed(name);
    return this.draw({ to: latentOf(this.#model, expressions, pose), speechBlend, articulation });
  }

  async draw(input: FrameInput): Promise<Frame> {
    const picture = await drawFrame(this.#device, this.#renderer, this.#target, input);
    return { picture, mesh: await readFloats(this.#device, this.#renderer.inspect.mesh) };
  }

  destroy(): void {
    this.#renderer.destroy();
  }
}

export function shotNamed(name: string): Shot {
  const shot = SHOTS[name];
  if (!shot) throw new Error(`There is no shot ${name}; there are ${Object.keys(SHOTS).join(', ')}.`);
  return shot;
}
