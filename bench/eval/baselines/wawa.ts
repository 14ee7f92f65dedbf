/** @file wawa-lipsync (npm, MIT) in headless Chrome, with the easing of its own example. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchChrome } from '../../../cli/chrome.mjs';
import { ROOT } from '../../../scripts/lib/tools.mjs';
import type { MouthSeries } from './series-file';
import { mouthOfVisemes } from './visemes';

/** Sample rate of the input, Hz. */
export const WAWA_RATE_HZ = 48_000;
const DISPLAY_RATE_HZ = 60;
/**
 * Share of the remaining distance to its target weight that a viseme covers per picture, from the example of the
 * library.
 */
const EASING = { vowel: 0.2, other: 0.4, away: 0.2 };
const VOWELS = new Set(['viseme_aa', 'viseme_E', 'viseme_I', 'viseme_O', 'viseme_U']);

/** @param sounds mono PCM at WAWA_RATE_HZ @returns mouths in the same order */
export async function wawaMouths(sounds: Float32Array[], signal: AbortSignal): Promise<MouthSeries[]> {
  const source = readFileSync(join(ROOT, 'node_modules/wawa-lipsync/dist/wawa-lipsync.es.js'), 'utf8');
  const browser = await launchChrome({ handleSignals: false });
  try {
    const mouths: MouthSeries[] = [];
    for (const sound of sounds) {
      signal.throwIfAborted();
      const page = await browser.newPage();
      await page.addScriptTag({ path: fileURLToPath(new URL('wawa-page.js', import.meta.url)) });
      const visemes = (await page.evaluate(
        ([code, pcm, rate, display]) =>
          (globalThis as unknown as { wawaVisemes: (...args: unknown[]) => Promise<string[]> }).wawaVisemes(
            code,
            pcm,
            rate,
            display,
          ),
        [source, Buffer.from(sound.buffer).toString('base64'), WAWA_RATE_HZ, DISPLAY_RATE_HZ] as const,
      )) as string[];
      mouths.push(mouthOfVisemes(eased(visemes)));
      await page.close();
    }
    return mouths;
  } finally {
    await browser.close();
  }
}

/** Viseme weights in the middle of each video frame. */
function eased(visemes: string[]): Record<string, number>[] {
  const weights: Record<string, number> = {};
  const frames: Record<string, number>[] = [];
  visemes.forEach((active, picture) => {
    weights[active] ??= 0;
    for (const viseme of Object.keys(weights)) {
      const [target, share] =
        viseme === active ? [1, VOWELS.has(active) ? EASING.vowel : EASING.other] : [0, EASING.away];
      weights[viseme]! += share * (target - weights[viseme]!);
    }
    while ((frames.length + 0.5) / 25 <= (picture + 1) / DISPLAY_RATE_HZ) frames.push({ ...weights });
  });
  return frames;
}
