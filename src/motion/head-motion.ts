/**
 * @file HeadMotion: procedural motion of head and brows, added to that of the motion tokens. docs/procedural-motion.md has
 * the figures.
 *
 * - Postures: at the start of a phrase, and every few seconds at an accent of the voice, the head takes a new pose and holds
 *   it: the slow motion of a speaking head changes at the boundaries of phrases.
 * - Accents: a stressed syllable brings a nod, often a turn aside, sometimes a tilt or raised brows. In tracked continuous
 *   speech the head is lowest 160 to 280 ms after a peak of the level (correlation of pitch with the level .2 to .35, both
 *   without their mean over a second). A procedural nod that begins 40 ms after the peak reaches its lowest point in
 *   that interval.
 * - Listening: single and double nods, the head a little tilted.
 * - Sway and breath, always: sway.ts.
 *
 * Everything but sway goes through critically damped springs, so nothing jumps. Every target is bounded and drawn around zero,
 * and the mean of the nods is subtracted, so nothing drifts. Sources: Hadar et al., "Head movement correlates of juncture and
 * stress at sentence level", 1983; Graf et al., "Visual prosody", 2002; Cassell et al., "Animated conversation", 1994.
 */

import type { VoiceActivity } from '../core/audio-types';
import type { MotionState } from '../core/portrait-state';
import { normal, uniform } from '../core/rng';
import { FRAME_RATE_HZ } from '../core/time';
import { AccentDetector } from './accent-detector';
import { CriticallyDampedSpring } from './critically-damped-spring';
import { RANDOM_STREAM } from './random-streams';
import type { StateBlend } from './state-blend';
import { swayAt } from './sway';

type Range = readonly [min: number, max: number];
type Angles = { pitch: number; yaw: number; roll: number };

/** Standard deviations of the postures in degrees, seconds that one is held, time constant of the motion to the next. */
type PostureStyle = { deviation: Angles; hold: Range; seconds: number };
const POSTURES: Readonly<Record<MotionState, PostureStyle>> = {
  idle: { deviation: { pitch: 0.5, yaw: 1, roll: 0.5 }, hold: [4, 9], seconds: 0.7 },
  attentive: { deviation: { pitch: 0.4, yaw: 0.6, roll: 1.4 }, hold: [4, 8], seconds: 0.5 },
  speaking: { deviation: { pitch: 1.6, yaw: 3.5, roll: 1.9 }, hold: [0.6, 1.7], seconds: 0.18 },
};
/** Share of a posture that the next one subtracts, so that the head returns to the middle. */
const RETURN = 0.35;
/** Largest posture, in deviations. */
const MAX_DEVIATIONS = 1.8;

/** Gestures at accents: `share` of the accents that trigger one, its size, and the time constant of its spring. */
const NOD = { share: 0.75, degrees: [1.3, 3.4] as Range, seconds: 0.11 };
const TURN = { share: 0.75, degrees: [1.4, 3.6] as Range, seconds: 0.12 };
const TILT = { share: 0.5, degrees: [0.8, 2.2] as Range, seconds: 0.13 };
const BROWS = { share: 0.4, raise: [0.1, 0.3] as Range, seconds: 0.12, maxRaise: 0.4 };
/** Time constant of the mean of the nods, which is subtracted. */
const NOD_MEAN_SECONDS = 3;

const LISTENER = {
  pauseSeconds: [2.5, 7] as Range,
  nodDegrees: [2, 4] as Range,
  /** Share of the nods that are double. */
  double: 0.5,
  browRaise: 0.06,
};
/** Time between the two nods of a double nod, and strength of the second one, 0 ... 1. */
const DOUBLE_NOD_FRAMES = 13;
const SECOND_NOD_STRENGTH = 0.7;
/** Silence that ends a phrase. */
const PHRASE_PAUSE_FRAMES = 6;
/** Probability above which a frame is speech. */
const SPEECH = 0.5;

const AXES = ['pitch', 'yaw', 'roll'] as const;

const sign = (u: number): number => (u < 0.5 ? -1 : 1);
const between = ([min, max]: Range, u: number): number => min + (max - min) * u;

/** Strength of the motion: `speech` for the part that comes with speech, `silence` for the part that is always there. */
type HeadGains = { speech: number; silence: number };

