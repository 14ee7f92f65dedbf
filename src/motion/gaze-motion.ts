/**
 * @file GazeMotion: where the eyes look, in degrees off their target.
 *
 * Fixations and saccades: in idle the eyes stay on the viewer most of the time, look aside by a few degrees every one
 * to four seconds, and come back. A listener rarely looks away, a speaker only briefly (Lee, Badler and Badler, "Eyes
 * Alive", 2002; Kendon, 1967). A saccade of this size takes 20 to 50 ms (main sequence, Bahill et al., 1975), about one
 * frame, so the position jumps. Within a fixation there are one or two microsaccades per second, of 0.1 to 0.5 degrees
 * (Martinez-Conde et al., 2004), which return to the middle rather than drift away. Random numbers are drawn by seed
 * and event number, and the position is a bounded offset, never a running sum, so it cannot drift.
 *
 * The counter-rotation of the eyes against the head is added where the head pose is available (motion-adjustment.ts).
 */

import type { MotionState } from '../core/portrait-state';
import { normal, uniform } from '../core/rng';
import { FRAME_RATE_HZ } from '../core/time';
import { RANDOM_STREAM } from './random-streams';
import type { StateBlend } from './state-blend';

type Point = { x: number; y: number };
type Range = readonly [min: number, max: number];

/** Duration on the target and away from it (seconds), probability of looking away, distance (degrees). */
type GazeStyle = { stay: Range; away: Range; leave: number; distance: Range };

const STYLES: Readonly<Record<MotionState, GazeStyle>> = {
  idle: { stay: [1.2, 4], away: [0.8, 2], leave: 0.55, distance: [2, 5] },
  attentive: { stay: [2, 5], away: [0.5, 1], leave: 0.12, distance: [1.5, 3] },
  speaking: { stay: [1.5, 4.5], away: [0.4, 1], leave: 0.3, distance: [2, 4.5] },
};
/** Standard deviation of fixations on the viewer: they move between the eyes and the mouth. */
const ON_FACE_DEGREES = 0.5;
/** Vertical deviations relative to horizontal ones: people look aside more than up or down. */
const VERTICAL_SCALE = 0.5;
const MICROSACCADES = { perSecond: 1.5, pauseSeconds: 0.2, degrees: [0.1, 0.5] as Range, maxOffsetDegrees: 0.4 };

const between = ([min, max]: Range, u: number): number => min + (max - min) * u;

/** Generates gaze directions; the same seed gives the same ones. */
export class GazeMotion {
  readonly #fixation: Point = { x: 0, y: 0 };
  readonly #micro: Point = { x: 0, y: 0 };
  #isAway = false;
  #fixations = 0;
  #microsaccades = 0;
  /** Frames until the next saccade and until the next microsaccade. */
  #fixationFrames: number;
  #microFrames: number;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
    this.#fixationFrames = FRAME_RATE_HZ * between(STYLES.idle.stay, uniform(seed, RANDOM_STREAM.fixation, 0));
    this.#microFrames = this.#microsaccadeWait();
  }

  /** Number of saccades so far, without microsaccades. */
  get saccades(): number {
    return this.#fixations;
  }

  /**
   * Direction in the next frame, degrees off the target: x to the right of the picture, y down.
   *
   * @param staysOnTarget the eyes do not look away: they follow a gaze target other than the camera
   */
  next(blend: StateBlend, staysOnTarget: boolean): Point {
    const style = STYLES[blend.speaking > 0.5 ? 'speaking' : blend.attentive > 0.5 ? 'attentive' : 'idle'];
    if (this.#isAway) this.#fixationFrames = Math.min(this.#fixationFrames, style.away[1] * FRAME_RATE_HZ);
    if (--this.#fixationFrames <= 0) this.#saccade(style, staysOnTarget);
    if (--this.#microFrames <= 0) this.#microsaccade();
    return { x: this.#fixation.x + this.#micro.x, y: this.#fixation.y + this.#micro.y };
  }

  #saccade(style: GazeStyle, staysOnTarget: boolean): void {
    const event = ++this.#fixations;
    const draw = (index: number): number => uniform(this.#seed, RANDOM_STREAM.fixation, 8 * event + index);
    this.#isAway = !staysOnTarget && !this.#isAway && draw(0) < style.leave;
    if (this.#isAway) {
      const [angle, distance] = [2 * Math.PI * draw(1), between(style.distance, draw(2))];
      this.#fixation.x = distance * Math.cos(angle);
      this.#fixation.y = VERTICAL_SCALE * distance * Math.sin(angle);
    } else {
      const deviation = (index: number): number =>
        ON_FACE_DEGREES * withinTwoDeviations(normal(this.#seed, RANDOM_STREAM.fixation, 4 * event + index));
      this.#fixation.x = deviation(2);
      this.#fixation.y = VERTICAL_SCALE * deviation(3);
    }
    this.#fixationFrames = Math.round(FRAME_RATE_HZ * between(this.#isAway ? style.away : style.stay, draw(3)));
  }

  #microsaccade(): void {
    const event = ++this.#microsaccades;
    const draw = (index: number): number => uniform(this.#seed, RANDOM_STREAM.microsaccade, 4 * event + index);
    const size = between(MICROSACCADES.degrees, draw(0) ** 2);
    let angle = 2 * Math.PI * draw(1);
    const offset = (): number =>
      Math.hypot(this.#micro.x + size * Math.cos(angle), this.#micro.y + size * Math.sin(angle));
    if (offset() > MICROSACCADES.maxOffsetDegrees) angle = Math.atan2(-this.#micro.y, -this.#micro.x); // back to the middle
    this.#micro.x += size * Math.cos(angle);
    this.#micro.y += size * Math.sin(angle);
    this.#microFrames = this.#microsaccadeWait();
  }

  #microsaccadeWait(): number {
    const { perSecond, pauseSeconds } = MICROSACCADES;
    const u = uniform(this.#seed, RANDOM_STREAM.microsaccade, 4 * this.#microsaccades + 3);
    const waiting = (1 / perSecond - pauseSeconds) * -Math.log(u);
    return Math.round(FRAME_RATE_HZ * (pauseSeconds + waiting));
  }
}

function withinTwoDeviations(value: number): number {
  return Math.min(2, Math.max(-2, value));
}
