/**
 * @file HeadMotion: how head and brows move beside what the tokens say. Rules, not learned: docs/procedural-motion.md.
 *
 * - Posture: the head takes a new pose at the start of a phrase and every few seconds, at an accent of the voice, and holds
 *   it loosely: phrase-level sway with the phrase's boundaries.
 * - Accents: a syllable that stands out brings a nod, often a turn aside, sometimes a tilt or a raise of the brows. In the tracks of continuous speech
 *   the head is lowest 160 to 280 ms after a peak of the level (correlation .2 to .35 of pitch with the level, both
 *   without their mean of a second); a nod struck 40 ms after the peak falls there.
 * - Listening: single and double nods, the head a little tilted.
 * - Sway and breath, always: sway.ts.
 *
 * Everything goes through critically damped springs, so nothing jumps; every target is bounded and drawn around zero, and
 * the mean of the nods is taken off, so nothing drifts. Sources: Hadar et al., "Head movement correlates of juncture and
 * stress at sentence level", 1983; Graf et al., "Visual prosody", 2002; Cassell et al., "Animated conversation", 1994.
 */

import type { PortraitState } from '../core/portrait-state';
import { normal, uniform } from '../core/rng';
import { FRAME_RATE_HZ } from '../core/time';
import { AccentDetector } from './accent-detector';
import type { ActivityBlend } from './activity';
import { Follower } from './follower';
import { RANDOM_STREAM } from './random-streams';
import { swayAt } from './sway';

type Range = readonly [least: number, most: number];
type Angles = { pitch: number; yaw: number; roll: number };

/** How postures are taken in an activity: standard deviations in degrees, seconds held, time constant of the way there. */
type Habit = { spread: Angles; hold: Range; seconds: number };
const HABITS: Readonly<Record<PortraitState, Habit>> = {
  idle: { spread: { pitch: 0.5, yaw: 1, roll: 0.5 }, hold: [4, 9], seconds: 0.7 },
  listening: { spread: { pitch: 0.4, yaw: 0.6, roll: 1.4 }, hold: [4, 8], seconds: 0.5 },
  speaking: { spread: { pitch: 1.6, yaw: 3.5, roll: 1.9 }, hold: [0.6, 1.7], seconds: 0.18 },
};
/** Part of the last posture that the next one turns back, so that the head comes round to the middle. */
const RETURN = 0.35;
const MOST_DEVIATIONS = 1.8;

const NOD = { degrees: [1.3, 3.4] as Range, seconds: 0.11, share: 0.75 };
/** A turn aside with some of the accents. */
const TURN = { degrees: [1.4, 3.6] as Range, seconds: 0.12, share: 0.75 };
/** A tilt with others. */
const TILT = { degrees: [0.8, 2.2] as Range, seconds: 0.13, share: 0.5 };
/** Seconds over which the mean of the nods is taken off. */
const NOD_MEAN_SECONDS = 3;
const BROWS = { share: 0.4, raise: [0.1, 0.3] as Range, seconds: 0.12, most: 0.4 };
const LISTENER = {
  pauseSeconds: [2.5, 7] as Range,
  degrees: [2, 4] as Range,
  double: 0.5,
  brows: 0.06,
};
const DOUBLE_NOD_FRAMES = 13;
/** Silence that ends a phrase. */
const PHRASE_PAUSE_FRAMES = 6;
const SPEECH = 0.5;

const AXES = ['pitch', 'yaw', 'roll'] as const;

const sideOf = (u: number): number => (u < 0.5 ? -1 : 1);
const between = ([least, most]: Range, u: number): number => least + (most - least) * u;

/** What is heard and done in a frame. */
export type HeadInput = { state: PortraitState; speech: number; level: number };
/** How much of it is to be seen: of what speech brings, and of what is there without it. */
export type HeadGains = { speech: number; rest: number };

