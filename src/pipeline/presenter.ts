/**
 * @file Presenter: decides when pictures are drawn, limits how many are in flight, and measures their cost.
 *
 * A picture is drawn when motion frames arrive; where pictures are cheap, also at display frames in between
 * (frame-scheduler.ts). Nothing queues up: while the GPU is behind, pictures are skipped. While the presenter is paused
 * (the GPU device is lost) nothing is drawn.
 */
import { epochMs } from '../core/time';
import { FrameScheduler } from './frame-scheduler';
import type { PipelineStats } from './pipeline-stats';
import type { FramesMade } from './voice-clock';

/** What pictures are drawn on. */
export type Screen = {
  /** Whether it is a software adapter, on which drawing competes with motion and sound for the CPU. */
  readonly drawsInSoftware: boolean;
  /** Records and submits a picture. @param mix see AnimationPipeline.draw */
  draw(mix: number): void;
  /** Resolves when everything submitted so far is done; may reject when the device is lost. */
  drawn(): Promise<void>;
};

/** With this many pictures in flight the GPU is behind. */
const MAX_PICTURES_IN_FLIGHT = 2;
const FPS_WINDOW_MS = 1000;

export class Presenter {
  #isPaused = true;
  readonly #scheduler = new FrameScheduler();
  /** Index of the newest motion frame, counted over all voices. */
  #frame = -1;
  #newest: Pick<FramesMade, 'begunAtMs' | 'heardAtEpochMs' | 'isPlayed'> = {
    begunAtMs: 0,
    heardAtEpochMs: undefined,
    isPlayed: false,
  };
  /** Counts voices: latencies of an earlier one are not recorded. */
  #voice = 0;
  /** Counts pauses: pictures from before a pause are not waited for. */
  #period = 0;
  #inFlight = 0;
  /** The display frame that is waited for. */
  #displayRequest: number | undefined;
  /** When pictures were done, within the last second, `performance.now()`. */
  #doneAtMs: number[] = [];
  readonly #screen: Screen;
  readonly #stats: PipelineStats;
  readonly #onError: (error: unknown) => void;

  /** The presenter is paused at first. @param onError gets what a picture fails with */
  constructor(screen: Screen, stats: PipelineStats, onError: (error: unknown) => void) {
    this.#screen = screen;
    this.#stats = stats;
    this.#onError = onError;
  }

  /** Pictures done in the last second. */
  get fps(): number {
    const now = performance.now();
    return this.#doneAtMs.filter((time) => now - time < FPS_WINDOW_MS).length;
  }

  /** Another voice begins: latency measurements start over. */
  beginVoice(): void {
    this.#voice++;
    this.#stats.reset('latency');
    this.#stats.reset('skew');
  }

  /** Motion frames have been made: draws the newest, immediately or at the next display frames. */
  show({ count, begunAtMs, heardAtEpochMs, isPlayed }: FramesMade): void {
    this.#frame += count;
    this.#newest = { begunAtMs, heardAtEpochMs, isPlayed };
    this.#scheduler.arrived(this.#frame, performance.now());
    this.#draw((now) => this.#scheduler.onArrival(now));
  }

  /**
   * Draws nothing until `resume`, and stops waiting for pictures in flight, because a lost device may never finish
   * them.
   */
  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#period++;
    this.#inFlight = 0;
    if (this.#displayRequest !== undefined) cancelAnimationFrame(this.#displayRequest);
    this.#displayRequest = undefined;
  }

  resume(): void {
    this.#isPaused = false;
  }

  close(): void {
    this.pause();
  }

  /** Draws the picture that `schedule` returns, unless the GPU is behind. */
  #draw(schedule: (now: number) => number | null): void {
    if (this.#isPaused || this.#inFlight >= MAX_PICTURES_IN_FLIGHT) return;
    const startMs = performance.now();
    const mix = schedule(startMs);
    if (mix === null) return;
    const [frame, voice, period] = [this.#newest, this.#voice, this.#period];
    this.#inFlight++;
    this.#present(mix).then(
      () => {
        if (period !== this.#period) return;
        this.#inFlight--;
        const now = performance.now();
        this.#stats.add('picture', now - startMs);
        if (mix === 1) {
          this.#stats.add('frame', now - frame.begunAtMs);
          if (voice === this.#voice && frame.heardAtEpochMs !== undefined) {
            this.#stats.add(frame.isPlayed ? 'skew' : 'latency', epochMs() - frame.heardAtEpochMs);
          }
        }
        const last = this.#doneAtMs.at(-1);
        if (last !== undefined) this.#stats.add('interval', now - last);
        this.#doneAtMs = [...this.#doneAtMs.filter((time) => now - time < FPS_WINDOW_MS), now];
        this.#watchDisplay();
      },
      (error: unknown) => {
        if (period !== this.#period) return;
        this.#inFlight--;
        this.#onError(error);
      },
    );
  }

  async #present(mix: number): Promise<void> {
    this.#screen.draw(mix);
    await this.#screen.drawn();
  }

  /** Draws at display frames as well, while the GPU can afford it. */
  #watchDisplay(): void {
    if (this.#isPaused || this.#displayRequest !== undefined || this.#screen.drawsInSoftware) return;
    if (!('requestAnimationFrame' in globalThis)) return;
    if (!this.#scheduler.afford(this.#stats.quantile('picture', 0.5))) return;
    this.#displayRequest = requestAnimationFrame(() => {
      this.#displayRequest = undefined;
      this.#draw((now) => this.#scheduler.onDisplay(now));
      this.#watchDisplay();
    });
  }
}
