/**
 * @file PlayedVoice: a voice that the page plays. Its PCM arrives over a port, ahead of the sound; its frames follow the
 * clock of the sound that is really heard.
 *
 * While the sound runs, frame after frame of the voice is made. While it stands still (not started, paused, an underrun, a
 * suspended AudioContext) the portrait rests: frames of silence are made instead, so the mouth closes and the head goes on.
 * Each change between the two begins an audio stream. A stream of sound begins with a little PCM that was heard before, so
 * that the encoder has its context back. PCM is passed on only as far as the next frames need it, so a long voice starts
 * as quickly as a short one.
 */
import { FRAME_MS, FRAME_RATE_HZ, SAMPLES_PER_FRAME, SAMPLE_RATE_HZ, epochMs } from '../../core/time';
import type { PlayedVoiceMessage, SoundPosition } from '../../protocol';
import { PcmStore } from './pcm-store';
import type { Voice, VoiceInput } from './voice';

/** A sound that stands still for less than this only delays the next frame. */
const HOLD_MS = 100;
/** A voice that rests for longer than this no longer counts as speaking. */
const WATCHDOG_MS = 1500;
/** Frames that are passed to the encoder again when the sound goes on, for its context. */
const WARM_UP_FRAMES = 12;
/** PCM is passed on this far ahead of the frame that is due: the longest look-ahead and the filter of the resampler. */
const SUPPLY_FRAMES = 4;
/** Further behind (or ahead of) the sound than this, frames are skipped, as after a frozen tab. */
const MAX_DEVIATION_FRAMES = 12;

/** Frames of the voice. `firstFrame` counts all frames made for the voice, `supplied` samples of the voice. */
type SoundStretch = { kind: 'sound'; firstFrame: number; startSample: number; supplied: number };
/** Frames of silence; `supplied` counts frames. */
type RestStretch = { kind: 'rest'; firstFrame: number; startEpochMs: number; supplied: number };

export class PlayedVoice implements Voice {
  readonly kind = 'played';
  #input: VoiceInput | undefined;
  readonly #pcm = new PcmStore();
  /** No PCM follows, for now. */
  #hasEnded = false;
  #isOver = false;
  #sound: SoundPosition = { sample: 0, epochMs: 0, isRunning: false };
  /** Since when the sound stands still, ms since the epoch; undefined while it runs. */
  #stillSinceEpochMs: number | undefined = epochMs();
  /** What is being made. */
  #stretch: SoundStretch | RestStretch | undefined;
  readonly #port: MessagePort;
  readonly #rateHz: number;
  readonly #leadMs: () => number;

  /**
   * @param port carries PlayedVoiceMessages; closed by `stop`
   * @param rateHz of the PCM
   * @param leadMs time before a frame is heard at which making it must begin, so that it appears in time
   */
  constructor(port: MessagePort, rateHz: number, leadMs: () => number) {
    this.#port = port;
    this.#rateHz = rateHz;
    this.#leadMs = leadMs;
  }

  /** Whether it counts as speaking: not if nothing has been heard for a while. */
  get isSpeaking(): boolean {
    return this.#stillSinceEpochMs === undefined || epochMs() - this.#stillSinceEpochMs < WATCHDOG_MS;
  }

