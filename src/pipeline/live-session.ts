/**
 * @file LiveSession: an animator that runs live. The voice clock makes motion frames when they are due, the presenter
 * draws them, and the page receives events. Clock and presenter pause while there is no portrait or no device.
 */
import { errorText, type Logger } from '../core/logger';
import type { SilentState } from '../core/portrait-state';
import { errorFields, type AnimatorEvent } from '../protocol';
import type { Animator } from './animator';
import { LevelMeter } from './level-meter';
import { Presenter } from './presenter';
import { VoiceClock } from './voice-clock';
import { MicrophoneVoice } from './voices/microphone-voice';
import { PlayedVoice } from './voices/played-voice';
import { Silence } from './voices/silence';

const STATS_INTERVAL_MS = 200;
/** The stages of a frame that the statistics report. */
const STAGES = ['audio', 'motion', 'draw', 'frame'] as const;

/** What the session needs of an animator. */
export type LiveAnimator = Pick<
  Animator,
  | 'pipeline'
  | 'stats'
  | 'renderer'
  | 'adapter'
  | 'backend'
  | 'drawsInSoftware'
  | 'isReady'
  | 'assertAlive'
  | 'isLost'
  | 'draw'
  | 'drawn'
>;

export class LiveSession {
  readonly #clock: VoiceClock;
  readonly #presenter: Presenter;
  readonly #level = new LevelMeter();
  #lastStatsMs = 0;
  /** Calls of `speak` that wait for a portrait. */
  readonly #waiting: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  readonly #animator: LiveAnimator;
  readonly #post: (event: AnimatorEvent) => void;
  readonly #log: Logger;

  constructor(animator: LiveAnimator, post: (event: AnimatorEvent) => void, log: Logger) {
    this.#animator = animator;
    this.#post = post;
    this.#log = log;
    const onError = (error: unknown): void => void this.#fail(error);
    this.#presenter = new Presenter(animator, animator.stats, onError);
    this.#clock = new VoiceClock(
      animator.pipeline,
      {
        onState: (state) => post({ kind: 'state', state }),
        onSpeech: (speaking) => post({ kind: 'speech', speaking }),
        onVoice: () => {
          this.#level.reset();
          this.#presenter.beginVoice();
        },
        onEmbedding: ({ level }) => this.#level.add(level),
        onFrames: (frames) => this.#presenter.show(frames),
        onTick: () => this.#postStats(),
        onError,
      },
      log.child('voice'),
    );
  }

  /**
   * Runs if the animator has a portrait on a working device, and pauses otherwise; a device that is lost for good ends the voice.
   * To be called when that changes.
   */
  sync(): void {
    if (!this.#animator.isReady) {
      this.#clock.pause();
      this.#presenter.pause();
      this.#endIfDead();
      return;
    }
    if (!this.#clock.state) this.stop();
    this.#presenter.resume();
    this.#clock.resume();
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  /** What the portrait does from now on while no voice drives it. */
  setSilentState(state: SilentState): void {
    this.#clock.setSilentState(state);
  }

  /** Follows a live voice. @param port delivers PcmChunks; their buffers are returned over it @throws the final error of the device */
  listen(port: MessagePort): void {
    this.#animator.assertAlive();
    this.#clock.begin(new MicrophoneVoice(port));
  }

  /** Follows a voice that is played elsewhere; see AnimatorApi.speak. Resolves when the session runs. @throws the final error of the device */
  async speak(messages: MessagePort, sampleRate: number): Promise<void> {
    this.#animator.assertAlive();
    // The picture should appear when its frame is heard.
    const leadMs = (): number => this.#animator.stats.quantile('frame', 0.5);
    this.#clock.begin(new PlayedVoice(messages, sampleRate, leadMs));
    if (!this.#animator.isReady) await new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Ends the voice; the portrait goes on in silence. */
  stop(): void {
    this.#clock.begin(new Silence());
  }

  close(): void {
    this.#clock.close();
    this.#presenter.close();
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  #endIfDead(): void {
    try {
      this.#animator.assertAlive();
    } catch (error) {
      for (const { reject } of this.#waiting.splice(0)) reject(error);
      if (this.#clock.state) this.stop();
    }
  }

  /** Reports an error, unless it follows from the loss of the device, which is reported as such. */
  async #fail(error: unknown): Promise<void> {
    if (await this.#animator.isLost()) {
      this.#log.debug('Frame abandoned', { error: errorText(error) });
      return;
    }
    this.#log.error('Animation failed', { error: errorText(error) });
    this.#post({ kind: 'error', error: errorFields(error) });
  }

  #postStats(): void {
    const now = performance.now();
    const { state } = this.#clock;
    if (!state || now - this.#lastStatsMs <= STATS_INTERVAL_MS) return;
    this.#lastStatsMs = now;
    const { stats, renderer, adapter, backend } = this.#animator;
    this.#post({
      kind: 'stats',
      stats: {
        state,
        fps: this.#presenter.fps,
        frameIntervalP95Ms: stats.quantile('interval', 0.95),
        latencyMs: stats.quantile('latency', 0.5),
        skewMs: stats.quantile('skew', 0.5),
        level: this.#level.dbfs,
        renderer: renderer.renderer,
        rendererReason: renderer.reason,
        adapter,
        backend,
        stages: Object.fromEntries(STAGES.map((name) => [name, stats.quantile(name, 0.5)])),
      },
    });
  }
}
