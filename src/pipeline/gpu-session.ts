/**
 * @file GpuSession: owns the GPUDevice of a worker. When the device is lost it requests another one and rebuilds
 * everything that lives on it, a limited number of times per minute; beyond that it fails permanently, with one error.
 *
 * A recovery runs on the serial queue that changes of portrait and output run on, so that they never overlap. Between the
 * loss and the end of the recovery the session is not ready: nothing may be stepped or drawn.
 */
import { closedError } from '../core/closed-error';
import { errorText, type Logger } from '../core/logger';
import type { SerialQueue } from '../core/serial-queue';
import { TalkingPortraitError } from '../errors';
import { type GpuDevice, requestDevice } from '../gpu/device';

/** Something that lives on the device. */
export type DeviceResident = {
  /** Builds it on a device. */
  build(gpu: GpuDevice): Promise<void>;
  /** Frees what has been built, on a device that may be lost. */
  release(): Promise<void> | void;
};

/** Notifications. */
export type GpuSessionHooks = {
  /** The device is gone: stop stepping and drawing immediately. */
  onLost?: (() => void) | undefined;
  /** There is a device again, with every resident on it. */
  onRestored?: (() => void) | undefined;
  /** Uncaptured errors of the device, and the final error after which there is no recovery. */
  onError?: ((error: unknown) => void) | undefined;
};

export type GpuSessionOptions = {
  /** Recoveries run on it. */
  queue: SerialQueue;
  log: Logger;
  /** More losses than this within a minute are final. */
  recoveriesPerMinute: number;
  /** Requests a device. Default: `requestDevice` of src/gpu/device.ts. */
  request?: () => Promise<GpuDevice>;
  /** After a loss the browser may offer no adapter for some seconds: for how long it is asked again, ms. @defaultValue 15000 */
  patienceMs?: number;
};

const MINUTE_MS = 60_000;
const PATIENCE_MS = 15_000;
/** Between two requests for a device. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1000;
/** A loss is reported within this time after the first call that fails because of it. */
const LOSS_NEWS_MS = 100;

export class GpuSession {
  #gpu: GpuDevice;
  #state: 'ready' | 'lost' | 'failed' | 'closed' = 'ready';
  /** The device whose loss was noticed last. */
  #lost: GpuDevice | undefined;
  /** Why the state is `failed`. */
  #failure: unknown;
  /** The newest recovery; never rejects. */
  #recovery: Promise<void> = Promise.resolve();
  /** Times of the losses within the last minute. */
  #losses: number[] = [];
  readonly #residents: DeviceResident[] = [];
  readonly #options: GpuSessionOptions;
  readonly #hooks: GpuSessionHooks;

  private constructor(gpu: GpuDevice, options: GpuSessionOptions, hooks: GpuSessionHooks) {
    this.#gpu = gpu;
    this.#options = options;
    this.#hooks = hooks;
    this.#watch(gpu);
  }

  /** Requests the first device. @throws TalkingPortraitError `unsupported` */
  static async open(options: GpuSessionOptions, hooks: GpuSessionHooks): Promise<GpuSession> {
    const gpu = await (options.request ?? requestDevice)();
    const session = new GpuSession(gpu, options, hooks);
    session.#logDevice('GPU device acquired');
    return session;
  }

  /** The newest device. It may be lost: see `isReady`. */
  get gpu(): GpuDevice {
    return this.#gpu;
  }

  /** Whether the device and everything on it can be used. */
  get isReady(): boolean {
    return this.#state === 'ready';
  }

