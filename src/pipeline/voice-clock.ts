/**
 * @file VoiceClock: which voice drives the portrait, and which of its motion frames are due. It makes the frames that
 * are due and reports them; the presenter decides when pictures are drawn.
 *
 * Late frames are still made, because the motion needs its history, but only the newest is reported. While the clock is
 * paused (no portrait yet, or the GPU device is lost) no frames are made; afterwards it continues from the current
 * time.
 */
import type { AudioEmbedding } from '../core/audio-types';
import { errorText, type Logger } from '../core/logger';
import type { PortraitState, SilentState } from '../core/portrait-state';
import { FRAME_MS } from '../core/time';
import type { AnimationPipeline } from './animation-pipeline';
import { Silence } from './voices/silence';
import type { Voice, VoiceInput } from './voices/voice';

/** What the clock needs of the pipeline. */
export type MotionSource = Pick<AnimationPipeline, 'push' | 'end' | 'restartAudio' | 'setSilentState' | 'step'>;

/** Motion frames that have just been made, at least one. */
export type FramesMade = {
  /** How many. */
  count: number;
  /** Start time of making the first one, in `performance.now()`. */
  begunAtMs: number;
  /** See Voice.heardAtEpochMs, of the newest one. */
  heardAtEpochMs: number | undefined;
  /** Whether they belong to a voice that the page plays. */
  isPlayed: boolean;
};

export type VoiceClockHooks = {
  onState(state: PortraitState): void;
  /** Whether somebody speaks has changed. */
  onSpeech(speaking: boolean): void;
  /** A voice begins. */
  onVoice(): void;
  /** One motion frame was made. */
  onEmbedding(embedding: AudioEmbedding): void;
  /** All motion frames that were due have been made. */
  onFrames(frames: FramesMade): void;
  /** The clock has checked for due frames, about 100 times a second. */
  onTick(): void;
  onError(error: unknown): void;
};

/** Interval at which a voice that follows the clock is checked for due frames. */
const TICK_MS = FRAME_MS / 4;
/**
 * After making frames for this long, the newest is reported even if more are due. Otherwise a slow machine would never
 * draw.
 */
const MAX_CATCH_UP_MS = 120;

export class VoiceClock {
  #voice: Voice | undefined;
  #isPaused = true;
  /** Counts voices, pauses and resumptions. Work that began in an earlier turn is abandoned. */
  #turn = 0;
  /** Frames of the voice that have been made, or skipped by a pause. */
  #made = 0;
  #isMaking = false;
  #mustLookAgain = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isSpeaking = false;
  #silentState: SilentState = 'idle';
  #toldState: PortraitState | undefined;
  readonly #motion: MotionSource;
  readonly #hooks: VoiceClockHooks;
  readonly #log: Logger;
  readonly #input: VoiceInput;

