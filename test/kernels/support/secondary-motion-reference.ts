/**
 * @file The law of secondary motion (src/renderer/webgpu/secondary-motion.ts) in plain f64, integrated in many small steps from the
 * differential equation: shares no closed form with what it checks.
 */
import { SECONDARY_MOTION_MODES, type SecondaryMotionMode } from '../../../src/portrait-bundle/secondary-motion';
import { driveWeights } from '../../../src/renderer/webgpu/secondary-motion';
import type { FaceModel } from '../../../src/weights/face-model';

const FRAME_SECONDS = 1 / 25;
const MAX_DRIVE_IOD = 1;
/** Runge-Kutta steps a motion frame. */
const STEPS = 8;

const clamp = (x: number, limit: number): number => Math.min(limit, Math.max(-limit, x));

/** One mode, motion frame by motion frame. */
class ReferenceMode {
  #place = 0;
  #speed = 0;
  #drive: number | undefined;
  readonly #mode: SecondaryMotionMode;

  constructor(mode: SecondaryMotionMode) {
    this.#mode = mode;
  }

  /** @param drive gain times drive, IOD @returns y, IOD */
  advance(drive: number): number {
    const to = clamp(drive, MAX_DRIVE_IOD);
    if (this.#drive === undefined) [this.#place, this.#drive] = [to, to];
    const from = this.#drive;
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
    this.#drive = to;
    return clamp(this.#place - (this.#mode.lagsBehind ? to : 0), this.#mode.limitIod);
  }
}

/** All modes of the table. */
export class ReferenceModule {
  readonly #modes = SECONDARY_MOTION_MODES.map((mode) => new ReferenceMode(mode));
  readonly #weights: Float32Array[];

  constructor(model: FaceModel) {
    this.#weights = SECONDARY_MOTION_MODES.map(({ drive }) => driveWeights(model, drive));
  }

  /** @returns y of all modes, IOD */
  advance(latent: ArrayLike<number>): number[] {
    return this.#modes.map((mode, k) =>
      mode.advance(SECONDARY_MOTION_MODES[k]!.gain * this.#weights[k]!.reduce((sum, w, i) => sum + w * latent[i]!, 0)),
    );
  }
}
