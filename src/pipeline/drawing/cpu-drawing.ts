/** @file CpuDrawing: draws on the CPU, onto a 2-D canvas, where there is no GPU. It is never lost. */
import { TalkingPortraitError } from '../../errors';
import type { PortraitBundle } from '../../portrait-bundle/portrait-bundle';
import { CpuRenderer } from '../../renderer/cpu/cpu-renderer';
import type { Target } from '../../renderer/cpu/target';
import { isTransparent, type PictureOutput } from '../../renderer/picture-output';
import type { PortraitRenderer } from '../../renderer/portrait-renderer';
import type { FaceModel } from '../../weights/face-model';
import type { DrawingDevice } from './drawing-device';
import { straightAlpha } from './straight-alpha';

type Surface = {
  canvas: OffscreenCanvas;
  context: OffscreenCanvasRenderingContext2D;
  colorSpace: PredefinedColorSpace;
};

export class CpuDrawing implements DrawingDevice {
  readonly renderer = 'cpu';
  readonly reason: string;
  readonly adapter = 'CPU';
  readonly isSoftware = true;
  readonly gpu = undefined;
  readonly encoder = undefined;
  readonly lost = new Promise<never>(() => {});
  #surface: Surface;
  #isTransparent = false;

  /** @throws TalkingPortraitError `unsupported` when there is no 2-D context */
  constructor(reason: string) {
    this.reason = reason;
    this.#surface = createSurface(1, 1, 'srgb');
  }

  get canvas(): OffscreenCanvas {
    return this.#surface.canvas;
  }

  submit(): void {}

  async done(): Promise<void> {}

  quality(): Pick<PictureOutput, 'format' | 'sampleCount'> {
    return { format: 'rgba8unorm', sampleCount: 1 };
  }

  configure(picture: PictureOutput): void {
    const { width, height, colorSpace } = picture;
    const { canvas } = this.#surface;
    this.#isTransparent = isTransparent(picture);
    if (canvas.width === width && canvas.height === height && this.#surface.colorSpace === colorSpace) return;
    this.#surface = createSurface(width, height, colorSpace);
  }

  async createRenderer(model: FaceModel, bundle: PortraitBundle, picture: PictureOutput): Promise<PortraitRenderer> {
    return new CpuRenderer(model, bundle, picture, (target) => this.#show(target));
  }

  onError(): void {}

  destroy(): void {}

  #show({ width, height, colour }: Target): void {
    const { context, colorSpace } = this.#surface;
    const pixels = new Uint8ClampedArray(colour.buffer as ArrayBuffer, colour.byteOffset, 4 * width * height);
    const data = this.#isTransparent ? straightAlpha(pixels) : pixels;
    context.putImageData(new ImageData(data as Uint8ClampedArray<ArrayBuffer>, width, height, { colorSpace }), 0, 0);
  }
}

function createSurface(width: number, height: number, colorSpace: PredefinedColorSpace): Surface {
  const canvas = new OffscreenCanvas(width, height);
  // Pixels come from the CPU: a canvas on a GPU would have to upload them.
  const context = canvas.getContext('2d', { colorSpace, willReadFrequently: true });
  if (context) return { canvas, context, colorSpace };
  const remedy = 'Use a current Chrome, Edge, Safari or Firefox.';
  throw new TalkingPortraitError('unsupported', 'The browser has no 2-D canvas in workers.', remedy);
}
