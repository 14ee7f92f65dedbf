/**
 * @file Whether the rendered mouth really speaks. The command line renders videos in real Chromium; the landmark network tracks
 * their pictures; and the tracked mouth is compared with the commanded motion, other voices, silence and real people.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';

import { buildLibraryIfStale } from '../../scripts/lib/build-library.mjs';
import { DATA_FOLDER, decodeFlac, hasSharedData, readNpz, skipMessage } from '../fixtures/shared-data';
import { wavBytes } from '../fixtures/wav-bytes';
import { correlation, lipAperture, renderAndTrack, type TrackedRender } from './support/tracked-render';

const project = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const FACE = project('demo/portraits/illustration.jpg');
const PHOTO = project('demo/portraits/grace-hopper.jpg');
const WOMAN = project('demo/voices/sample-woman.mp3');
const MAN = project('demo/voices/sample-man.mp3');

beforeAll(async () => {
  expect(await buildLibraryIfStale()).toBe(true);
});

const commanded = ({ motion }: TrackedRender): number[] => motion.frames.map((frame) => frame.aperture_iod);
const tokens = ({ motion }: TrackedRender): number[][] => motion.frames.map((frame) => frame.tokens);
const quantile = (values: readonly number[], q: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(q * (values.length - 1))]!;

let woman: TrackedRender;
beforeAll(async () => {
  woman = await renderAndTrack(FACE, WOMAN);
});

describe('the bundled portraits and voices', () => {
  let man: TrackedRender;
  beforeAll(async () => {
    man = await renderAndTrack(FACE, MAN);
  });

  test('the mouth on the screen does what the motion says', () => {
    expect(quantile(woman.presence, 0.01)).toBeGreaterThan(0.5);
    expect(correlation(commanded(woman), woman.aperture)).toBeGreaterThan(0.8);
    // It opens and closes: it is neither frozen nor open all the time.
    expect(quantile(woman.aperture, 0.95) - quantile(woman.aperture, 0.05)).toBeGreaterThan(0.04);
  });

  test('another voice gives another motion', () => {
    const n = Math.min(woman.motion.frames.length, man.motion.frames.length);
    const same = tokens(woman)
      .slice(0, n)
      .filter((frame, i) => frame.join() === tokens(man)[i]!.join());
    expect(same.length).toBeLessThan(n / 2);
    expect(Math.abs(correlation(woman.aperture, man.aperture))).toBeLessThan(0.4);
  });

  test('the same motion moves another face', async () => {
    const photo = await renderAndTrack(PHOTO, WOMAN);
    expect(tokens(photo)).toEqual(tokens(woman));
    expect(correlation(commanded(photo), photo.aperture)).toBeGreaterThan(0.8);
  });
});

test('silence keeps the lips closed', async () => {
  const quiet = join(tmpdir(), `talking-portrait-silence-${process.pid}.wav`);
  // Room noise at about -70 dBFS instead of digital silence.
  let state = 1;
  const noise = Float32Array.from(
    { length: 16_000 * 3 },
    () => ((state = (state * 48271) % 2147483647) / 2147483647 - 0.5) * 1e-3,
  );
  writeFileSync(quiet, wavBytes(noise, 16_000));
  const silent = await renderAndTrack(FACE, quiet);
  expect(quantile(commanded(silent), 0.95)).toBeLessThan(0.01);
  // At this size the noise of the tracker is below 0.01 IOD.
  const rest = silent.aperture[0]!;
  expect(quantile(silent.aperture, 0.95) - rest).toBeLessThan(0.015);
});

describe(`real speakers that were not in training${skipMessage()}`, () => {
  type Clip = { id: string; group: string; audio: string; real: string; phones: string };
  const read = <Json>(name: string): Json =>
    JSON.parse(readFileSync(`${DATA_FOLDER}/eval-dev/${name}`, 'utf8')) as Json;

  /** Aperture of the real mouth, from tracked landmarks [n x 478 x 3], normalised to the picture. */
  function realAperture(clip: Clip): number[] {
    const landmarks = readNpz(`${DATA_FOLDER}/eval-dev/${clip.real}`, 'landmarks');
    const frame = 478 * 3;
    // Pictures of the corpus are 360 x 288, so y is brought to the scale of x.
    return Array.from({ length: landmarks.length / frame }, (_, n) =>
      lipAperture(
        landmarks.subarray(n * frame, (n + 1) * frame).map((value, i) => (i % 3 === 1 ? (value * 288) / 360 : value)),
      ),
    );
  }

  /** Loudness of each frame, dB: the motion of a jaw that only follows the energy. */
  async function energyEnvelope(clip: Clip): Promise<number[]> {
    const pcm = await decodeFlac(`${DATA_FOLDER}/eval-dev/${clip.audio}`);
    return Array.from({ length: Math.floor(pcm.length / 640) }, (_, n) => {
      const samples = pcm.subarray(n * 640, (n + 1) * 640);
      return 10 * Math.log10(samples.reduce((sum, s) => sum + s * s, 0) / samples.length + 1e-7);
    });
  }

  /** Frames from the first to the last phone. A mouth that is merely open while there is sound correlates with nothing there. */
  function speechFrames(clip: Clip): number[] {
    const { phones } = read<{ phones: [string, number, number][] }>(clip.phones);
    const spoken = phones.filter(([phone]) => !/^(sil|sp|<.*>)$/i.test(phone));
    const [first, last] = [Math.floor(spoken[0]![1] * 25), Math.ceil(spoken.at(-1)![2] * 25)];
    return Array.from({ length: last - first }, (_, i) => first + i);
  }

  test.skipIf(!hasSharedData)(
    'the rendered mouth follows theirs, closer than loudness does, and no other clip',
    async () => {
      const clips = read<Clip[]>('manifest.json')
        .filter(({ group }) => group === 'grid_s1')
        .slice(0, 4);
      const real = clips.map(realAperture);
      const loudness = await Promise.all(clips.map(energyEnvelope));
      const rendered: number[][] = [];
      for (const clip of clips) {
        rendered.push((await renderAndTrack(PHOTO, `${DATA_FOLDER}/eval-dev/${clip.audio}`)).aperture);
      }
      const inSpeech = (series: number[], other: number[], clip: Clip): number => {
        const frames = speechFrames(clip).filter((n) => n < series.length && n < other.length);
        return correlation(
          frames.map((n) => series[n]!),
          frames.map((n) => other[n]!),
        );
      };
      const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
      const matched = mean(clips.map((clip, i) => inSpeech(rendered[i]!, real[i]!, clip)));
      const envelope = mean(clips.map((clip, i) => inSpeech(loudness[i]!, real[i]!, clip)));
      // All sentences of the corpus have the same grammar and so a similar rhythm: another clip of it is not unrelated.
      const sibling = mean(
        clips.flatMap((clip, i) => rendered.filter((_, j) => j !== i).map((other) => inSpeech(other, real[i]!, clip))),
      );
      // The bundled voice is unrelated, from whatever point of its sentence the comparison begins.
      const stranger = mean(
        clips.flatMap((clip, i) =>
          [0, 40, 80, 120].map((from) => inSpeech(woman.aperture.slice(from), real[i]!, clip)),
        ),
      );
      console.log(
        `r in speech: rendered ${matched.toFixed(2)}, loudness ${envelope.toFixed(2)}, sibling clip ${sibling.toFixed(2)}, other voice ${stranger.toFixed(2)}`,
      );
      expect(matched).toBeGreaterThan(envelope);
      expect(matched - sibling).toBeGreaterThan(0.3);
      expect(Math.abs(stranger)).toBeLessThan(0.25);
    },
  );
});
