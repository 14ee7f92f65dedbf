/** @file Contact sheet of the rendered mouth for visual inspection: every P, B, M and some open vowels of ten clips. */
import { readFileSync } from 'node:fs';
import { launchChrome } from '../../cli/chrome.mjs';
import type { ClipFiles } from './clip-files';
import type { EvalClip } from './manifest';
import { runProgram } from './processes';
import type { ClipSeries } from './score';

const FPS = 25;
const CLIPS = 10;
const CLOSURES = 5;
const VOWELS = 3;
const TILE_PX = 132;
/** Side of the square around the mouth, IOD. */
const REACH_IOD = 0.8;
const CLOSING = new Set(['P', 'B', 'M']);
const OPEN = new Set(['AA', 'AE', 'AH', 'AY', 'AW', 'EH']);
/** Floats of one tracked frame: landmarks, blend shapes, pose. */
const TRACK_ROW = 478 * 3 + 52 + 16;
const [LEFT_EYE, RIGHT_EYE, UPPER_LIP, LOWER_LIP] = [33, 263, 13, 14];

type Shot = { frame: number; phone: string; start_s: number; opening: number; closing: boolean; closed: boolean };

/**
 * The frames of a clip to show: the one with the smallest opening of each closure, and the one with the largest of each
 * open vowel.
 */
export function shotsOf({ rendered, rendered_closed, phones }: ClipSeries): Shot[] {
  const pick = (closing: boolean, most: number): Shot[] =>
    phones
      .filter(([phone]) => (closing ? CLOSING : OPEN).has(phone))
      .flatMap(([phone, start_s, end_s]) => {
        const grow = closing ? 1 : 0;
        const from = Math.max(0, Math.floor(start_s * FPS + 0.25) - grow);
        const span = rendered.slice(from, Math.ceil(end_s * FPS - 0.25) + grow);
        const best = span.reduce<number>((kept, value, index) => {
          const held = span[kept];
          if (value === null || value === undefined) return kept;
          if (held === null || held === undefined) return index;
          return (closing ? value < held : value > held) ? index : kept;
        }, 0);
        const opening = span[best];
        if (opening === null || opening === undefined) return [];
        return [{ frame: from + best, phone, start_s, opening, closing, closed: opening < rendered_closed }];
      })
      .slice(0, most);
  return [...pick(true, CLOSURES), ...pick(false, VOWELS)];
}

/** Ten clips with closures, from as many speakers as possible. */
export function sheetClips(series: ClipSeries[]): ClipSeries[] {
  const closures = ({ phones }: ClipSeries): number => phones.filter(([phone]) => CLOSING.has(phone)).length;
  const usable = series.filter((clip) => closures(clip) > 0).toSorted((a, b) => closures(b) - closures(a));
  const first = usable.filter(({ speaker }, index) => usable.findIndex((clip) => clip.speaker === speaker) === index);
  return [...first, ...usable.filter((clip) => !first.includes(clip))].slice(0, CLIPS);
}

/** Square around the mouth in the rendered picture, as fractions of its width and height. */
function mouthBox(track: string): { x: number; y: number; side: number } {
  const bytes = readFileSync(track);
  const rows = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const median = (landmark: number, axis: number): number => {
    const values: number[] = [];
    for (let at = 3 * landmark + axis; at < rows.length; at += TRACK_ROW)
      if (Number.isFinite(rows[at]!)) values.push(rows[at]!);
    return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0.5;
  };
  const side = REACH_IOD * Math.abs(median(RIGHT_EYE, 0) - median(LEFT_EYE, 0));
  const middle = (axis: number): number => (median(UPPER_LIP, axis) + median(LOWER_LIP, axis)) / 2;
  return { x: middle(0) - side / 2, y: middle(1) - side / 2, side };
}

/** Frames of a video as PNG data. */
async function framesOf(video: string, track: string, frames: number[], signal: AbortSignal): Promise<string[]> {
  const { x, y, side } = mouthBox(track);
  const wanted = [...new Set(frames)].toSorted((a, b) => a - b);
  const select = wanted.map((frame) => `eq(n\\,${frame})`).join('+');
  const crop = `crop=iw*${side}:iw*${side}:iw*${x}:ih*${y},scale=${TILE_PX}:${TILE_PX}`;
  const args = ['-v', 'error', '-i', video, '-vf', `select='${select}',${crop}`, '-fps_mode', 'passthrough'];
  const output = await runProgram('ffmpeg', [...args, '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'], { signal });
  const { PNG } = await import('pngjs');
  const pixels = TILE_PX * TILE_PX;
  const pictures = wanted.map((_, index) => {
    const png = new PNG({ width: TILE_PX, height: TILE_PX });
    for (let p = 0; p < pixels; p++) {
      for (let c = 0; c < 3; c++) png.data[4 * p + c] = output[3 * (index * pixels + p) + c] ?? 0;
      png.data[4 * p + 3] = 255;
    }
    return `data:image/png;base64,${PNG.sync.write(png).toString('base64')}`;
  });
  return frames.map((frame) => pictures[wanted.indexOf(frame)]!);
}

/** Draws the sheet into `file`. @returns how many of its closures the evaluator counts as closed */
export async function drawSheet(
  series: ClipSeries[],
  clips: EvalClip[],
  files: ClipFiles,
  file: string,
  signal: AbortSignal,
): Promise<{ closed: number; closures: number }> {
  const rows: string[] = [];
  const all: Shot[] = [];
  for (const one of sheetClips(series)) {
    const clip = clips.find(({ id }) => id === one.id)!;
    const shots = shotsOf(one);
    all.push(...shots);
    const pictures = await framesOf(
      files.video(clip),
      files.track(clip),
      shots.map(({ frame }) => frame),
      signal,
    );
    const tiles = shots.map(
      ({ phone, start_s, opening, closing, closed }, index) =>
        `<figure class="${closing ? (closed ? 'closed' : 'missed') : 'vowel'}"><img src="${pictures[index]}"><figcaption><b>${phone}</b> ${start_s.toFixed(2)} s, ${(100 * opening).toFixed(1)} %</figcaption></figure>`,
    );
    rows.push(`<h2>${one.id}</h2><section>${tiles.join('')}</section>`);
  }
  const style = `body{margin:0;padding:10px;width:${8 * (TILE_PX + 14)}px;font:12px system-ui,sans-serif;background:#fff;color:#222}
    h2{font-size:12px;margin:6px 0 2px}section{display:flex}figure{margin:0 4px 4px 0;border:3px solid;line-height:1.3}
    figcaption{padding:0 3px}img{display:block}.closed{border-color:#2da44e}.missed{border-color:#cf222e}.vowel{border-color:#d0d7de}`;
  const browser = await launchChrome({ handleSignals: false });
  try {
    const page = await browser.newPage({ viewport: { width: 8 * (TILE_PX + 14) + 20, height: 100 } });
    await page.setContent(`<style>${style}</style>${rows.join('')}`);
    const type = /\.png$/i.test(file) ? 'png' : 'jpeg';
    await page.screenshot({ path: file, type, fullPage: true, ...(type === 'jpeg' && { quality: 82 }) });
  } finally {
    await browser.close();
  }
  const closures = all.filter(({ closing }) => closing);
  return { closed: closures.filter(({ closed }) => closed).length, closures: closures.length };
}
