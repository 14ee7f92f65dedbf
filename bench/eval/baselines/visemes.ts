/** @file Opening and width of the mouth of a typical rig for each Oculus viseme. */
import type { MouthSeries } from './series-file';

/** Opening 0 ... 1, and width -1 (round) ... 1 (spread), of the viseme at full weight. */
const SHAPES: Record<string, readonly [opening: number, width: number]> = {
  viseme_sil: [0, 0],
  viseme_PP: [0, 0],
  viseme_FF: [0.1, 0.1],
  viseme_TH: [0.25, 0.1],
  viseme_DD: [0.3, 0.1],
  viseme_kk: [0.35, 0.1],
  viseme_CH: [0.3, -0.4],
  viseme_SS: [0.15, 0.2],
  viseme_nn: [0.25, 0.1],
  viseme_RR: [0.3, -0.3],
  viseme_aa: [1, 0.1],
  viseme_E: [0.6, 0.4],
  viseme_I: [0.35, 0.5],
  viseme_O: [0.7, -0.6],
  viseme_U: [0.35, -0.8],
};

/** Mouth of blended visemes. @param frames weights of all visemes, one entry per video frame */
export function mouthOfVisemes(frames: Record<string, number>[]): MouthSeries {
  const blend = (weights: Record<string, number>, part: 0 | 1): number =>
    Object.entries(weights).reduce((sum, [viseme, weight]) => sum + weight * (SHAPES[viseme]?.[part] ?? 0), 0);
  return { aperture: frames.map((weights) => blend(weights, 0)), width: frames.map((weights) => blend(weights, 1)) };
}
