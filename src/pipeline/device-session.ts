/**
 * @file DeviceSession: owns the drawing device of a worker. When a GPU is lost it requests another one and rebuilds everything that
 * lives on it, a limited number of times per minute. Beyond that it goes on with its last resort, the CPU, or, where it has none, fails
 * permanently, with one error.
 *
 * A recovery runs on the serial queue that changes of portrait and output run on, so that they never overlap. Between the
 * loss and the end of the recovery the session is not ready: nothing may be stepped or drawn.
 */
import { closedError } from '../core/closed-error';
import { errorText, type Logger } from '../core/logger';
import type { SerialQueue } from '../core/serial-queue';
import { TalkingPortraitError } from '../errors';
import type { DrawingDevice } from './drawing/drawing-device';

/** Something that lives on the device. */
export type DeviceResident = {
  /** Builds it on a device. */
  build(device: DrawingDevice): Promise<void>;
  /** Frees what has been built, on a device that may be lost. */
  release(): Promise<void> | void;
};

/** How a device was lost. */
type DeviceLoss = Awaited<DrawingDevice['lost']>;

/** Notifications. */
export type DeviceSessionHooks = {
  /** The device is gone: stop stepping and drawing immediately. */
  onLost?: (() => void) | undefined;
  /** There is a device again, with every resident on it. */
  onRestored?: (() => void) | undefined;
  /** Uncaptured errors of the device, and the final error after which there is no recovery. */
  onError?: ((error: unknown) => void) | undefined;
};

export type DeviceSessionOptions = {
  /** Recoveries run on it. */
  queue: SerialQueue;
  log: Logger;
  /** More losses than this within a minute are final. */
  recoveriesPerMinute: number;
  /** Requests the first device. */
  request: () => Promise<DrawingDevice>;
  /** Requests the next one after a loss. Default: as the first. */
  requestAgain?: () => Promise<DrawingDevice>;
  /** A device that can always be had, for when the GPU fails. Default: none. */
  lastResort?: (() => DrawingDevice) | undefined;
  /** After a loss the browser may offer no adapter for some seconds: for how long it is asked again, ms. @defaultValue 15000, or 2000 with a last resort */
  patienceMs?: number;
};

const MINUTE_MS = 60_000;
const PATIENCE_MS = 15_000;
const PATIENCE_WITH_LAST_RESORT_MS = 2000;
/** Between two requests for a device. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1000;
/** A loss is reported within this time after the first call that fails because of it. */
const LOSS_NEWS_MS = 100;

export class DeviceSession {
  #device: DrawingDevice;
  #state: 'ready' | 'lost' | 'failed' | 'closed' = 'ready';
  /** The device whose loss was noticed last. */
  #lost: DrawingDevice | undefined;
  /** Why the state is `failed`. */
  #failure: unknown;
  /** The newest recovery; never rejects. */
  #recovery: Promise<void> = Promise.resolve();
  /** Times of the losses within the last minute. */
  #losses: number[] = [];
  readonly #residents: DeviceResident[] = [];
  readonly #options: DeviceSessionOptions;
  readonly #hooks: DeviceSessionHooks;

  private constructor(device: DrawingDevice, options: DeviceSessionOptions, hooks: DeviceSessionHooks) {
    this.#device = device;
    this.#options = options;
    this.#hooks = hooks;
    this.#watch(device);
  }

  /** Requests the first device. @throws TalkingPortraitError `unsupported` */
  static async open(options: DeviceSessionOptions, hooks: DeviceSessionHooks): Promise<DeviceSession> {
    const device = await options.request();
    const session = new DeviceSession(device, options, hooks);
    session.#logDevice('Drawing device acquired');
    return session;
  }

