/**
 * @file ProceduralMotion: what every frame gets beside the model's motion, from controls, activity and voice.
 *
 * It counts frames and draws by seed, so the same controls, audio and seed give the same life on every backend, and it
 * costs some hundred operations a frame on the CPU. What comes out is a MotionAdjustment; where that acts says
 * src/motion/motion-adjustment.ts.
 */

import type { AudioEmbedding } from '../core/audio-types';
import { DEFAULT_CONTROLS, type MotionControls } from '../options/controls';
import { FRAME_RATE_HZ } from '../core/time';
import type { PortraitState } from '../core/portrait-state';
import { ActivityBlend } from './activity';
import { Blinks } from './blinks';
import { type MotionAdjustment, neutralAdjustment, ADJUSTMENT } from './motion-adjustment';
import { GazeMotion } from './gaze-motion';
import { HeadMotion } from './head-motion';

/** Part of a change of a control that is done in a frame. */
const EASING = 0.2;
/** Part of the blinks that stays when the portrait is to keep still: unblinking eyes look dead. */
const STILL_BLINKS = 0.5;
/**
 * Part of the tokens' head motion that stays while nobody speaks. The people whom they were learned from read sentences to a camera, and what
 * they did before and after is not rest: pitch sd 1.9 degrees in jerks of up to 68 degrees a second, in which a listener's nods drown.
 */
const REST_HEAD = 0.35;
/** Part of the way to a far gaze target that the head turns, and its pace: a frame's part of the rest. */
const HEAD_SHARE = 0.3;
const HEAD_PACE = 1 / (0.3 * FRAME_RATE_HZ);
/** A saccade of 25 degrees takes 80 ms (main sequence, Bahill et al., 1975): the most that eyes turn in a frame. */
const SACCADE_DEGREES = 14;
/** Nearer targets need no head. */
const EYES_ONLY_DEGREES = 6;

type Eased = { mouth: number; expressiveness: number; stillness: number };

function easedTargets({ mouthAmplitude, expressiveness, stillness }: MotionControls): Eased {
  return { mouth: mouthAmplitude, expressiveness, stillness };
}

/** A deterministic stream of adjustments, one a frame. */
export class ProceduralMotion {
  readonly #adjustment: MotionAdjustment = neutralAdjustment();
  readonly #blend = new ActivityBlend();
  readonly #blinks: Blinks;
  readonly #gaze: GazeMotion;
  readonly #head: HeadMotion;
  /** Turn of the head towards a far gaze target, degrees. */
  readonly #turned = { x: 0, y: 0 };
  /** Where a saccade to the gaze target has got, degrees. */
  readonly #looked = { x: 0, y: 0 };
  #eased: Eased;
  #started = false;
  #controls: Readonly<MotionControls>;

  /** @param seed integer */
  constructor(seed: number, controls: Readonly<MotionControls> = DEFAULT_CONTROLS) {
    this.#controls = controls;
    this.#blinks = new Blinks(seed);
    this.#gaze = new GazeMotion(seed);
    this.#head = new HeadMotion(seed);
    this.#eased = easedTargets(controls);
  }

  /** New controls, checked (resolveControls); what is under way is eased over. */
  setControls(controls: Readonly<MotionControls>): void {
    this.#controls = controls;
    if (!this.#started) this.#eased = easedTargets(controls);
  }

  /** Back to the first frame. */
  reset(): void {
    this.#blend.reset();
    this.#blinks.reset();
    this.#gaze.reset();
    this.#head.reset();
    this.#turned.x = this.#turned.y = this.#looked.x = this.#looked.y = 0;
    this.#eased = easedTargets(this.#controls);
    this.#started = false;
  }

  /**
   * The adjustment of the next frame.
   *
   * @param state what the portrait does; a change takes effect smoothly
   * @returns the same array every time
   */
  next({ speech, level }: Pick<AudioEmbedding, 'speech' | 'level'>, state: PortraitState): MotionAdjustment {
    this.#started = true;
    const [blend, eased, adjustment] = [this.#blend, this.#eased, this.#adjustment];
    const targets = easedTargets(this.#controls);
    for (const name of Object.keys(targets) as (keyof Eased)[]) eased[name] += EASING * (targets[name] - eased[name]);
    blend.advance(state);
    const free = 1 - eased.stillness;
    const expressive = free * eased.expressiveness;

    const closed = this.#blinks.next(speech, blend.listening, 1 - (1 - STILL_BLINKS) * eased.stillness);
    adjustment[ADJUSTMENT.blinkLeft] = closed;
    adjustment[ADJUSTMENT.blinkRight] = closed;
    adjustment[ADJUSTMENT.mouth] = eased.mouth;
    adjustment[ADJUSTMENT.brows] = eased.expressiveness;
    adjustment[ADJUSTMENT.head] = expressive * (REST_HEAD + (1 - REST_HEAD) * blend.speaking);
    adjustment[ADJUSTMENT.hold] = 1;

    const head = this.#head;
    head.next({ state, speech, level }, blend, { speech: expressive, rest: free });
    const target = this.#controls.gaze === 'camera' ? { x: 0, y: 0 } : this.#controls.gaze;
    this.#lookAt(target);
    this.#turnHead(target);
    adjustment[ADJUSTMENT.angles] = head.angles.pitch + free * this.#turned.y;
    adjustment[ADJUSTMENT.angles + 1] = head.angles.yaw - free * this.#turned.x; // positive yaw points to the picture's left
    adjustment[ADJUSTMENT.angles + 2] = head.angles.roll;
    adjustment[ADJUSTMENT.translation + 1] = head.lift;
    adjustment[ADJUSTMENT.raise] = head.raise;

    const wander = this.#gaze.next(blend, this.#controls.gaze !== 'camera');
    adjustment[ADJUSTMENT.gaze] = this.#looked.x + free * wander.x;
    adjustment[ADJUSTMENT.gaze + 1] = this.#looked.y + free * wander.y;
    return adjustment;
  }

  #lookAt(target: { x: number; y: number }): void {
    const [x, y] = [target.x - this.#looked.x, target.y - this.#looked.y];
    const share = Math.min(1, SACCADE_DEGREES / Math.max(Math.hypot(x, y), Number.EPSILON));
    this.#looked.x += share * x;
    this.#looked.y += share * y;
  }

  #turnHead(target: { x: number; y: number }): void {
    const far =
      Math.max(0, Math.hypot(target.x, target.y) - EYES_ONLY_DEGREES) / Math.max(1, Math.hypot(target.x, target.y));
    this.#turned.x += HEAD_PACE * (HEAD_SHARE * far * target.x - this.#turned.x);
    this.#turned.y += HEAD_PACE * (HEAD_SHARE * far * target.y - this.#turned.y);
  }
}
