/** @file Real and rendered opening of the mouth over time, drawn as SVG. */
import type { ClipSeries } from './score';

const WIDTH = 960;
const PANEL_HEIGHT = 150;
const MARGIN = { left: 46, right: 20, top: 30, bottom: 22 };
const GAP = 18;
const LEGEND_HEIGHT = 34;
const FPS = 25;
const CLOSING = new Set(['P', 'B', 'M']);

/** Representative clips: from each group the one with the median r, then other speakers. */
export function typicalClips(clips: ClipSeries[], count = 4): ClipSeries[] {
  const middle = [...new Set(clips.map(({ group }) => group))].map((name) => {
    const own = clips.filter(({ group }) => group === name).toSorted((a, b) => (a.r_speech ?? 0) - (b.r_speech ?? 0));
    return own[own.length >> 1]!;
  });
  const speakers = new Set(middle.map(({ speaker }) => speaker));
  const others = clips.filter((clip) => !middle.includes(clip));
  const unheard = others.filter(({ speaker }) => !speakers.has(speaker));
  return [...middle, ...unheard, ...others.filter((clip) => !unheard.includes(clip))].slice(0, count);
}

/** The drawing, which adapts to the light or dark mode of the reader. */
export function drawCurves(clips: ClipSeries[], portrait: string): string {
  const height = LEGEND_HEIGHT + clips.length * (PANEL_HEIGHT + GAP);
  const panels = clips.map((clip, index) => panel(clip, LEGEND_HEIGHT + index * (PANEL_HEIGHT + GAP)));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12">
<title>Opening of the real and of the rendered mouth</title>
<style>
.back { fill: #fff } .ink { fill: #24292f } .soft { fill: #57606a } .axis { stroke: #d0d7de } .silence { fill: #57606a; opacity: .1 }
.real { fill: none; stroke: #57606a; stroke-width: 1.6 } .ours { fill: none; stroke: #0969da; stroke-width: 2 } .close { fill: #bc4c00; opacity: .22 } .letter { fill: #bc4c00; font-weight: 600 }
@media (prefers-color-scheme: dark) {
.back { fill: #0d1117 } .ink { fill: #e6edf3 } .soft { fill: #9198a1 } .axis { stroke: #30363d } .silence { fill: #9198a1 }
.real { stroke: #9198a1 } .ours { stroke: #58a6ff } .close { fill: #ffa657 } .letter { fill: #ffa657 }
}
</style>
<rect class="back" width="${WIDTH}" height="${height}"/>
<g transform="translate(${MARGIN.left} 20)"><path class="real" d="M0 -4h24"/><text class="ink" x="30">the person who spoke</text>
<path class="ours" d="M180 -4h24"/><text class="ink" x="210">${escape(portrait)}, rendered and tracked</text>
<rect class="close" x="470" y="-12" width="12" height="14"/><text class="ink" x="488">P, B, M</text>
<rect class="silence" x="550" y="-12" width="12" height="14"/><text class="ink" x="568">silence</text>
<text class="soft" x="640">opening above rest, % of the eye distance</text></g>
${panels.join('\n')}
</svg>
`;
}

function panel({ id, group, real, rendered, speech, phones, r_speech }: ClipSeries, top: number): string {
  const frames = real.length;
  const x0 = MARGIN.left;
  const x = (frame: number): number => x0 + ((WIDTH - MARGIN.left - MARGIN.right) * frame) / frames;
  const [a, b] = [aboveRest(real), aboveRest(rendered)];
  const most = Math.max(5, ...[...a, ...b].filter((value) => value !== null));
  const bottom = top + PANEL_HEIGHT - MARGIN.bottom;
  const y = (value: number): number => bottom - ((PANEL_HEIGHT - MARGIN.top - MARGIN.bottom) * value) / most;
  const parts: string[] = [];
  const box = (kind: string, from: number, to: number): string =>
    `<rect class="${kind}" x="${x(from).toFixed(1)}" y="${top + MARGIN.top}" width="${(x(to) - x(from)).toFixed(1)}" height="${bottom - top - MARGIN.top}"/>`;
  for (let from = 0; from < frames;) {
    let to = from + 1;
    while (to < frames && speech[to] === speech[from]) to++;
    if (!speech[from]) parts.push(box('silence', from, to));
    from = to;
  }
  for (const [phone, start, end] of phones) {
    if (!CLOSING.has(phone) || end * FPS > frames) continue;
    parts.push(box('close', start * FPS, end * FPS));
    const middle = x(((start + end) / 2) * FPS).toFixed(1);
    parts.push(`<text class="letter" x="${middle}" y="${top + MARGIN.top - 3}" text-anchor="middle">${phone}</text>`);
  }
  for (let percent = 0; percent <= most; percent += 5)
    parts.push(
      `<path class="axis" d="M${x0} ${y(percent).toFixed(1)}H${WIDTH - MARGIN.right}"/><text class="soft" x="${x0 - 6}" y="${(y(percent) + 4).toFixed(1)}" text-anchor="end">${percent}</text>`,
    );
  for (let second = 0; second * FPS <= frames; second++)
    parts.push(
      `<text class="soft" x="${x(second * FPS).toFixed(1)}" y="${bottom + 15}" text-anchor="middle">${second} s</text>`,
    );
  parts.push(line('real', a, x, y), line('ours', b, x, y));
  const r = r_speech === null ? '' : `, r in speech ${r_speech.toFixed(2)}`;
  parts.push(`<text class="ink" x="${x0}" y="${top + 12}">${escape(id)} (${escape(group)})${r}</text>`);
  return `<g>${parts.join('')}</g>`;
}

/**
 * In percent, relative to the second percentile of the clip, because faces differ in the opening of their resting lips.
 */
function aboveRest(series: (number | null)[]): (number | null)[] {
  const sorted = series.filter((value) => value !== null).toSorted((a, b) => a - b);
  const rest = sorted[Math.floor(0.02 * sorted.length)] ?? 0;
  return series.map((value) => (value === null ? null : Math.max(0, 100 * (value - rest))));
}

function line(
  kind: string,
  series: (number | null)[],
  x: (frame: number) => number,
  y: (value: number) => number,
): string {
  let pen = 'M';
  const path = series.map((value, frame) => {
    if (value === null) {
      pen = 'M';
      return '';
    }
    const point = `${pen}${x(frame + 0.5).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = 'L';
    return point;
  });
  return `<path class="${kind}" d="${path.join('')}"/>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
