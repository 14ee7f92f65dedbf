/**
 * @file PortraitStage: owns the portrait bundle, the output options with their backdrop, and the renderer that draws
 * the bundle on the canvas of the drawing device.
 *
 * Changes run one after another on the serial queue that recoveries of the device run on too. A change that meets a lost
 * device keeps its result on the CPU; the recovery behind it in the queue builds what belongs on the device, and the change
 * resolves then.
 */
import { checkAborted } from '../core/aborted';
import type { Logger } from '../core/logger';
import type { SerialQueue } from '../core/serial-queue';
import { TalkingPortraitError } from '../errors';
import type { ResolvedOutput } from '../options/output';
import type { PortraitBundle } from '../portrait-bundle/portrait-bundle';
import { packPortrait } from '../portrait-bundle/portrait-package';
import { type Backdrop, isTransparent, type PictureOutput } from '../renderer/picture-output';
import type { PortraitRenderer } from '../renderer/portrait-renderer';
import type { FaceModel } from '../weights/face-model';
import { resolveBackdrop } from './backdrop';
import type { DeviceResident, DeviceSession } from './device-session';
import type { DrawingDevice } from './drawing/drawing-device';
import type { PortraitLoader } from './portrait-loader';

/** What records the pictures: the animation pipeline. */
export type PictureRecorder = {
  /** From now on motion frames go to `renderer`, and pictures come from it. */
  setRenderer(renderer: PortraitRenderer | undefined): void;
  /** Draws a picture; see AnimationPipeline.draw. */
  draw(mix: number): void;
};

export type PortraitStageParts = {
  session: Pick<DeviceSession, 'device' | 'isReady' | 'hasLost' | 'ready' | 'assertAlive'>;
  queue: SerialQueue;
  loader: Pick<PortraitLoader, 'load'>;
  faceModel: FaceModel;
  recorder: PictureRecorder;
  /** A picture is on the canvas, as long as the current task lasts. */
  onDrawn: () => void;
  log: Logger;
};

export class PortraitStage implements DeviceResident {
  #bundle: PortraitBundle | undefined;
  #renderer: PortraitRenderer | undefined;
  #output: ResolvedOutput;
  #picture: PictureOutput;
  readonly #parts: PortraitStageParts;

  /** @param backdrop of `output`, from resolveBackdrop */
  constructor(parts: PortraitStageParts, output: ResolvedOutput, backdrop: Backdrop) {
    this.#parts = parts;
    this.#output = output;
    this.#picture = this.#pictureOf(output, backdrop, parts.session.device);
  }

  /** Whether there is a portrait to draw on the device. */
  get isShowing(): boolean {
    return this.#renderer !== undefined;
  }

  /** Whether the page shows through the picture somewhere. */
  get isTransparent(): boolean {
    return isTransparent(this.#picture);
  }

  /**
   * Shows the portrait of a file: a picture, which is analysed first, or a saved portrait.
   *
   * @param signal aborts it, until the new portrait is shown
   * @throws TalkingPortraitError as PortraitLoader.load, `device-lost`, `closed`; then the portrait before stays
   */
  async setPortrait(file: Blob, signal?: AbortSignal): Promise<void> {
    await this.#change(async () => {
      const { loader, session } = this.#parts;
      const bundle = await loader.load(file, this.#picture.colorSpace, signal);
      const { device } = session;
      await this.#unlessLost(device, async () => {
        const renderer = await this.#createRenderer(device, bundle);
        if (signal?.aborted) renderer.destroy();
        checkAborted(signal);
        this.#use(renderer);
        this.draw();
      });
      this.#bundle = bundle;
      this.#parts.log.info('Portrait set', { width: bundle.photo.width, height: bundle.photo.height });
    });
  }

  /** The portrait as a file. @throws TalkingPortraitError `no-portrait` */
  async savePortrait(): Promise<Blob> {
    if (this.#bundle) return packPortrait(this.#bundle);
    const remedy = 'Set one with setPortrait first.';
    throw new TalkingPortraitError('no-portrait', 'There is no portrait to save.', remedy);
  }

  /**
   * Changes size, background, crop, mirroring or colour space.
   *
   * @throws TalkingPortraitError `invalid-option`, `image-corrupt`, `unsupported`, `device-lost`, `closed`; then the output
   *   before stays
   */
  async setOutput(output: ResolvedOutput): Promise<void> {
    await this.#change(async () => {
      const { device } = this.#parts.session;
      const before = this.#picture;
      const keepsBackdrop =
        output.background === this.#output.background &&
        output.colorSpace === before.colorSpace &&
        output.width === before.width &&
        output.height === before.height;
      const backdrop = keepsBackdrop ? before.backdrop : await resolveBackdrop(output);
      const picture = this.#pictureOf(output, backdrop, device);
      const prepared = await this.#unlessLost(device, async () => this.#renderer?.prepareOutput(picture));
      try {
        device.configure(picture);
      } catch (error) {
        prepared?.discard();
        device.configure(before);
        throw error;
      }
      this.#output = output;
      this.#picture = picture;
      prepared?.apply();
      if (prepared) this.draw();
      this.#parts.log.debug('Output set', { width: output.width, height: output.height });
    });
  }

  /** Draws a picture on the canvas. There must be a portrait. @param mix see AnimationPipeline.draw */
  draw(mix = 1): void {
    this.#parts.recorder.draw(mix);
    this.#parts.onDrawn();
  }

  async build(device: DrawingDevice): Promise<void> {
    this.#picture = this.#pictureOf(this.#output, this.#picture.backdrop, device);
    device.configure(this.#picture);
    if (!this.#bundle) return;
    this.#use(await this.#createRenderer(device, this.#bundle));
    this.draw();
  }

  release(): void {
    this.#use(undefined);
  }

  close(): void {
    this.release();
  }

  /** Runs a change on the queue. Resolves when its result is on the device, if necessary after a recovery. */
  async #change(change: () => Promise<void>): Promise<void> {
    const { queue, session } = this.#parts;
    await queue.run(() => {
      session.assertAlive();
      return change();
    });
    await session.ready();
  }

  /** Runs `work` on the device, and leaves it to the next recovery when the device is lost before or meanwhile. */
  async #unlessLost<Result>(device: DrawingDevice, work: () => Promise<Result>): Promise<Result | undefined> {
    const { session } = this.#parts;
    if (!session.isReady) return undefined;
    try {
      return await work();
    } catch (error) {
      if (await session.hasLost(device)) return undefined;
      throw error;
    }
  }

  #createRenderer(device: DrawingDevice, bundle: PortraitBundle): Promise<PortraitRenderer> {
    return device.createRenderer(this.#parts.faceModel, bundle, this.#picture);
  }

  #use(renderer: PortraitRenderer | undefined): void {
    const before = this.#renderer;
    this.#renderer = renderer;
    this.#parts.recorder.setRenderer(renderer);
    before?.destroy();
  }

  #pictureOf(output: ResolvedOutput, backdrop: Backdrop, device: DrawingDevice): PictureOutput {
    const { width, height, crop, mirror, colorSpace } = output;
    return { width, height, crop, mirror, backdrop, colorSpace, ...device.quality(isTransparent({ backdrop })) };
  }
}
