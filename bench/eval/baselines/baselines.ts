/** @file The other methods on the same clips. */
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

/** What a method makes of the clips, kept below the output folder. */
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

/** The rendered face of a clip's first frame for the whole clip: a mouth that does not move. */
export function predictStill(prediction: Prediction, files: ClipFiles): Prediction {
  const bytes = readFileSync(prediction.file);
  const rows = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const frames = rows.length / TRACK_ROW;
  let first = 0;
  while (first < frames - 1 && Number.isNaN(rows[first * TRACK_ROW]!)) first++;
  const row = rows.slice(first * TRACK_ROW, (first + 1) * TRACK_ROW);
  for (let frame = 0; frame < frames; frame++) rows.set(row, frame * TRACK_ROW);
  const file = join(files.trackFolder, `${prediction.clip.name}.still.f32`);
  writeFileSync(file, rows);
  return { ...prediction, file };
}