/** A deterministic stream of head poses and brow raises. */
export class HeadMotion {
  /** Degrees, to be added to the head's. */
  readonly angles: Angles = { pitch: 0, yaw: 0, roll: 0 };
  /** IOD, y down. */
  lift = 0;
  /** 0 ... 1. */
  raise = 0;
  readonly #accents = new AccentDetector();
  readonly #posture: Record<keyof Angles, Follower> = {
    pitch: new Follower(),
    yaw: new Follower(),
    roll: new Follower(),
  };
  readonly #target: Angles = { pitch: 0, yaw: 0, roll: 0 };
  readonly #nod = new Follower();
  readonly #turn = new Follower();
  readonly #tilt = new Follower();
  readonly #brows = new Follower();
  #nodMean = 0;
  #frame = 0;
  #postures = 0;
  #postureFrames = 0;
  #events = 0;
  #quietFrames = PHRASE_PAUSE_FRAMES;
  #state: PortraitState = 'idle';
  #nodFrames = 0;
  #secondNod = 0;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** One frame further. */
  next({ state, speech, level }: HeadInput, blend: ActivityBlend, gains: HeadGains): void {
    const accent = this.#accents.next(speech, level);
    const phraseBegins = speech >= SPEECH && this.#quietFrames >= PHRASE_PAUSE_FRAMES;
    this.#quietFrames = speech >= SPEECH ? 0 : this.#quietFrames + 1;
    const changed = state !== this.#state;
    this.#state = state;
    const due = --this.#postureFrames <= 0;
    if (changed || (state === 'speaking' ? phraseBegins || (due && accent > 0) : due)) this.#takePosture();
    if (accent > 0 && state === 'speaking') this.#accentuate(accent);
    if (state === 'listening') this.#listen(changed);
    this.#move(blend, gains);
    this.#frame++;
  }

  reset(): void {
    this.#accents.reset();
    for (const axis of AXES) {
      this.#posture[axis].reset();
      this.#target[axis] = 0;
      this.angles[axis] = 0;
    }
    this.#nod.reset();
    this.#turn.reset();
    this.#tilt.reset();
    this.#brows.reset();
    this.lift = this.raise = this.#nodMean = 0;
    this.#frame = this.#postures = this.#postureFrames = this.#events = this.#nodFrames = this.#secondNod = 0;
    this.#quietFrames = PHRASE_PAUSE_FRAMES;
    this.#state = 'idle';
  }

  #takePosture(): void {
    const { spread, hold } = HABITS[this.#state];
    const index = this.#postures++;
    AXES.forEach((axis, place) => {
      const deviations = normal(this.#seed, RANDOM_STREAM.posture, 4 * index + place);
      const limit = MOST_DEVIATIONS * spread[axis];
      this.#target[axis] = Math.min(limit, Math.max(-limit, spread[axis] * deviations - RETURN * this.#target[axis]));
    });
    this.#postureFrames = FRAME_RATE_HZ * between(hold, uniform(this.#seed, RANDOM_STREAM.posture, 8 * index + 6));
  }

  #accentuate(strength: number): void {
    const event = this.#events++;
    const draw = (index: number): number => uniform(this.#seed, RANDOM_STREAM.accent, 10 * event + index);
    if (draw(0) < NOD.share) this.#nod.strike(strength * between(NOD.degrees, draw(1)));
    if (draw(2) < BROWS.share) this.#brows.strike(strength * between(BROWS.raise, draw(3)));
    if (draw(4) < TURN.share) this.#turn.strike(sideOf(draw(6)) * strength * between(TURN.degrees, draw(5)));
    if (draw(7) < TILT.share) this.#tilt.strike(sideOf(draw(8)) * strength * between(TILT.degrees, draw(9)));
  }

  /** @param begins the first nod waits its turn as well */
  #listen(begins: boolean): void {
    if (--this.#secondNod === 0) this.#listenerNod(0.7);
    if (!begins && --this.#nodFrames > 0) return;
    const event = this.#events++;
    const draw = (index: number): number => uniform(this.#seed, RANDOM_STREAM.nod, 4 * event + index);
    this.#nodFrames = Math.round(FRAME_RATE_HZ * between(LISTENER.pauseSeconds, draw(0)));
    if (begins) return;
    this.#listenerNod(draw(1));
    if (draw(2) < LISTENER.double) this.#secondNod = DOUBLE_NOD_FRAMES;
  }

  #listenerNod(strength: number): void {
    this.#nod.strike(between(LISTENER.degrees, strength));
  }

  #move(blend: ActivityBlend, gains: HeadGains): void {
    const nod = this.#nod.follow(0, NOD.seconds);
    this.#nodMean += (nod - this.#nodMean) / (NOD_MEAN_SECONDS * FRAME_RATE_HZ);
    const lively = gains.rest + (gains.speech - gains.rest) * blend.speaking;
    const habit = HABITS[this.#state];
    for (const axis of AXES) this.angles[axis] = lively * this.#posture[axis].follow(this.#target[axis], habit.seconds);
    this.angles.pitch += lively * (nod - this.#nodMean);
    this.angles.yaw += lively * this.#turn.follow(0, TURN.seconds);
    this.angles.roll += lively * this.#tilt.follow(0, TILT.seconds);
    const sway = swayAt(this.#seed, this.#frame / FRAME_RATE_HZ);
    for (const axis of AXES) this.angles[axis] += gains.rest * sway[axis];
    this.lift = gains.rest * sway.lift;
    const brows = gains.speech * this.#brows.follow(0, BROWS.seconds) + LISTENER.brows * blend.listening;
    this.raise = Math.min(BROWS.most, brows);
  }
}
