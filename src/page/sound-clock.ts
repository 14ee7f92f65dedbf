/**
 * @file SoundClock: which sample of a voice is heard now, from the marks of the playback processor and the clock of the
 * AudioContext. It is read again and again, because clocks drift, devices change, and contexts are suspended.
 */
import type { PlaybackMark } from '../core/playback-messages';
import { epochMs } from '../core/time';
import type { SoundPosition } from '../protocol';

/** A moment of the context's time and when it is heard. */
export type HeardMoment = { contextSeconds: number; epochMs: number };

/** The moment of a timestamp lies in the past, by the latency of the output; this far at most, and hardly ahead of it. */
const LONGEST_LATENCY_MS = 2000;
const AHEAD_MS = 50;

/**
 * The moment that is heard about now. `getOutputTimestamp` pairs a context time with the moment at which it leaves the
 * loudspeaker. Where it has no values yet (in the first milliseconds, on some devices), or where they cannot be true (WebKitGTK 2.50
 * adds the context time to the moment), the reported output latency is used.
 */
export function heardMoment(
  context: Pick<AudioContext, 'getOutputTimestamp' | 'currentTime' | 'outputLatency'>,
): HeardMoment {
  const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp?.() ?? {};
  const ahead = performanceTime - performance.now();
  if (contextTime > 0 && performanceTime > 0 && ahead < AHEAD_MS && ahead > -LONGEST_LATENCY_MS) {
    return { contextSeconds: contextTime, epochMs: performance.timeOrigin + performanceTime };
  }
  return { contextSeconds: context.currentTime - (context.outputLatency || 0), epochMs: epochMs() };
}

/** One voice. */
export class SoundClock {
  /** In order; the last one that has been heard, and those after it. */
  #marks: PlaybackMark[] = [];
  readonly #rateHz: number;

  /** @param rateHz of the AudioContext, and so of the voice */
  constructor(rateHz: number) {
    this.#rateHz = rateHz;
  }

  add(mark: PlaybackMark): void {
    this.#marks.push(mark);
  }

  /**
   * Where the sound is.
   *
   * @param moment what is heard
   * @param isContextRunning whether the context's time goes on
   * @returns also whether the voice is over; undefined before anything is known of it
   */
  read(moment: HeardMoment, isContextRunning: boolean): (SoundPosition & { isOver: boolean }) | undefined {
    const frame = moment.contextSeconds * this.#rateHz;
    while (this.#marks.length > 1 && this.#marks[1]!.contextFrame <= frame) this.#marks.shift();
    const [mark] = this.#marks;
    if (!mark) return undefined;
    const { sample, contextFrame, isRunning, isOver } = mark;
    if (contextFrame > frame) {
      // It has been scheduled, but is not heard yet.
      const later = moment.epochMs + ((contextFrame - frame) * 1000) / this.#rateHz;
      return { sample, epochMs: later, isRunning: isRunning && isContextRunning, isOver: false };
    }
    const position = isRunning ? sample + frame - contextFrame : sample;
    return { sample: position, epochMs: moment.epochMs, isRunning: isRunning && isContextRunning, isOver };
  }
}
