/**
 * @file Renders a portrait with the command line and measures the pictures with the library's landmark network: the
 * mouth as it appears on the screen, not as commanded.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PNG } from 'pngjs';

import { FaceLandmarker } from '../../../src/portrait/analysis/face-landmarker';
import { roiFromLandmarks } from '../../../src/portrait/analysis/face-roi';
import type { RenderStats } from '../../../src/core/render-stats';
import type { MotionTrack } from '../../../src/recorder';
import type { RgbaImage } from '../../../src/core/rgba-image';
import { nodeModelLoader, nodeOnnxOptions } from '../../fixtures/node-models';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Upper and lower inner lip at three places, and the outer eye corners. */
const LIP_GAPS = [
  [13, 14],
  [82, 87],
  [312, 317],
] as const;
const EYE_CORNERS = [33, 263] as const;

export type TrackedRender = {
  motion: MotionTrack;
  stats: RenderStats;
  stderr: string;
  /** Per frame: mean of three inner-lip gaps, as a fraction of the distance between the outer eye corners. */
  aperture: number[];
  /** Per frame: probability that the picture shows a face. */
  presence: number[];
};

/** Mean lip gap of a set of landmarks [n x 3], as a fraction of the distance between the outer eye corners. */
export function lipAperture(points: ArrayLike<number>): number {
  const distance = (a: number, b: number): number =>
    Math.hypot(points[3 * a]! - points[3 * b]!, points[3 * a + 1]! - points[3 * b + 1]!);
  const eyes = distance(...EYE_CORNERS);
  return LIP_GAPS.reduce((sum, [a, b]) => sum + distance(a, b) / eyes, 0) / LIP_GAPS.length;
}

/** @param size of the picture; 256 is enough for the landmark network, whose input has 192 pixels */
export async function renderAndTrack(
  portrait: string,
  audio: string,
  { size = 256, seed = 1 } = {},
): Promise<TrackedRender> {
  const folder = mkdtempSync(join(tmpdir(), 'talking-portrait-tracked-'));
  try {
    const at = (name: string): string => join(folder, name);
    const files = [
      '--out',
      at('talk.mp4'),
      '--motion',
      at('motion.json'),
      '--stats',
      at('stats.json'),
      '--frames',
      at('frames'),
    ];
    const inputs = [
      '--portrait',
      portrait,
      '--audio',
      audio,
      '--size',
      String(size),
      '--seed',
      String(seed),
      '--quiet',
    ];
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(ROOT, 'cli/main.mjs'), 'render', ...inputs, ...files],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`render failed: ${stderr}`);
    const landmarker = await FaceLandmarker.create(nodeModelLoader(), await nodeOnnxOptions());
    const [aperture, presence]: [number[], number[]] = [[], []];
    // The whole picture is the first guess, because portraits are cropped around the head.
    let roi = { centreX: size / 2, centreY: size / 2, size: size * 0.7, angle: 0 };
    for (const name of readdirSync(at('frames')).sort()) {
      const { width, height, data } = PNG.sync.read(readFileSync(join(at('frames'), name)));
      const image: RgbaImage = { width, height, data: new Uint8ClampedArray(data) };
      if (aperture.length === 0) roi = roiFromLandmarks((await landmarker.landmarks(image, roi)).points);
      const face = await landmarker.landmarks(image, roi);
      roi = roiFromLandmarks(face.points);
      aperture.push(lipAperture(face.points));
      presence.push(face.presence);
    }
    await landmarker.close();
    const read = <Json>(name: string): Json => JSON.parse(readFileSync(at(name), 'utf8')) as Json;
    return { motion: read('motion.json'), stats: read('stats.json'), stderr, aperture, presence };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Pearson correlation of two series, over the length of the shorter. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const n = Math.min(a.length, b.length);
  const mean = (x: readonly number[]): number => x.slice(0, n).reduce((sum, v) => sum + v, 0) / n;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    ab += (a[i]! - ma) * (b[i]! - mb);
    aa += (a[i]! - ma) ** 2;
    bb += (b[i]! - mb) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}
