/** @file Secondary motion on the CPU: the step of shaders/warp/secondary-motion.wgsl, which explains it. */
import type { MotionLatent } from '../../core/motion-latent';
import { SECONDARY_MOTION_MODES } from '../../portrait-bundle/secondary-motion-modes';
import type { FaceModel } from '../../weights/face-model';
import { driveWeights, type SpringStep, springStep } from '../secondary-drive';
import { clamp } from './frame-steps';

/** Beyond these limits (degrees and IOD; IOD) a latent does not describe a face. They keep the state bounded. */
const MAX_LATENT = 40;
const MAX_DRIVE_IOD = 1;

/** State of one mode. */
type Mode = {
  /** gain times drive, a linear function of the latent. */
  readonly weights: Float32Array;
  readonly spring: SpringStep;
  readonly lagsBehind: boolean;
  readonly limitIod: number;
  /** w, dw/dt per frame, and u of the last motion frame; undefined before the first one. */
  state: { place: number; speed: number; drive: number } | undefined;
  /** y at the previous and at the newest motion frame, IOD. */
  before: number;
  now: number;
};

/** The delayed motions of one portrait. */
export class CpuSecondaryMotion {
  readonly #modes: Mode[];

  constructor(model: FaceModel) {
    this.#modes = SECONDARY_MOTION_MODES.map((mode) => ({
      weights: driveWeights(model, mode.drive).map((w) => mode.gain * w),
      spring: springStep(mode),
      lagsBehind: mode.lagsBehind,
      limitIod: mode.limitIod,
      state: undefined,
      before: 0,
      now: 0,
    }));
  }

  /** One step, once per motion frame. */
  advance(latent: MotionLatent): void {
    for (const mode of this.#modes) step(mode, latent);
  }

  /** y of every mode, IOD. @param mix 0: the previous motion frame, 1: the newest */
  at(mix: number): number[] {
    return this.#modes.map(({ before, now }) => before * (1 - mix) + now * mix);
  }
}

function step(mode: Mode, latent: MotionLatent): void {
  let sum = 0;
  for (let i = 0; i < latent.length; i++) sum += mode.weights[i]! * clamp(latent[i]!, -MAX_LATENT, MAX_LATENT);
  const drive = clamp(sum, -MAX_DRIVE_IOD, MAX_DRIVE_IOD);
  const output = (place: number): number => clamp(place - (mode.lagsBehind ? drive : 0), -mode.limitIod, mode.limitIod);
  if (!mode.state) {
    mode.state = { place: drive, speed: 0, drive };
    mode.now = output(drive);
  }
  const { phi, lag } = mode.spring;
  const ramp = drive - mode.state.drive;
  const place = mode.state.place - mode.state.drive + lag * ramp;
  const speed = mode.state.speed - ramp;
  mode.state = {
    place: drive - lag * ramp + phi[0] * place + phi[1] * speed,
    speed: ramp + phi[2] * place + phi[3] * speed,
    drive,
  };
  mode.before = mode.now;
  mode.now = output(mode.state.place);
}
