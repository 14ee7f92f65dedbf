/** @file CanvasSurface: owns the WebGPU context of the canvas: its size, colour space and transparency. */
import { TalkingPortraitError } from '../../errors';
import { isTransparent, type PictureOutput } from '../../renderer/picture-output';

type Configuration = { device: GPUDevice; alphaMode: GPUCanvasAlphaMode; colorSpace: PredefinedColorSpace };

export class CanvasSurface {
  readonly canvas: OffscreenCanvas;
  readonly #context: GPUCanvasContext;
  readonly #format = navigator.gpu.getPreferredCanvasFormat();
  #configuration: Configuration | undefined;

  /** @throws TalkingPortraitError `unsupported` when the canvas already has another kind of context */
  constructor(canvas: OffscreenCanvas) {
    const context = canvas.getContext('webgpu');
    if (!context) {
      const remedy = 'Use a canvas without another context.';
      throw new TalkingPortraitError('unsupported', 'The canvas gives no WebGPU context.', remedy);
    }
    this.canvas = canvas;
    this.#context = context;
  }

  /** Format of a view that stores values as they are, or of one that converts linear light to sRGB. */
  viewFormat(linear: boolean): GPUTextureFormat {
    return linear ? (`${this.#format}-srgb` as GPUTextureFormat) : this.#format;
  }

  /** Makes the canvas fit a picture. @throws TalkingPortraitError `unsupported` when the browser refuses the colour space */
  configure(device: GPUDevice, picture: PictureOutput): void {
    const { width, height, colorSpace } = picture;
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    const alphaMode = isTransparent(picture) ? 'premultiplied' : 'opaque';
    const now = this.#configuration;
    // The canvas is empty for a moment after each configuration.
    if (now?.device === device && now.alphaMode === alphaMode && now.colorSpace === colorSpace) return;
    const viewFormats = [this.viewFormat(true)];
    try {
      this.#context.configure({ device, format: this.#format, viewFormats, alphaMode, colorSpace });
      this.#configuration = { device, alphaMode, colorSpace };
    } catch (cause) {
      const what = 'The browser refuses this canvas.';
      throw new TalkingPortraitError('unsupported', what, 'Use the colour space "srgb".', colorSpace, { cause });
    }
  }

  /** View of the canvas's next picture. */
  nextView(format: GPUTextureFormat): GPUTextureView {
    return this.#context.getCurrentTexture().createView({ label: 'canvas', format });
  }

  close(): void {
    this.#context.unconfigure();
  }
}
