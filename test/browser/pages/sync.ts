/**
 * @file The page of sync.test.ts and of `npm run bench:sync`: a voice in chunks that come at uneven times, the sound that leaves the
 * page, and the mouth in the pictures that it shows.
 */
import { TalkingPortrait } from '../../../src/index';
import type { SyncPage } from '../../fixtures/sync-page';
import { restNow, seen, watchPictures } from './mouth-camera';
import { heard, tapLoudspeakers } from './sound-tap';

const RATE_HZ = 24_000;
/** Sound and silence in turns. */
const SYLLABLE_SECONDS = 0.32;
const FADE_SECONDS = 0.02;
/** Sound and mouth are compared in steps of 10 ms over windows of 4 s. */
const STEP_MS = 10;
const WINDOW_STEPS = 400;
const MAX_DELAY_STEPS = 30;
/** Chunks come this much faster than they sound, and late by up to so much. */
const SPEED = 1.2;
const MAX_JITTER_MS = 120;
/** The mouth is open when it differs from its rest by a quarter of its largest opening. */
const OPEN_SHARE = 0.25;
const AUDIBLE_RMS = 0.003;

tapLoudspeakers();
watchPictures();
const canvas = document.querySelector('canvas')!;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A recording, cut into syllables by silence. */
async function syllables(): Promise<Float32Array> {
  const file = await fetch('/demo/voices/sample-woman.mp3');
  const decoding = new OfflineAudioContext(1, 1, RATE_HZ);
  const recording = (await decoding.decodeAudioData(await file.arrayBuffer())).getChannelData(0);
  const length = SYLLABLE_SECONDS * RATE_HZ;
  const fade = FADE_SECONDS * RATE_HZ;
  const gap = new Float32Array(length);
  const parts: number[] = [];
  for (let at = 0; at + length <= recording.length; at += length) {
    const syllable = recording.slice(at, at + length);
    const power = syllable.reduce((sum, x) => sum + x * x, 0) / length;
    if (power < 1e-3) continue; // a pause of the speaker
    const loud = syllable.map((x, i) => x * Math.min(1, i / fade, (length - 1 - i) / fade));
    parts.push(...loud, ...gap);
  }
  return Float32Array.from(parts);
}

async function* chunks(voice: Float32Array, seconds: number, onFirst: () => void): AsyncGenerator<Float32Array> {
  const start = performance.now();
  const total = seconds * RATE_HZ;
  for (let at = 0, n = 0; at < total; n++) {
    const length = Math.min(total - at, (0.05 + 0.2 * ((n * 0.618) % 1)) * RATE_HZ) | 0 || 1;
    if (n === 0) onFirst();
    yield Float32Array.from({ length }, (_, i) => voice[(at + i) % voice.length]!);
    at += length;
    const due = start + ((at / RATE_HZ) * 1000) / SPEED + MAX_JITTER_MS * ((n * 0.382) % 1);
    await pause(Math.max(0, due - performance.now()));
  }
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [a, b].map((x) => x.reduce((sum, value) => sum + value, 0) / x.length) as [number, number];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i]! - meanA) * (b[i]! - meanB);
    aa += (a[i]! - meanA) ** 2;
    bb += (b[i]! - meanB) ** 2;
  }
  return ab / Math.sqrt(aa * bb || 1);
}

/** The delay of the mouth in each window, and how well it fits there. */
function compare(): { mouthMs: number[]; fits: number[] } {
  const [from, to] = [Math.max(heard.range[0], seen.range[0]), Math.min(heard.range[1], seen.range[1])];
  const sounds = heard.sampled(from, to, STEP_MS).map(Math.sqrt);
  const mouths = seen.sampled(from, to, STEP_MS);
  const result: { mouthMs: number[]; fits: number[] } = { mouthMs: [], fits: [] };
  const most = MAX_DELAY_STEPS;
  for (let at = most; at + WINDOW_STEPS + most < sounds.length; at += WINDOW_STEPS) {
    const window = sounds.slice(at, at + WINDOW_STEPS);
    if (Math.max(...window) === 0) continue;
    const fits = Array.from({ length: 2 * most + 1 }, (_, i) => {
      const first = at + i - most;
      return correlation(window, mouths.slice(first, first + WINDOW_STEPS));
    });
    const best = Math.max(...fits);
    result.mouthMs.push((fits.indexOf(best) - most) * STEP_MS);
    result.fits.push(best);
  }
  return result;
}

const syncPage: SyncPage = {
  async speak(seconds, size) {
    const portrait = await TalkingPortrait.create({
      canvas,
      portrait: '/demo/portraits/grace-hopper.jpg',
      size,
      output: { crop: 'face' },
      modelBaseUrl: '/models/',
      // The mouth only.
      controls: { stillness: 1, expressiveness: 0, secondaryMotion: 0 },
    });
    const [skewMs, fps]: [number[], number[]] = [[], []];
    portrait.on('stats', (stats) => {
      if (stats.state !== 'speaking') return;
      skewMs.push(stats.skewMs);
      fps.push(stats.fps);
    });
    const voice = await syllables();
    await pause(1000); // The first pictures are late while everything is compiled.
    restNow();
    seen.clear();
    let firstChunkMs = 0;
    const spoken = portrait.speak(
      chunks(voice, seconds, () => (firstChunkMs = performance.now())),
      { sampleRate: RATE_HZ },
    );
    const { reason, spokenMs } = await spoken;
    await portrait.close();
    return {
      ...compare(),
      skewMs,
      fps,
      firstSoundMs: heard.firstAbove(AUDIBLE_RMS) - firstChunkMs,
      firstMouthMs: seen.firstAbove(OPEN_SHARE * seen.largest()) - firstChunkMs,
      reason,
      spokenMs,
    };
  },
};
Object.assign(globalThis, { syncPage });