/** Generates head poses and raises of the brows; the same seed and voice give the same ones. */
export class HeadMotion {
  /** Degrees, to be added to those of the tokens. */
  readonly angles: Angles = { pitch: 0, yaw: 0, roll: 0 };
  /** IOD, y down. */
  lift = 0;
  /** Raise of the brows, 0 ... 1. */
  raise = 0;
  readonly #accents = new AccentDetector();
  readonly #posture: Record<keyof Angles, CriticallyDampedSpring> = {
    pitch: new CriticallyDampedSpring(),
    yaw: new CriticallyDampedSpring(),
    roll: new CriticallyDampedSpring(),
  };
  readonly #target: Angles = { pitch: 0, yaw: 0, roll: 0 };
  readonly #nod = new CriticallyDampedSpring();
  readonly #turn = new CriticallyDampedSpring();
  readonly #tilt = new CriticallyDampedSpring();
  readonly #brows = new CriticallyDampedSpring();
  #nodMean = 0;
  #frame = 0;
  /** Numbers of postures and gestures so far; they count the random numbers. */
  #postures = 0;
  #gestures = 0;
  /** Frames until the next posture, the next nod of a listener, and the second nod of a double nod. */
  #postureFrames = 0;
  #nodFrames = 0;
  #secondNodFrames = 0;
  #quietFrames = PHRASE_PAUSE_FRAMES;
  #state: MotionState = 'idle';
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Advances by one frame. */
  next(voice: VoiceActivity, state: MotionState, blend: StateBlend, gains: HeadGains): void {
    const accent = this.#accents.next(voice);
    const isSpeech = voice.speech >= SPEECH;
    const phraseBegins = isSpeech && this.#quietFrames >= PHRASE_PAUSE_FRAMES;
    this.#quietFrames = isSpeech ? 0 : this.#quietFrames + 1;
    const changed = state !== this.#state;
    this.#state = state;
    const due = --this.#postureFrames <= 0;
    if (changed || (state === 'speaking' ? phraseBegins || (due && accent > 0) : due)) this.#drawPosture();
    if (accent > 0 && state === 'speaking') this.#gestureAtAccent(accent);
    if (state === 'attentive') this.#listen(changed);
    this.#update(blend, gains);
    this.#frame++;
  }

  #drawPosture(): void {
    const { deviation, hold } = POSTURES[this.#state];
    const index = this.#postures++;
    AXES.forEach((axis, place) => {
      const deviations = normal(this.#seed, RANDOM_STREAM.posture, 4 * index + place);
      const limit = MAX_DEVIATIONS * deviation[axis];
      this.#target[axis] = Math.min(
        limit,
        Math.max(-limit, deviation[axis] * deviations - RETURN * this.#target[axis]),
      );
    });
    this.#postureFrames = FRAME_RATE_HZ * between(hold, uniform(this.#seed, RANDOM_STREAM.posture, 8 * index + 6));
  }

  #gestureAtAccent(strength: number): void {
    const event = this.#gestures++;
    const draw = (index: number): number => uniform(this.#seed, RANDOM_STREAM.accent, 10 * event + index);
    if (draw(0) < NOD.share) this.#nod.pulse(strength * between(NOD.degrees, draw(1)));
    if (draw(2) < BROWS.share) this.#brows.pulse(strength * between(BROWS.raise, draw(3)));
    if (draw(4) < TURN.share) this.#turn.pulse(sign(draw(6)) * strength * between(TURN.degrees, draw(5)));
    if (draw(7) < TILT.share) this.#tilt.pulse(sign(draw(8)) * strength * between(TILT.degrees, draw(9)));
  }

  /** @param begins whether the portrait becomes attentive in this frame: the first nod comes after a pause */
  #listen(begins: boolean): void {
    if (--this.#secondNodFrames === 0) this.#listenerNod(SECOND_NOD_STRENGTH);
    if (!begins && --this.#nodFrames > 0) return;
    const event = this.#gestures++;
    const draw = (index: number): number => uniform(this.#seed, RANDOM_STREAM.nod, 4 * event + index);
    this.#nodFrames = Math.round(FRAME_RATE_HZ * between(LISTENER.pauseSeconds, draw(0)));
    if (begins) return;
    this.#listenerNod(draw(1));
    if (draw(2) < LISTENER.double) this.#secondNodFrames = DOUBLE_NOD_FRAMES;
  }

  #listenerNod(strength: number): void {
    this.#nod.pulse(between(LISTENER.nodDegrees, strength));
  }

  #update(blend: StateBlend, gains: HeadGains): void {
    const nod = this.#nod.step(0, NOD.seconds);
    this.#nodMean += (nod - this.#nodMean) / (NOD_MEAN_SECONDS * FRAME_RATE_HZ);
    const gain = gains.silence + (gains.speech - gains.silence) * blend.speaking;
    const { seconds } = POSTURES[this.#state];
    for (const axis of AXES) this.angles[axis] = gain * this.#posture[axis].step(this.#target[axis], seconds);
    this.angles.pitch += gain * (nod - this.#nodMean);
    this.angles.yaw += gain * this.#turn.step(0, TURN.seconds);
    this.angles.roll += gain * this.#tilt.step(0, TILT.seconds);
    const sway = swayAt(this.#seed, this.#frame / FRAME_RATE_HZ);
    for (const axis of AXES) this.angles[axis] += gains.silence * sway[axis];
    this.lift = gains.silence * sway.lift;
    const raise = gains.speech * this.#brows.step(0, BROWS.seconds) + LISTENER.browRaise * blend.attentive;
    this.raise = Math.min(BROWS.maxRaise, raise);
  }
}
