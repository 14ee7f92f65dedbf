/** @file Light that reaches the mouth between the lips, 0 ... 1: shaders/mouth/mouth-light.wgsl, which has the formulas. */
import { smoothstep } from '../../core/smooth';
import { clamp, type LipProfile } from './frame-steps';

const PROFILE_COLUMNS = 32;

/** The lips of one frame on the screen. Lengths are IOD on the screen. */
export class MouthLight {
  /** Light that lips of this width and opening let through. */
  readonly gate: number;
  readonly opening: number;
  readonly #profile: LipProfile;
  readonly #tint: readonly [number, number, number];

  /**
   * @param mouthWidth in widths without expression
   * @param saturation 0 for a photo without colours ... 1: shadows in a mouth are red, as far as the photo has colours
   */
  constructor(profile: LipProfile, mouthWidth: number, saturation: number) {
    this.#profile = profile;
    this.opening = profile.opening;
    const rounded = smoothstep(0.74, 0.96, mouthWidth);
    this.gate = clamp(0.65 + profile.opening / 0.14, 0.65, 1) * (0.28 + 0.72 * rounded);
    const tint = (channel: number): number => 1 + (channel - 1) * saturation;
    this.#tint = [tint(0.86), tint(1.06), tint(1.1)];
  }

  /** y of the upper and of the lower lip at x, and how far x lies from the left corner (0) to the right one (1). */
  lipsAt(x: number): [upper: number, lower: number, across: number] {
    const { left, width, columns } = this.#profile;
    const across = clamp((x - left) / Math.max(width, 1e-4), 0, 1);
    const column = clamp(across * PROFILE_COLUMNS - 0.5, 0, PROFILE_COLUMNS - 1);
    const k = Math.floor(column);
    const [a, b] = [columns[k]!, columns[Math.min(k + 1, PROFILE_COLUMNS - 1)]!];
    const part = column - k;
    return [a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1]), across];
  }

  /** Light between the lips at a place. */
  at(x: number, y: number): number {
    const [top, bottom, across] = this.lipsAt(x);
    const opening = Math.max(bottom - top, 1e-3);
    const upper = 0.6 + 0.4 * smoothstep(0, Math.min(0.06, 0.7 * opening), y - top);
    const lower = 0.3 + 0.7 * smoothstep(0, Math.min(0.08, 0.5 * opening), bottom - y);
    const corner = 0.3 + 0.7 * smoothstep(0, 0.28, Math.min(across, 1 - across));
    return upper * lower * corner;
  }

  /** Factor on a colour channel (0 red, 1 green, 2 blue) for an amount of light. */
  tinted(amount: number, channel: 0 | 1 | 2): number {
    return Math.max(amount, 0) ** this.#tint[channel];
  }

  /** Whether the lips touch all along: then nothing of the mouth can be seen. */
  get isSealed(): boolean {
    return this.#profile.columns.every(([upper, lower]) => lower <= upper);
  }
}
