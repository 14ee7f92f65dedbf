/**
 * @file ProceduralMotion: the rule-based motion that is added to the motion of the model in every frame. It depends on
 * the controls, the state of the portrait and the voice.
 *
 * Its random numbers depend on seed and frame count only, so the same controls, audio and seed give the same motion on every
 * backend. A frame takes some hundred operations on the CPU. The result is a MotionAdjustment; motion-adjustment.ts
 * explains how it is applied.
 */

import type { VoiceActivity } from '../core/audio-types';
import type { MotionState } from '../core/portrait-state';
import { FRAME_RATE_HZ } from '../core/time';
import { DEFAULT_CONTROLS, type GazeTarget, type MotionControls } from '../options/controls';
import { Blinks } from './blinks';
import { GazeMotion } from './gaze-motion';
import { HeadMotion } from './head-motion';
import { ADJUSTMENT, type MotionAdjustment, neutralAdjustment } from './motion-adjustment';
import { StateBlend } from './state-blend';

/** Share of a change of a control that happens in one frame. */
const EASING = 0.2;
/** Share of the blinks that remains at stillness 1: eyes that never blink look dead. */
const STILL_BLINKS = 0.5;
/**
 * Share of the tokens' head motion that remains while nobody speaks. The people in the training data read sentences to a
 * camera, and their motion before and after a sentence is not calm: pitch sd 1.9 degrees in jerks of up to 68 degrees a
 * second, larger than the nods of a listener.
 */
const SILENT_HEAD_SCALE = 0.35;
/** Share of the way to a far gaze target that the head turns, and the share of the remaining way that it turns in one frame. */
const HEAD_SHARE = 0.3;
const HEAD_RATE = 1 / (0.3 * FRAME_RATE_HZ);
/** Largest turn of the eyes in one frame: a saccade of 25 degrees takes 80 ms (main sequence, Bahill et al., 1975). */
const SACCADE_DEGREES = 14;
/** The eyes reach targets up to this distance without the head. */
const EYES_ONLY_DEGREES = 6;

type Point = { x: number; y: number };
/** Controls whose changes are eased. */
type EasedControls = Pick<MotionControls, 'mouthAmplitude' | 'expressiveness' | 'stillness'>;

const eased = ({ mouthAmplitude, expressiveness, stillness }: MotionControls): EasedControls => ({
  mouthAmplitude,
  expressiveness,
  stillness,
});
const pointOf = (target: GazeTarget): Point => (target === 'camera' ? { x: 0, y: 0 } : target);

/** Generates one adjustment per frame; the same seed, controls and voice give the same ones. */
export class ProceduralMotion {
  readonly #adjustment: MotionAdjustment = neutralAdjustment();
  readonly #blend = new StateBlend();
  readonly #blinks: Blinks;
  readonly #gaze: GazeMotion;
  readonly #head: HeadMotion;
  /** Turn of the head towards a far gaze target, degrees. */
  readonly #headTurn: Point = { x: 0, y: 0 };
  /** Direction of the eyes on their way to the gaze target, degrees. */
  readonly #eyes: Point = { x: 0, y: 0 };
  #eased: EasedControls;
  #started = false;
  #controls: Readonly<MotionControls>;

  /** @param seed integer */
  constructor(seed: number, controls: Readonly<MotionControls> = DEFAULT_CONTROLS) {
    this.#controls = controls;
    this.#blinks = new Blinks(seed);
    this.#gaze = new GazeMotion(seed);
    this.#head = new HeadMotion(seed);
    this.#eased = eased(controls);
  }

  /**
   * New controls, already checked (resolveControls). Before the first frame they take effect immediately, afterwards
   * they are eased in.
   */
  setControls(controls: Readonly<MotionControls>): void {
    this.#controls = controls;
    if (!this.#started) this.#eased = eased(controls);
  }

  /**
   * The adjustment of the next frame.
   *
   * @param state what the portrait does; a change takes effect smoothly
   * @returns the same array every time
   */
  next(voice: VoiceActivity, state: MotionState): MotionAdjustment {
    this.#started = true;
    const [blend, adjustment, head] = [this.#blend, this.#adjustment, this.#head];
    this.#ease();
    const { mouthAmplitude, expressiveness, stillness } = this.#eased;
    blend.advance(state);
    const liveliness = 1 - stillness;
    const speechGain = liveliness * expressiveness;

    const blink = this.#blinks.next(voice.speech, blend.attentive, 1 - (1 - STILL_BLINKS) * stillness);
    adjustment[ADJUSTMENT.blinkLeft] = blink;
    adjustment[ADJUSTMENT.blinkRight] = blink;
    adjustment[ADJUSTMENT.mouth] = mouthAmplitude;
    adjustment[ADJUSTMENT.brows] = expressiveness;
    adjustment[ADJUSTMENT.head] = speechGain * (SILENT_HEAD_SCALE + (1 - SILENT_HEAD_SCALE) * blend.speaking);
    adjustment[ADJUSTMENT.hold] = 1;

    head.next(voice, state, blend, { speech: speechGain, silence: liveliness });
    const target = pointOf(this.#controls.gaze);
    this.#moveEyes(target);
    this.#turnHead(target);
    adjustment[ADJUSTMENT.angles] = head.angles.pitch + liveliness * this.#headTurn.y;
    adjustment[ADJUSTMENT.angles + 1] = head.angles.yaw - liveliness * this.#headTurn.x; // positive yaw: to the picture's left
    adjustment[ADJUSTMENT.angles + 2] = head.angles.roll;
    adjustment[ADJUSTMENT.translation + 1] = head.lift;
    adjustment[ADJUSTMENT.raise] = head.raise;

    const offset = this.#gaze.next(blend, this.#controls.gaze !== 'camera');
    adjustment[ADJUSTMENT.gaze] = this.#eyes.x + liveliness * offset.x;
    adjustment[ADJUSTMENT.gaze + 1] = this.#eyes.y + liveliness * offset.y;
    return adjustment;
  }

  #ease(): void {
    const now = this.#eased;
    const targets = eased(this.#controls);
    for (const name of Object.keys(targets) as (keyof EasedControls)[])
      now[name] += EASING * (targets[name] - now[name]);
  }

  #moveEyes(target: Point): void {
    const [x, y] = [target.x - this.#eyes.x, target.y - this.#eyes.y];
    const share = Math.min(1, SACCADE_DEGREES / Math.max(Math.hypot(x, y), Number.EPSILON));
    this.#eyes.x += share * x;
    this.#eyes.y += share * y;
  }

  #turnHead(target: Point): void {
    const distance = Math.hypot(target.x, target.y);
    const far = Math.max(0, distance - EYES_ONLY_DEGREES) / Math.max(1, distance);
    this.#headTurn.x += HEAD_RATE * (HEAD_SHARE * far * target.x - this.#headTurn.x);
    this.#headTurn.y += HEAD_RATE * (HEAD_SHARE * far * target.y - this.#headTurn.y);
  }
}