  begin(input: VoiceInput): void {
    this.#input = input;
    this.#port.onmessage = ({ data }: MessageEvent<PlayedVoiceMessage>) => {
      this.#take(data);
      input.wake();
    };
  }

  pause(): void {}

  resume(): number {
    this.#stretch = undefined;
    return 0;
  }

  framesDue(made: number): number {
    const now = epochMs();
    const heard = this.#heardSample(now + this.#leadMs());
    if (heard !== undefined) {
      this.#stillSinceEpochMs = undefined;
      return this.#soundFramesDue(heard, made);
    }
    this.#stillSinceEpochMs ??= now;
    if (this.#stretch?.kind === 'sound' && now - this.#stillSinceEpochMs < HOLD_MS) return made;
    return this.#restFramesDue(now, made);
  }

  heardAtEpochMs(frame: number): number | undefined {
    if (this.#stretch?.kind !== 'sound') return undefined;
    const sample = this.#sampleOfFrame(this.#stretch, frame);
    return this.#sound.epochMs + ((sample - this.#sound.sample) * 1000) / this.#rateHz;
  }

  isOver(): boolean {
    return this.#isOver;
  }

  stop(): void {
    this.#input = undefined;
    this.#port.onmessage = null;
    this.#port.close();
  }

  #take(message: PlayedVoiceMessage): void {
    switch (message.kind) {
      case 'pcm':
        // The audio stream has ended; what follows needs another one.
        if (this.#hasEnded) this.#stretch = undefined;
        this.#hasEnded = false;
        this.#pcm.add(message.samples);
        break;
      case 'end':
        this.#hasEnded = true;
        break;
      case 'close':
        this.#isOver = true;
        break;
      case 'clock':
        if (!Number.isFinite(message.sample) || !Number.isFinite(message.epochMs)) break;
        if (!message.isRunning) this.#stillSinceEpochMs ??= epochMs();
        this.#sound = message;
        break;
    }
  }

  /** The sample that is heard at a time; undefined if the sound stands still then, or has run out of PCM. */
  #heardSample(atEpochMs: number): number | undefined {
    const { sample, epochMs: since, isRunning } = this.#sound;
    if (!isRunning || atEpochMs < since) return undefined;
    const heard = sample + ((atEpochMs - since) * this.#rateHz) / 1000;
    return this.#hasEnded || heard < this.#pcm.endSample ? heard : undefined;
  }

  /** How many frames may have been made when the sound has reached the sample `heard`. */
  #soundFramesDue(heard: number, made: number): number {
    const samplesPerFrame = this.#rateHz / FRAME_RATE_HZ;
    let stretch = this.#stretch?.kind === 'sound' ? this.#stretch : undefined;
    const due = (from: SoundStretch): number =>
      from.firstFrame + Math.floor((heard - from.startSample) / samplesPerFrame) + 1;
    if (!stretch || Math.abs(due(stretch) - made) > MAX_DEVIATION_FRAMES) {
      stretch = this.#beginSound(Math.floor(Math.floor(heard / samplesPerFrame) * samplesPerFrame), made);
    }
    this.#supplySound(stretch, Math.ceil((Math.floor(heard / samplesPerFrame) + SUPPLY_FRAMES) * samplesPerFrame));
    this.#pcm.dropBefore(heard - (WARM_UP_FRAMES + 1) * samplesPerFrame);
    if (!this.#hasEnded) return due(stretch);
    const frames = Math.ceil((this.#pcm.endSample - stretch.startSample) / samplesPerFrame);
    return Math.min(due(stretch), stretch.firstFrame + Math.max(0, frames));
  }

  /** How many frames may have been made after resting until `now`. */
  #restFramesDue(now: number, made: number): number {
    let stretch = this.#stretch;
    if (stretch?.kind !== 'rest') {
      stretch = { kind: 'rest', firstFrame: made, startEpochMs: now, supplied: 0 };
      this.#stretch = stretch;
      this.#input?.restart(false, 0);
    }
    const frames = Math.floor((now - stretch.startEpochMs) / FRAME_MS);
    if (frames - (made - stretch.firstFrame) > MAX_DEVIATION_FRAMES) {
      this.#stretch = undefined;
      return this.#restFramesDue(now, made);
    }
    for (; stretch.supplied < frames; stretch.supplied++) {
      const startSample = stretch.supplied * SAMPLES_PER_FRAME;
      this.#push(new Float32Array(SAMPLES_PER_FRAME), SAMPLE_RATE_HZ, startSample);
    }
    return stretch.firstFrame + frames;
  }

  #beginSound(startSample: number, made: number): SoundStretch {
    const samplesPerFrame = this.#rateHz / FRAME_RATE_HZ;
    const stored = Math.floor((startSample - this.#pcm.startSample) / samplesPerFrame);
    const warmUpFrames = Math.max(0, Math.min(WARM_UP_FRAMES, stored));
    const supplied = Math.ceil(startSample - warmUpFrames * samplesPerFrame);
    const stretch: SoundStretch = { kind: 'sound', firstFrame: made, startSample, supplied };
    this.#stretch = stretch;
    this.#input?.restart(true, warmUpFrames);
    return stretch;
  }

  #supplySound(stretch: SoundStretch, end: number): void {
    this.#pcm.read(stretch.supplied, end, (samples, startSample) => {
      this.#push(samples, this.#rateHz, startSample);
      stretch.supplied = startSample + samples.length;
    });
    if (this.#hasEnded && stretch.supplied >= this.#pcm.endSample) this.#input?.end();
  }

  #push(samples: Float32Array, sampleRate: number, startSample: number): void {
    try {
      this.#input?.push({ samples, sampleRate, startSample });
    } catch (error) {
      this.#input?.fail(error);
    }
  }

  /** The first sample of a frame of the voice. */
  #sampleOfFrame(stretch: SoundStretch, frame: number): number {
    return stretch.startSample + ((frame - stretch.firstFrame) * this.#rateHz) / FRAME_RATE_HZ;
  }
}
