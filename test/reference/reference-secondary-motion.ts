/**
 * @file Secondary motion in f64, integrated in small steps from its differential equation (src/renderer/webgpu/secondary-motion.ts).
 * It shares no closed form with the kernel.
 */
import type { MotionLatent } from '../../src/core/motion-latent';
import {
  SECONDARY_MOTION_MODES,
  type SecondaryDrive,
  type SecondaryMotionMode,
} from '../../src/portrait-bundle/secondary-motion-modes';
import { expressionIndex, type FaceModel } from '../../src/weights/face-model';
import { clamp } from '../../src/renderer/cpu/frame-steps';

const FRAME_SECONDS = 1 / 25;
const DRIVE_LIMIT_IOD = 1;
const LATENT_LIMIT = 40;
/** Runge-Kutta steps a motion frame. */
const STEPS = 8;

export type ModeParameters = Pick<SecondaryMotionMode, 'frequencyHz' | 'damping' | 'lagsBehind' | 'limitIod'>;

/** One mode, motion frame by motion frame. */
export class ReferenceMode {
  #place = 0;
  #speed = 0;
  #drive: number | undefined;
  readonly #mode: ModeParameters;
  /** y at the previous and at the newest motion frame, IOD. */
  before = 0;
  now = 0;

  constructor(mode: ModeParameters) {
    this.#mode = mode;
  }

  /** @param drive gain times drive, IOD */
  advance(drive: number): void {
    const to = clamp(drive, -DRIVE_LIMIT_IOD, DRIVE_LIMIT_IOD);
    if (this.#drive === undefined) {
      this.#place = to;
      this.now = this.#output(to);
    }
    this.#integrate(this.#drive ?? to, to);
    this.#drive = to;
    this.before = this.now;
    this.now = this.#output(to);
  }

  #output(drive: number): number {
    const { lagsBehind, limitIod } = this.#mode;
    return clamp(this.#place - (lagsBehind ? drive : 0), -limitIod, limitIod);
  }

  /** Over one motion frame, in which the drive is linear. */
  #integrate(from: number, to: number): void {
    const omega = 2 * Math.PI * this.#mode.frequencyHz;
    const acceleration = (t: number, w: number, v: number): number =>
      omega * omega * (from + (to - from) * t - w) - 2 * this.#mode.damping * omega * v;
    const h = FRAME_SECONDS / STEPS;
    for (let n = 0; n < STEPS; n++) {
      const at = (part: number): number => (n + part) / STEPS;
      const [w, v] = [this.#place, this.#speed];
      const a1 = acceleration(at(0), w, v);
      const [w2, v2] = [w + (h / 2) * v, v + (h / 2) * a1];
      const a2 = acceleration(at(0.5), w2, v2);
      const [w3, v3] = [w + (h / 2) * v2, v + (h / 2) * a2];
      const a3 = acceleration(at(0.5), w3, v3);
      const [w4, v4] = [w + h * v3, v + h * a3];
      const a4 = acceleration(at(1), w4, v4);
      this.#place = w + (h / 6) * (v + 2 * v2 + 2 * v3 + v4);
      this.#speed = v + (h / 6) * (a1 + 2 * a2 + 2 * a3 + a4);
    }
  }
}

/** All modes of SECONDARY_MOTION_MODES. */
export class ReferenceSecondaryMotion {
  readonly modes = SECONDARY_MOTION_MODES.map((mode) => new ReferenceMode(mode));
  readonly #model: FaceModel;

  constructor(model: FaceModel) {
    this.#model = model;
  }

  advance(latent: MotionLatent): void {
    this.modes.forEach((mode, k) => {
      const { gain, drive } = SECONDARY_MOTION_MODES[k]!;
      mode.advance(gain * this.#drive(drive, latent));
    });
  }

  #drive(drive: SecondaryDrive, latent: MotionLatent): number {
    const at = (k: number): number => clamp(latent[k]!, -LATENT_LIMIT, LATENT_LIMIT);
    switch (drive) {
      case 'jaw': {
        const row = 63 * expressionIndex(this.#model, 'jawOpen');
        let sum = 0;
        for (let k = 0; k < 63; k++) sum += this.#model.keypointsToExpressions[row + k]! * at(k);
        return sum;
      }
      case 'yaw':
        return (at(64) * Math.PI) / 180;
      case 'roll':
        return (at(65) * Math.PI) / 180;
      case 'x':
        return at(66);
      case 'y':
        return at(67);
    }
  }
}