  /**
   * Builds something on the device, and rebuilds it on every later device, in the order of installation. A task
   * of the queue must not wait for it.
   *
   * @throws what `build` throws; the final error
   */
  async install(resident: DeviceResident): Promise<void> {
    await this.#options.queue.run(async () => {
      this.#residents.push(resident);
      const gpu = this.#gpu;
      try {
        await resident.build(gpu);
      } catch (error) {
        if (!(await this.hasLost(gpu))) throw error;
      }
    });
    await this.ready();
  }

  /**
   * Resolves when the session is ready: immediately, or when the current recovery has ended. A task of the queue must
   * not wait for it.
   *
   * @throws the final error; TalkingPortraitError `closed`
   */
  async ready(): Promise<void> {
    while (this.#state === 'lost') await this.#recovery;
    this.assertAlive();
  }

  /** @throws the final error, or TalkingPortraitError `closed`, when the session will never be ready again */
  assertAlive(): void {
    if (this.#state === 'failed') throw this.#failure;
    if (this.#state === 'closed') throw closedError();
  }

  /**
   * Whether `gpu` is lost. Waits a moment for the report, because calls to a lost device fail before its `lost`
   * resolves.
   */
  async hasLost(gpu: GpuDevice): Promise<boolean> {
    if (this.#lost === gpu) return true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, LOSS_NEWS_MS, false)));
    const isLost = await Promise.race([gpu.lost.then(() => true), soon]);
    clearTimeout(timer);
    return isLost;
  }

  /** Destroys the device. A recovery under way ends without a result. */
  close(): void {
    this.#state = 'closed';
    this.#gpu.device.destroy();
  }

  #watch(gpu: GpuDevice): void {
    void gpu.lost.then((info) => this.#lose(gpu, info));
    gpu.device.addEventListener('uncapturederror', ({ error }) => {
      // Errors of a lost device are consequences of the loss.
      if (gpu === this.#gpu && this.#state === 'ready') this.#hooks.onError?.(error);
      else this.#options.log.debug('GPU error of a lost device', { error: error.message });
    });
  }

  #lose(gpu: GpuDevice, info: GPUDeviceLostInfo): void {
    if (gpu !== this.#gpu || this.#state === 'closed' || this.#state === 'failed') return;
    this.#options.log.info('GPU device lost', { reason: info.reason ?? 'unknown', message: info.message });
    this.#lost = gpu;
    const wasReady = this.#state === 'ready';
    this.#state = 'lost';
    if (wasReady) this.#hooks.onLost?.();
    this.#recovery = this.#options.queue
      .run(() => this.#recover(info))
      .catch((error: unknown) => this.#options.log.debug('Recovery abandoned', { error: errorText(error) }));
  }

  /** One recovery: frees what was on the lost device and builds it on a new one. */
  async #recover(info: GPUDeviceLostInfo): Promise<void> {
    if (this.#isClosed) return;
    let gpu: GpuDevice | undefined;
    try {
      this.#countLoss(info);
      for (const resident of this.#residents.toReversed()) await resident.release();
      gpu = await this.#requestAgain();
      if (this.#isClosed) return gpu.device.destroy();
      this.#gpu = gpu;
      this.#watch(gpu);
      for (const resident of this.#residents) await resident.build(gpu);
    } catch (error) {
      // If the new device was lost too, that loss has put the next recovery on the queue.
      if (this.#isClosed || (gpu && (await this.hasLost(gpu)))) return;
      this.#fail(error);
      return;
    }
    if (this.#isClosed || this.#lost === gpu) return;
    this.#state = 'ready';
    this.#logDevice('GPU device restored');
    this.#hooks.onRestored?.();
  }

  /** @throws TalkingPortraitError `device-lost` when there were too many losses within a minute */
  #countLoss({ message }: GPUDeviceLostInfo): void {
    const now = performance.now();
    this.#losses = [...this.#losses.filter((time) => now - time < MINUTE_MS), now];
    const { length } = this.#losses;
    if (length <= this.#options.recoveriesPerMinute) return;
    const what = length === 1 ? 'The GPU device was lost.' : `The GPU device was lost ${length} times within a minute.`;
    throw deviceLost(what, message);
  }

  #fail(error: unknown): void {
    this.#state = 'failed';
    this.#failure = error;
    this.#hooks.onError?.(error);
  }

  #request(): Promise<GpuDevice> {
    return (this.#options.request ?? requestDevice)();
  }

  /** Requests a device until there is one, less and less often. @throws TalkingPortraitError `device-lost` */
  async #requestAgain(): Promise<GpuDevice> {
    const { patienceMs = PATIENCE_MS, log } = this.#options;
    const end = performance.now() + patienceMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        return await this.#request();
      } catch (error) {
        if (this.#isClosed || performance.now() + pauseMs > end) throw deviceLost('The GPU device was lost.', error);
        log.debug('No GPU device yet', { error: errorText(error) });
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  #logDevice(message: string): void {
    const { adapterInfo, isFallback } = this.#gpu;
    this.#options.log.info(message, { adapter: adapterName(adapterInfo), software: isFallback });
  }

  get #isClosed(): boolean {
    return this.#state === 'closed';
  }
}

/** The final error. */
function deviceLost(what: string, cause: unknown): TalkingPortraitError {
  const remedy =
    'Reload the page. If it happens again, update the graphics driver or close other programs that use the GPU.';
  const value = cause instanceof Error ? cause.message : String(cause ?? '');
  return new TalkingPortraitError('device-lost', what, remedy, value || undefined, { cause });
}

/** Name of an adapter, for people. */
export function adapterName({ vendor, architecture, description }: GpuDevice['adapterInfo']): string {
  return [vendor, architecture, description].filter(Boolean).join(' ');
}
