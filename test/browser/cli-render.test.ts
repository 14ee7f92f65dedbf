/** @file End-to-end tests of `talking-portrait render` and `analyse` with real Chromium, models and files. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ALL_FORMATS, BlobSource, EncodedPacketSink, Input, type InputTrack } from 'mediabunny';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { buildLibraryIfStale } from '../../scripts/lib/build-library.mjs';
import type { RenderStats } from '../../src/core/render-stats';
import type { MotionTrack } from '../../src/recorder';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PORTRAIT = join(ROOT, 'demo/portraits/eileen-collins.jpg');
/** 0.6 s of sound at 16 kHz. */
const VOICE = join(ROOT, 'test/fixtures/click.wav');
const SECONDS = 0.6;

let folder: string;
beforeAll(async () => {
  expect(await buildLibraryIfStale()).toBe(true);
});
beforeEach(() => {
  if (folder) rmSync(folder, { recursive: true });
  folder = mkdtempSync(join(tmpdir(), 'talking-portrait-render-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Nothing, or that this browser has no encoder that every player of MP4 files knows. */
const CODEC_WARNING = /^(warning: This browser has no (H\.264|AAC).*\n)?$/;

type Outcome = { code: number | null; stderr: string };

/** Starts a command in `folder`. */
function start(args: string[], command = 'render') {
  const child = spawn(process.execPath, [join(ROOT, 'cli/main.mjs'), command, ...args], { cwd: folder });
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const ended: Promise<Outcome> = once(child, 'exit').then(([code]) => ({ code: code as number | null, stderr }));
  return { child, ended, stderr: () => stderr };
}

const run = (...args: string[]): Promise<Outcome> => start(args).ended;
const analyse = (...args: string[]): Promise<Outcome> => start(args, 'analyse').ended;
const read = <Json>(name: string): Json => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Json;

async function packetTimes(track: InputTrack): Promise<number[]> {
  const times: number[] = [];
  for await (const packet of new EncodedPacketSink(track).packets()) times.push(packet.timestamp);
  return times;
}

/** What a player reads from a video file. */
async function probe(name: string) {
  const input = new Input({
    source: new BlobSource(new Blob([readFileSync(join(folder, name))])),
    formats: ALL_FORMATS,
  });
  const video = (await input.getPrimaryVideoTrack())!;
  const audio = (await input.getPrimaryAudioTrack())!;
  return {
    mimeType: await input.getMimeType(),
    width: await video.getDisplayWidth(),
    height: await video.getDisplayHeight(),
    times: await packetTimes(video),
    soundStart: await audio.getFirstTimestamp(),
    soundEnd: await audio.computeDuration(),
  };
}

describe('talking-portrait render', () => {
  test('writes an MP4 with sound, and pictures, motion and stats as files', async () => {
    const outputs = ['--out', 'talk.mp4', '--motion', 'motion.json', '--stats', 'stats.json', '--frames', 'frames'];
    const outcome = await run('--portrait', PORTRAIT, '--audio', VOICE, '--size', '256', ...outputs);
    expect(outcome).toMatchObject({ code: 0 });
    expect(readdirSync(folder).sort()).toEqual(['frames', 'motion.json', 'stats.json', 'talk.mp4']);

    const frameCount = SECONDS * 25;
    const file = await probe('talk.mp4');
    expect(file.mimeType).toMatch(/^video\/mp4; codecs="(avc|vp09|av01).*(mp4a|opus)/);
    expect([file.width, file.height]).toEqual([256, 256]);
    for (const name of ['talk.mp4', 'frames/000000.png'])
      expect(readFileSync(join(folder, name)).includes('compositeWithTrainedAlgorithmicMedia'), name).toBe(true);
    expect(file.times).toHaveLength(frameCount);
    [...file.times].sort((a, b) => a - b).forEach((time, index) => expect(time).toBeCloseTo(index / 25, 3));
    expect(Math.abs(file.soundStart)).toBeLessThan(0.01);
    expect(Math.abs(file.soundEnd - SECONDS)).toBeLessThan(0.05);

    const pictures = readdirSync(join(folder, 'frames')).sort();
    expect(pictures).toEqual(Array.from({ length: frameCount }, (_, n) => `${String(n).padStart(6, '0')}.png`));
    const decoded = pictures.map((name) => PNG.sync.read(readFileSync(join(folder, 'frames', name))));
    for (const { width, height, data } of decoded) {
      expect([width, height]).toEqual([256, 256]);
      // A face has many shades, unlike an empty picture.
      expect(new Set(data.filter((_, index) => index % 4 === 0)).size).toBeGreaterThan(64);
    }

    const motion = read<MotionTrack>('motion.json');
    expect(motion.fps).toBe(25);
    expect(motion.frames).toHaveLength(frameCount);
    for (const { tokens, latent, ...figures } of motion.frames) {
      expect(tokens.length).toBeGreaterThan(0);
      expect(tokens.every((token) => Number.isInteger(token) && token >= 0)).toBe(true);
      expect(latent).toHaveLength(70);
      expect(latent.every(Number.isFinite)).toBe(true);
      const names = ['aperture_iod', 'blink', 'pitch_deg', 'roll_deg', 'width_iod', 'yaw_deg'];
      expect(Object.keys(figures).sort()).toEqual(names);
      expect(Object.values(figures).every(Number.isFinite)).toBe(true);
    }

    const stats = read<RenderStats>('stats.json');
    expect(stats.adapter).not.toBe('');
    expect(['wgsl', 'wasm']).toContain(stats.backend);
    expect(stats.frames).toBe(frameCount);
    expect(stats.seconds_audio).toBeCloseTo(SECONDS, 3);
    expect(stats.real_time_factor).toBeGreaterThan(0);
    expect(Object.keys(stats.stages).length).toBeGreaterThanOrEqual(3);
    for (const { median_ms, p95_ms } of Object.values(stats.stages)) {
      expect(median_ms).toBeGreaterThanOrEqual(0);
      expect(p95_ms).toBeGreaterThanOrEqual(median_ms);
    }
  });

  test('writes a WebM at another frame rate, with motion still at 25 frames per second', async () => {
    const outputs = ['--out', 'talk.webm', '--motion', 'motion.json', '--fps', '30'];
    const outcome = await run('--portrait', PORTRAIT, '--audio', VOICE, '--size', '128', '--quiet', ...outputs);
    expect(outcome).toEqual({ code: 0, stderr: '' });
    expect(readFileSync(join(folder, 'talk.webm')).includes('compositeWithTrainedAlgorithmicMedia')).toBe(true);
    const file = await probe('talk.webm');
    expect(file.mimeType).toMatch(/^video\/webm/);
    expect(file.times).toHaveLength(SECONDS * 30);
    expect(read<MotionTrack>('motion.json').frames).toHaveLength(SECONDS * 25);
  });

  test('renders the same pictures for the same seed and other motion for another', async () => {
    const render = async (name: string, seed: string) => {
      // A fixed backend, because `auto` measures which one is faster each time, and their rounding differs.
      const same = ['--portrait', PORTRAIT, '--audio', VOICE, '--size', '128', '--backend', 'wasm', '--quiet'];
      const inputs = [...same, '--seed', seed];
      const outcome = await run(...inputs, '--out', 'x.mp4', '--frames', name, '--motion', `${name}.json`);
      expect(outcome).toEqual({ code: 0, stderr: expect.stringMatching(CODEC_WARNING) as string });
      const pictures = readdirSync(join(folder, name)).map((file) =>
        createHash('sha256')
          .update(readFileSync(join(folder, name, file)))
          .digest('hex'),
      );
      return { pictures, tokens: read<MotionTrack>(`${name}.json`).frames.map(({ tokens }) => tokens) };
    };
    const [first, again, other] = [await render('a', '5'), await render('b', '5'), await render('c', '6')];
    expect(again).toEqual(first);
    expect(other.tokens).not.toEqual(first.tokens);
  });
});

describe('talking-portrait analyse', () => {
  test('saves a portrait that renders the same pictures as its photo', async () => {
    const outcome = await analyse(PORTRAIT, '--out', 'face.portrait');
    expect(outcome).toMatchObject({ code: 0 });
    expect(outcome.stderr).toMatch(/analysing the portrait/);
    expect(readdirSync(folder)).toEqual(['face.portrait']);
    const same = ['--audio', VOICE, '--size', '128', '--backend', 'wasm', '--quiet', '--out', 'x.mp4'];
    for (const [name, portrait] of [
      ['photo', PORTRAIT],
      ['saved', 'face.portrait'],
    ] as const)
      expect(await run('--portrait', portrait, ...same, '--frames', name)).toEqual({
        code: 0,
        stderr: expect.stringMatching(CODEC_WARNING) as string,
      });
    const last = (name: string) => readFileSync(join(folder, name, '000014.png'));
    expect(last('saved').equals(last('photo'))).toBe(true);
  });

  test('rejects a file that is not a picture in one line and leaves no file behind', async () => {
    writeFileSync(join(folder, 'face.jpg'), 'not a JPEG');
    const { code, stderr } = await analyse('face.jpg', '--out', 'face.portrait', '--quiet');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^talking-portrait: .*picture.*\n$/i);
    expect(readdirSync(folder)).toEqual(['face.jpg']);
    expect((await analyse('nobody.jpg', '--out', 'face.portrait')).stderr).toMatch(/does not exist: nobody.jpg/);
  });
});

describe('talking-portrait render fails with one line and leaves no file behind', () => {
  const failed = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await run(...args, '--out', 'talk.mp4', '--motion', 'motion.json', '--quiet');
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(readdirSync(folder).filter((name) => /talk|motion|part/.test(name))).toEqual([]);
    return stderr;
  };

  test('if the voice is not a sound file', async () => {
    writeFileSync(join(folder, 'noise.wav'), 'RIFF, but not really');
    expect(await failed('--portrait', PORTRAIT, '--audio', 'noise.wav')).toMatch(/sound.*WAV, FLAC, MP3 or Ogg/);
  });

  test('if the portrait is not a picture', async () => {
    writeFileSync(join(folder, 'face.jpg'), 'not a JPEG');
    expect(await failed('--portrait', 'face.jpg', '--audio', VOICE)).toMatch(
      /^talking-portrait: .*(picture|image|photo)/i,
    );
  });

  test('if the picture contains no face', async () => {
    const empty = new PNG({ width: 256, height: 256 });
    empty.data.forEach((_, index) => (empty.data[index] = index % 4 === 3 ? 255 : (index >> 10) & 255));
    writeFileSync(join(folder, 'wall.png'), PNG.sync.write(empty));
    expect(await failed('--portrait', 'wall.png', '--audio', VOICE)).toMatch(/face/);
  });
});

test('Ctrl-C closes Chrome and leaves no file behind', async () => {
  const { child, ended, stderr } = start(['--portrait', PORTRAIT, '--audio', VOICE, '--out', 'talk.mp4']);
  while (!stderr().includes('loading models')) await once(child.stderr, 'data');
  child.kill('SIGINT');
  const { code } = await ended;
  expect(code).toBe(130);
  expect(readdirSync(folder)).toEqual([]);
});
