/**
 * @file GazeMotion: where the eyes look, in degrees off the camera.
 *
 * Fixations and saccades: at rest the eyes stay with the viewer most of the time, wander off by a few degrees every one to
 * four seconds and come back; a listener hardly looks away, a speaker does so for moments (Lee, Badler and Badler, "Eyes
 * Alive", 2002; Kendon 1967). A saccade of such a size takes 20 to 50 ms (main sequence, Bahill et al., 1975): one frame,
 * so the position simply jumps. Within a fixation microsaccades of 0.1 to 0.5 degrees, 1 to 2 a second (Martinez-Conde et
 * al., 2004), turn back before they drift. Everything is drawn by seed and event number; the position is a bounded offset,
 * never a sum, so it cannot drift.
 *
 * The eyes' turn in the head, which makes up for the head's, is done where the head is known (motion-adjustment.ts).
 */

import { normal, uniform } from '../core/rng';
import { FRAME_RATE_HZ } from '../core/time';
import type { ActivityBlend } from './activity';
import { RANDOM_STREAM } from './random-streams';

type Point = { x: number; y: number };

/** How the eyes behave in an activity. Seconds, degrees, probabilities. */
type Habit = { stay: Range; away: Range; leave: number; distance: Range };
type Range = readonly [least: number, most: number];

const HABITS: Readonly<Record<'idle' | 'listening' | 'speaking', Habit>> = {
  idle: { stay: [1.2, 4], away: [0.8, 2], leave: 0.55, distance: [2, 5] },
  listening: { stay: [2, 5], away: [0.5, 1], leave: 0.12, distance: [1.5, 3] },
  speaking: { stay: [1.5, 4.5], away: [0.4, 1], leave: 0.3, distance: [2, 4.5] },
};
/** Off the viewer's middle while the eyes stay with the viewer: from eye to eye to mouth. */
const ON_FACE_DEGREES = 0.5;
/** People look aside more than up or down. */
const HEIGHT = 0.5;
const MICROSACCADES = { perSecond: 1.5, pauseSeconds: 0.2, degrees: [0.1, 0.5] as Range, reachDegrees: 0.4 };

const between = ([least, most]: Range, u: number): number => least + (most - least) * u;

/** A deterministic stream of gaze directions. */
export class GazeMotion {
  readonly #fixation: Point = { x: 0, y: 0 };
  readonly #micro: Point = { x: 0, y: 0 };
  #away = false;
  #fixations = 0;
  #micros = 0;
  #fixationFrames = 0;
  #microFrames = 0;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
    this.reset();
  }

  /** Saccades so far, without the microsaccades. */
  get saccades(): number {
    return this.#fixations;
  }

  /**
   * The next frame's direction, degrees off what is looked at: x to the right of the picture, y down.
   *
   * @param alert whether something other than the camera is to be looked at: then the eyes do not wander
   */
  next(blend: ActivityBlend, alert: boolean): Point {
    const habit = HABITS[blend.speaking > 0.5 ? 'speaking' : blend.listening > 0.5 ? 'listening' : 'idle'];
    if (this.#away) this.#fixationFrames = Math.min(this.#fixationFrames, habit.away[1] * FRAME_RATE_HZ);
    if (--this.#fixationFrames <= 0) this.#saccade(habit, alert);
    if (--this.#microFrames <= 0) this.#microsaccade();
    return { x: this.#fixation.x + this.#micro.x, y: this.#fixation.y + this.#micro.y };
  }

  reset(): void {
    this.#away = false;
    this.#fixations = this.#micros = 0;
    this.#fixation.x = this.#fixation.y = this.#micro.x = this.#micro.y = 0;
    this.#fixationFrames = FRAME_RATE_HZ * between(HABITS.idle.stay, uniform(this.#seed, RANDOM_STREAM.fixation, 0));
    this.#microFrames = this.#microWait();
  }

  #saccade(habit: Habit, alert: boolean): void {
    const event = ++this.#fixations;
    const draw = (index: number): number => uniform(this.#seed, RANDOM_STREAM.fixation, 8 * event + index);
    this.#away = !alert && !this.#away && draw(0) < habit.leave;
    if (this.#away) {
      const [angle, distance] = [2 * Math.PI * draw(1), between(habit.distance, draw(2))];
      this.#fixation.x = distance * Math.cos(angle);
      this.#fixation.y = HEIGHT * distance * Math.sin(angle);
    } else {
      this.#fixation.x = ON_FACE_DEGREES * limited(normal(this.#seed, RANDOM_STREAM.fixation, 4 * event + 2));
      this.#fixation.y = HEIGHT * ON_FACE_DEGREES * limited(normal(this.#seed, RANDOM_STREAM.fixation, 4 * event + 3));
    }
    this.#fixationFrames = Math.round(FRAME_RATE_HZ * between(this.#away ? habit.away : habit.stay, draw(3)));
  }

  #microsaccade(): void {
    const event = ++this.#micros;
    const draw = (index: number): number => uniform(this.#seed, RANDOM_STREAM.microsaccade, 4 * event + index);
    const size = between(MICROSACCADES.degrees, draw(0) ** 2);
    let angle = 2 * Math.PI * draw(1);
    const reached = (): number =>
      Math.hypot(this.#micro.x + size * Math.cos(angle), this.#micro.y + size * Math.sin(angle));
    if (reached() > MICROSACCADES.reachDegrees) angle = Math.atan2(-this.#micro.y, -this.#micro.x); // back to the middle
    this.#micro.x += size * Math.cos(angle);
    this.#micro.y += size * Math.sin(angle);
    this.#microFrames = this.#microWait();
  }

  #microWait(): number {
    const { perSecond, pauseSeconds } = MICROSACCADES;
    const waiting =
      (1 / perSecond - pauseSeconds) * -Math.log(uniform(this.#seed, RANDOM_STREAM.microsaccade, 4 * this.#micros + 3));
    return Math.round(FRAME_RATE_HZ * (pauseSeconds + waiting));
  }
}

/** Within two standard deviations. */
function limited(value: number): number {
  return Math.min(2, Math.max(-2, value));
}