  /** The newest device. It may be lost: see `isReady`. */
  get device(): DrawingDevice {
    return this.#device;
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
      const device = this.#device;
      try {
        await resident.build(device);
      } catch (error) {
        if (!(await this.hasLost(device))) throw error;
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
   * Whether `device` is lost. Waits a moment for the report, because calls to a lost device fail before its `lost`
   * resolves.
   */
  async hasLost(device: DrawingDevice): Promise<boolean> {
    if (this.#lost === device) return true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, LOSS_NEWS_MS, false)));
    const isLost = await Promise.race([device.lost.then(() => true), soon]);
    clearTimeout(timer);
    return isLost;
  }

  /** Destroys the device. A recovery under way ends without a result. */
  close(): void {
    this.#state = 'closed';
    this.#device.destroy();
  }

  #watch(device: DrawingDevice): void {
    void device.lost.then((info) => this.#lose(device, info));
    device.onError((error) => {
      // Errors of a lost device are consequences of the loss.
      if (device === this.#device && this.#state === 'ready') this.#hooks.onError?.(error);
      else this.#options.log.debug('GPU error of a lost device', { error: error.message });
    });
  }

  #lose(device: DrawingDevice, info: DeviceLoss): void {
    if (device !== this.#device || this.#state === 'closed' || this.#state === 'failed') return;
    this.#options.log.info('GPU device lost', { reason: info.reason ?? 'unknown', message: info.message });
    this.#lost = device;
    const wasReady = this.#state === 'ready';
    this.#state = 'lost';
    if (wasReady) this.#hooks.onLost?.();
    this.#recovery = this.#options.queue
      .run(() => this.#recover(info))
      .catch((error: unknown) => this.#options.log.debug('Recovery abandoned', { error: errorText(error) }));
  }

  /** One recovery: frees what was on the lost device and builds it on a new one. */
  async #recover(info: DeviceLoss): Promise<void> {
    if (this.#isClosed) return;
    let device: DrawingDevice | undefined;
    try {
      const { lastResort } = this.#options;
      const error = this.#countLoss(info);
      if (error && !lastResort) throw error;
      for (const resident of this.#residents.toReversed()) await resident.release();
      device = error && lastResort ? lastResort() : await this.#requestAgain();
      if (this.#isClosed) return device.destroy();
      this.#device = device;
      this.#watch(device);
      for (const resident of this.#residents) await resident.build(device);
    } catch (error) {
      // If the new device was lost too, that loss has put the next recovery on the queue.
      if (this.#isClosed || (device && (await this.hasLost(device)))) return;
      this.#fail(error);
      return;
    }
    if (this.#isClosed || this.#lost === device) return;
    this.#state = 'ready';
    this.#logDevice('Drawing device restored');
    this.#hooks.onRestored?.();
  }

  /** The error `device-lost` when there were too many losses within a minute. */
  #countLoss({ message }: DeviceLoss): TalkingPortraitError | undefined {
    const now = performance.now();
    this.#losses = [...this.#losses.filter((time) => now - time < MINUTE_MS), now];
    const { length } = this.#losses;
    if (length <= this.#options.recoveriesPerMinute) return undefined;
    const what = length === 1 ? 'The GPU device was lost.' : `The GPU device was lost ${length} times within a minute.`;
    return deviceLost(what, message);
  }

  #fail(error: unknown): void {
    this.#state = 'failed';
    this.#failure = error;
    this.#hooks.onError?.(error);
  }

  /** Requests a device until there is one, less and less often; then the last resort. @throws TalkingPortraitError `device-lost` */
  async #requestAgain(): Promise<DrawingDevice> {
    const { request, requestAgain = request, lastResort, log } = this.#options;
    const { patienceMs = lastResort ? PATIENCE_WITH_LAST_RESORT_MS : PATIENCE_MS } = this.#options;
    const end = performance.now() + patienceMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        return await requestAgain();
      } catch (error) {
        if (this.#isClosed || performance.now() + pauseMs > end) {
          if (lastResort && !this.#isClosed) return lastResort();
          throw deviceLost('The GPU device was lost.', error);
        }
        log.debug('No GPU device yet', { error: errorText(error) });
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  #logDevice(message: string): void {
    const { renderer, reason, adapter } = this.#device;
    this.#options.log.info(message, { renderer, adapter, reason });
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
