/**
 * @file DrawingDevice: what draws in a worker, with the canvas that it draws on: a GPU (webgpu-drawing.ts) or the CPU
 * (cpu-drawing.ts). The pipeline uses it only through this interface.
 */
import type { GpuDevice } from '../../gpu/device';
import type { PortraitBundle } from '../../portrait-bundle/portrait-bundle';
import type { PictureOutput } from '../../renderer/picture-output';
import type { PortraitRenderer } from '../../renderer/portrait-renderer';
import type { FaceModel } from '../../weights/face-model';

export type DrawingDevice = {
  readonly renderer: 'webgpu' | 'cpu';
  /** Why this renderer, a sentence for people. */
  readonly reason: string;
  /** Name of the adapter, for people. */
  readonly adapter: string;
  /** Whether drawing competes with motion and sound for the CPU. */
  readonly isSoftware: boolean;
  /** Undefined on the CPU. */
  readonly gpu: GpuDevice | undefined;
  /** Resolves when the device is lost; never on the CPU. */
  readonly lost: Promise<{ reason?: string; message: string }>;
  /** The canvas of the pictures. Another one after `configure`, where the colour space has changed. */
  readonly canvas: OffscreenCanvas;

  /** Commands of the frame; undefined on the CPU. They are submitted with its picture, or by `submit`. */
  readonly encoder: GPUCommandEncoder | undefined;
  /** Submits commands that no picture has followed. */
  submit(): void;
  /** Resolves when everything submitted so far is done; may reject when the device is lost. */
  done(): Promise<void>;

  /** What a picture is drawn with. @param transparent whether the page shows through it somewhere */
  quality(transparent: boolean): Pick<PictureOutput, 'format' | 'sampleCount'>;
  /** Makes the canvas fit a picture. @throws TalkingPortraitError `unsupported` when the browser refuses the colour space */
  configure(picture: PictureOutput): void;
  /** @throws TalkingPortraitError `unsupported`, `weights-corrupt` */
  createRenderer(model: FaceModel, bundle: PortraitBundle, picture: PictureOutput): Promise<PortraitRenderer>;

  /** Passes on errors of the device that belong to no call. */
  onError(listener: (error: Error | GPUError) => void): void;
  destroy(): void;
};
