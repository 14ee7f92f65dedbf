/** @file Runs the baseline methods on the same clips. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClipFiles, fileHash } from '../clip-files';
import type { EvalClip } from '../manifest';
import { decodeSound } from '../processes';
import type { Prediction } from '../score';
import { ENERGY_RATE_HZ, energyEnvelope } from './energy';
import { HEAD_AUDIO_RATE_HZ, headAudioMouth } from './head-audio';
import { type MouthSeries, writeSeries } from './series-file';
import { WAWA_RATE_HZ, wawaMouths } from './wawa';

type Method = { rate: number; mouths: (sounds: Float32Array[], signal: AbortSignal) => Promise<MouthSeries[]> };

const METHODS: Record<string, Method> = {
  'energy envelope': {
    rate: ENERGY_RATE_HZ,
    mouths: async (sounds) => sounds.map(energyEnvelope),
  },
  'wawa-lipsync': { rate: WAWA_RATE_HZ, mouths: wawaMouths },
  HeadAudio: {
    rate: HEAD_AUDIO_RATE_HZ,
    mouths: async (sounds) => {
      const mouths: MouthSeries[] = [];
      for (const sound of sounds) mouths.push(await headAudioMouth(sound));
      return mouths;
    },
  },
};

export const BASELINES = Object.keys(METHODS);

/** Predictions of a method for the clips, cached below the output folder. */
export async function predictBaseline(
  method: string,
  clips: EvalClip[],
  out: string,
  signal: AbortSignal,
): Promise<Prediction[]> {
  const { rate, mouths } = METHODS[method]!;
  const predictions = clips.map((clip) => {
    const name = `${clip.name}-${fileHash(clip.audio)}.csv`;
    return { clip, file: join(out, 'baselines', method.replaceAll(' ', '-'), name) };
  });
  const missing = predictions.filter(({ file }) => !existsSync(file));
  const sounds: Float32Array[] = [];
  for (const { clip } of missing) sounds.push(await decodeSound(clip.audio, rate, signal));
  if (missing.length > 0)
    (await mouths(sounds, signal)).forEach((mouth, index) => writeSeries(missing[index]!.file, mouth));
  return predictions;
}

/** Floats of one tracked frame: landmarks, blend shapes, pose. */
const TRACK_ROW = 478 * 3 + 52 + 16;

/** The first rendered face, repeated for every frame of every clip: a mouth that does not move. */
export function predictStill(predictions: Prediction[], files: ClipFiles): Prediction[] {
  const tracks = predictions.map(({ file }) => {
    const { buffer, byteOffset, length } = readFileSync(file);
    return new Float32Array(buffer.slice(byteOffset, byteOffset + length));
  });
  let face: Float32Array | undefined;
  for (const rows of tracks)
    for (let at = 0; !face && at < rows.length; at += TRACK_ROW)
      if (!Number.isNaN(rows[at]!)) face = rows.slice(at, at + TRACK_ROW);
  return predictions.map((prediction, k) => {
    const rows = tracks[k]!;
    if (face) for (let at = 0; at < rows.length; at += TRACK_ROW) rows.set(face, at);
    const file = join(files.trackFolder, `${prediction.clip.name}.still.f32`);
    writeFileSync(file, rows);
    return { ...prediction, file };
  });
}