  /** The clock is paused at first. */
  constructor(motion: MotionSource, hooks: VoiceClockHooks, log: Logger) {
    this.#motion = motion;
    this.#hooks = hooks;
    this.#log = log;
    this.#input = {
      push: (chunk) => motion.push(chunk),
      end: () => motion.end(),
      restart: (isVoice, warmUpFrames) => motion.restartAudio(isVoice, warmUpFrames),
      wake: () => this.#look(),
      fail: (error) => hooks.onError(error),
    };
  }

  /** What the portrait does now; undefined before the first voice. */
  get state(): PortraitState | undefined {
    return this.#voice && this.#stateOf(this.#voice);
  }

  /** What the portrait does from now on while no voice drives it. */
  setSilentState(state: SilentState): void {
    const changed = state !== this.#silentState;
    this.#silentState = state;
    if (!this.#voice || !changed) return;
    this.#applySilentState(this.#voice);
    this.#tellState(this.#voice);
  }

  /**
   * Ends the current voice and begins another. If that fails, silence follows.
   *
   * @throws TalkingPortraitError as AudioEmbedder.push
   */
  begin(voice: Voice): void {
    this.#leave();
    this.#voice = voice;
    this.#made = 0;
    this.#motion.restartAudio(voice.kind !== 'silence', 0);
    this.#applySilentState(voice);
    this.#hooks.onVoice();
    this.#tellState(voice);
    if (voice.kind !== 'silence') this.#log.info('Voice begun', { kind: voice.kind });
    try {
      voice.begin(this.#input);
    } catch (error) {
      this.begin(new Silence());
      throw error;
    }
    if (this.#isPaused) voice.pause();
    else this.#tick(this.#turn);
  }

  /** Makes no more frames until `resume`. */
  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#turn++;
    clearTimeout(this.#timer);
    this.#voice?.pause();
  }

  /** Continues from the current time: the part of the voice that falls into the pause is skipped. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#turn++;
    const voice = this.#voice;
    if (!voice) return;
    this.#motion.restartAudio(voice.kind !== 'silence', 0);
    this.#made = voice.resume();
    this.#tick(this.#turn);
  }

  close(): void {
    this.#leave();
    this.#isPaused = true;
  }

  #leave(): void {
    this.#turn++;
    clearTimeout(this.#timer);
    if (this.#voice && this.#voice.kind !== 'silence') this.#log.info('Voice ended', { kind: this.#voice.kind });
    this.#voice?.stop();
    this.#voice = undefined;
  }

  #stateOf({ kind, isSpeaking }: Voice): PortraitState {
    if (!isSpeaking) return this.#silentState;
    return kind === 'microphone' ? 'following' : 'speaking';
  }

  /** Reports the state if it has changed. */
  #tellState(voice: Voice): void {
    const state = this.#stateOf(voice);
    if (state === this.#toldState) return;
    this.#toldState = state;
    this.#hooks.onState(state);
  }

  /** Head, eyes and blinks between the words: attentive while a live voice is followed. */
  #applySilentState(voice: Voice): void {
    this.#motion.setSilentState(voice.kind === 'microphone' ? 'attentive' : this.#silentState);
  }

  #tick(turn: number): void {
    if (turn !== this.#turn) return;
    this.#look();
    this.#timer = setTimeout(() => this.#tick(turn), TICK_MS);
  }

  /** Makes the frames that are due. If called again while it runs, it checks once more afterwards. */
  #look(): void {
    if (this.#isMaking) {
      this.#mustLookAgain = true;
      return;
    }
    this.#isMaking = true;
    const turn = this.#turn;
    void this.#makeDueFrames()
      .catch((error: unknown) => {
        // Steps that were interrupted by a pause may fail, because their device is lost.
        if (turn === this.#turn) this.#hooks.onError(error);
        else this.#log.debug('Step abandoned', { error: errorText(error) });
      })
      .finally(() => {
        this.#isMaking = false;
        if (this.#mustLookAgain) {
          this.#mustLookAgain = false;
          this.#look();
        }
      });
  }

  async #makeDueFrames(): Promise<void> {
    const [voice, turn] = [this.#voice, this.#turn];
    if (!voice || this.#isPaused) return;
    const begunAtMs = performance.now();
    let count = 0;
    while (this.#made < voice.framesDue(this.#made)) {
      const embedding = await this.#motion.step();
      if (turn !== this.#turn) return;
      if (!embedding) break;
      this.#made++;
      count++;
      this.#hooks.onEmbedding(embedding);
      this.#setSpeaking(voice.kind !== 'silence' && embedding.speaking);
      if (performance.now() - begunAtMs > MAX_CATCH_UP_MS) break;
    }
    if (count > 0) {
      const heardAtEpochMs = voice.heardAtEpochMs(this.#made - 1);
      this.#hooks.onFrames({ count, begunAtMs, heardAtEpochMs, isPlayed: voice.kind === 'played' });
    }
    this.#tellState(voice);
    this.#hooks.onTick();
    if (voice.isOver()) this.begin(new Silence());
  }

  #setSpeaking(speaking: boolean): void {
    if (speaking === this.#isSpeaking) return;
    this.#isSpeaking = speaking;
    this.#hooks.onSpeech(speaking);
  }
}
