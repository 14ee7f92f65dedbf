/** @file WebGpuDrawing: draws with WGSL on a GPUDevice. Motion and picture of a frame share one command buffer. */
import type { AdapterDescription } from '../../core/software-adapter';
import type { GpuDevice } from '../../gpu/device';
import type { PortraitBundle } from '../../portrait-bundle/portrait-bundle';
import type { PictureOutput } from '../../renderer/picture-output';
import type { PortraitRenderer } from '../../renderer/portrait-renderer';
import { WarpingRenderer } from '../../renderer/webgpu/warping-renderer';
import type { FaceModel } from '../../weights/face-model';
import { CanvasSurface } from './canvas-surface';
import type { DrawingDevice } from './drawing-device';

export class WebGpuDrawing implements DrawingDevice {
  readonly renderer = 'webgpu';
  readonly reason: string;
  readonly gpu: GpuDevice;
  readonly canvas = new OffscreenCanvas(1, 1);
  readonly #surface = new CanvasSurface(this.canvas);
  #encoder: GPUCommandEncoder | undefined;

  /** @throws TalkingPortraitError `unsupported` when there is no WebGPU context */
  constructor(gpu: GpuDevice, reason: string) {
    this.gpu = gpu;
    this.reason = reason;
  }

  get adapter(): string {
    return adapterName(this.gpu.adapterInfo);
  }

  get isSoftware(): boolean {
    return this.gpu.isFallback;
  }

  get lost(): Promise<GPUDeviceLostInfo> {
    return this.gpu.lost;
  }

  get encoder(): GPUCommandEncoder {
    this.#encoder ??= this.gpu.device.createCommandEncoder({ label: 'frame' });
    return this.#encoder;
  }

  submit(): void {
    if (this.#encoder) this.gpu.device.queue.submit([this.#encoder.finish()]);
    this.#encoder = undefined;
  }

  async done(): Promise<void> {
    await this.gpu.device.queue.onSubmittedWorkDone();
  }

  quality(transparent: boolean): Pick<PictureOutput, 'format' | 'sampleCount'> {
    const { isFallback } = this.gpu;
    // Blending is correct in linear light. But pages blend premultiplied sRGB values, so transparent pictures must too,
    // and on a software adapter linear light costs more than it improves.
    const format = this.#surface.viewFormat(!isFallback && !transparent);
    // Four samples per pixel take a software adapter three times as long.
    return { format, sampleCount: isFallback ? 1 : 4 };
  }

  configure(picture: PictureOutput): void {
    this.#surface.configure(this.gpu.device, picture);
  }

  async createRenderer(model: FaceModel, bundle: PortraitBundle, picture: PictureOutput): Promise<PortraitRenderer> {
    const warping = await WarpingRenderer.create(this.gpu.device, model, bundle, picture);
    let { format } = picture;
    return {
      advance: (frame) => warping.advance(this.encoder, frame),
      prepareOutput: async (output) => {
        const { apply, discard } = await warping.prepareOutput(output);
        return {
          apply: () => {
            apply();
            ({ format } = output);
          },
          discard,
        };
      },
      draw: (mix) => {
        warping.encode(this.encoder, mix, this.#surface.nextView(format));
        this.submit();
      },
      destroy: () => warping.destroy(),
    };
  }

  onError(listener: (error: GPUError) => void): void {
    this.gpu.device.addEventListener('uncapturederror', ({ error }) => listener(error));
  }

  destroy(): void {
    this.#encoder = undefined;
    this.#surface.close();
    this.gpu.device.destroy();
  }
}

function adapterName({ vendor, architecture, description }: AdapterDescription): string {
  return [vendor, architecture, description].filter(Boolean).join(' ');
}
