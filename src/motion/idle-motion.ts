/**
 * @file Idle life: what a living face does beside speaking - it blinks, breathes and never quite holds still.
 *
 * The motion transformer runs through silence too and was trained on it, so this only adds what its tokens may lack. It
 * costs eight numbers a frame on the CPU; where they meet the latent, a blink joins what the lids already do instead of
 * doubling it (src/motion/idle-offset.ts).
 *
 * Blinks: 17 a minute at rest (Bentivoglio et al., "Analysis of blink rate patterns in normal subjects", 1997), at random
 * intervals with a pause after each, 180 ms long, closing faster than opening (Evinger et al., 1991). None begins while
 * the portrait speaks: there the tokens blink by themselves, as the people did whom they were learned from, but in
 * silence they never do. Sway and breath: sums of a few slow sines, so they are band-limited by construction (below 0.3 Hz) and
 * bounded (about a degree).
 */

import { uniform } from '../core/rng';
import { FRAME_RATE_HZ } from '../core/time';
import { TalkingPortraitError } from '../errors';
import { IDLE, IDLE_SIZE, type IdleOffset } from './idle-offset';

const FRAME_MS = 1000 / FRAME_RATE_HZ;

const BLINK = { perMinute: 17, pauseMs: 600, closingMs: 60, closedMs: 30, openingMs: 90 };
const BLINK_MS = BLINK.closingMs + BLINK.closedMs + BLINK.openingMs;
/** Blinks and pauses take their share of the minute; this is the mean wait in the rest of it. */
const BLINK_WAITING_MS = 60_000 / BLINK.perMinute - BLINK_MS - BLINK.pauseMs;

/** Streams of the random numbers. */
const STREAM = { blink: 1, phase: 2 };

type Sway = { place: number; amplitude: number; frequenciesHz: readonly number[] };

/** Amplitudes: degrees or IOD, the most that the sum can reach. Frequencies have no small common period. */
const SWAYS: readonly Sway[] = [
  { place: IDLE.yaw, amplitude: 1, frequenciesHz: [0.053, 0.121, 0.217] },
  { place: IDLE.pitch, amplitude: 0.7, frequenciesHz: [0.067, 0.139, 0.241] },
  { place: IDLE.roll, amplitude: 0.5, frequenciesHz: [0.043, 0.097, 0.173] },
];
/** Breathing, 15 a minute, lifts the head (y points down) and tips it a little. */
const BREATH = { frequencyHz: 0.25, liftIod: 0.006, pitchDegrees: 0.2 };

const smooth = (x: number): number => x * x * (3 - 2 * x);

/** Closing of the lids, 0 ... 1, `ms` after the start of a blink. */
export function blinkAt(ms: number): number {
  if (ms <= 0 || ms >= BLINK_MS) return 0;
  if (ms < BLINK.closingMs) return smooth(ms / BLINK.closingMs);
  const opening = ms - BLINK.closingMs - BLINK.closedMs;
  return opening <= 0 ? 1 : 1 - smooth(opening / BLINK.openingMs);
}

/** A deterministic stream of idle offsets, one a frame. */
export class IdleMotion {
  private readonly offset: IdleOffset = new Float32Array(IDLE_SIZE);
  private frame = 0;
  private blinks = 0;
  private blinkStartMs = Number.NEGATIVE_INFINITY;
  /** What is left until the next blink: an exponential variable that the blink rate eats up. */
  private wait = 0;
  private calm = 0;

  /** @param seed integer */
  constructor(private readonly seed: number) {
    this.reset();
  }

  /** 0: lively, 1: no idle motion at all. */
  get stillness(): number {
    return this.calm;
  }

  /** @throws TalkingPortraitError 'invalid-option' outside 0 ... 1 */
  set stillness(value: number) {
    if (!(value >= 0 && value <= 1)) {
      throw new TalkingPortraitError('invalid-option', 'The stillness is out of range.', 'Use 0 to 1.', value);
    }
    this.calm = value;
  }

  /** Back to the first frame. */
  reset(): void {
    this.frame = 0;
    this.blinks = 0;
    this.blinkStartMs = Number.NEGATIVE_INFINITY;
    this.wait = this.drawWait();
  }

  /**
   * The offset of the next frame. The same array every time.
   *
   * @param speech probability that the portrait speaks, 0 ... 1
   */
  next(speech: number): IdleOffset {
    const nowMs = this.frame * FRAME_MS;
    const closed = this.blink(nowMs, speech);
    this.offset[IDLE.blinkLeft] = closed;
    this.offset[IDLE.blinkRight] = closed;
    this.sway(nowMs / 1000);
    this.frame++;
    return this.offset;
  }

  private blink(nowMs: number, speech: number): number {
    const sinceMs = nowMs - this.blinkStartMs;
    if (sinceMs >= BLINK_MS + BLINK.pauseMs) {
      const eaten = ((1 - this.calm) * (1 - speech) * FRAME_MS) / BLINK_WAITING_MS;
      if (eaten >= this.wait) {
        this.blinkStartMs = nowMs + FRAME_MS * (this.wait / eaten); // within the frame, not on its edge
        this.blinks++;
        this.wait = this.drawWait();
      } else {
        this.wait -= eaten;
      }
    }
    return blinkAt(nowMs - this.blinkStartMs);
  }

  private sway(seconds: number): void {
    // From rest, so that the first picture is the photo.
    const strength = (1 - this.calm) * smooth(Math.min(1, seconds));
    for (const { place, amplitude, frequenciesHz } of SWAYS) {
      let sum = 0;
      for (let i = 0; i < frequenciesHz.length; i++) {
        sum += Math.sin(
          2 * Math.PI * (frequenciesHz[i]! * seconds + uniform(this.seed, STREAM.phase, place * IDLE_SIZE + i)),
        );
      }
      this.offset[place] = (strength * amplitude * sum) / frequenciesHz.length;
    }
    const breath = strength * Math.sin(2 * Math.PI * BREATH.frequencyHz * seconds);
    this.offset[IDLE.pitch]! += BREATH.pitchDegrees * breath;
    this.offset[IDLE.translation + 1] = -BREATH.liftIod * breath;
  }

  private drawWait(): number {
    return -Math.log(uniform(this.seed, STREAM.blink, this.blinks));
  }
}
