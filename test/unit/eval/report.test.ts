import { describe, expect, test } from 'vitest';
import { energyEnvelope, ENERGY_RATE_HZ } from '../../../bench/eval/baselines/energy';
import { headAudioMouth, HEAD_AUDIO_RATE_HZ } from '../../../bench/eval/baselines/head-audio';
import { mouthOfVisemes } from '../../../bench/eval/baselines/visemes';
import { drawCurves, typicalClips } from '../../../bench/eval/curves';
import { parseOptions } from '../../../bench/eval/options';
import { formatPaired, formatReport, makeReport } from '../../../bench/eval/report';
import { type ClipSeries, parsePythonJson, type Scores } from '../../../bench/eval/score';
import { sheetClips, shotsOf } from '../../../bench/eval/sheet';
import { uniform } from '../../../src/core/rng';

const measure = (value: number, more = {}) => ({ value, low: value - 0.1, high: value + 0.1, ...more });
const scores = (measures: Scores[string]['measures']): Scores => ({
  grid_other: { clips: 5, speakers: 4, seconds: 15, measures },
});

describe('the table', () => {
  const ours = scores({
    r_speech: measure(0.61, { chance: 0.02 }),
    closure_recall: measure(0.7, { real: 0.95, chance: 0.65 }),
    lmd_motion: measure(1.2),
  });
  const report = makeReport(
    ours,
    { 'energy envelope': scores({ r_speech: measure(0.3) }), empty: {} },
    scores({ lmd_motion: measure(2) }),
  );

  test('marks every measure by the bars', () => {
    const { bars, measures, baselines } = report['grid_other']!;
    expect(bars).toBe('other speakers');
    expect(measures['r_speech']!.grade).toBe('goal');
    expect(measures['closure_recall']!.grade).toBe('below');
    expect(measures['lmd_motion']).toMatchObject({ grade: 'goal', still: 2 });
    expect(baselines).toEqual({ 'energy envelope': { r_speech: 0.3 }, empty: {} });
  });

  test('shows value, interval, mark, real, chance and the other methods', () => {
    const lines = formatReport(report).split('\n');
    expect(lines[0]).toMatch(/^grid_other: 5 clips, 4 speakers, 15 s/);
    const line = (start: string): string => lines.find((text) => text.trim().startsWith(start))!;
    expect(line('opening, r in speech')).toMatch(/0\.61 +\[0\.51, 0\.71\] +goal +0\.02 +0\.30$/);
    expect(line('closed on P, B, M')).toMatch(/0\.70 +\[0\.60, 0\.80\] +BELOW +0\.95 +0\.65$/);
    expect(line('lip motion error')).toMatch(/1\.20 .* goal.*still mouth 2\.00/);
  });

  test('a NaN of Python counts as no figure', () => {
    const parsed = parsePythonJson<Scores>('{"g": {"measures": {"r": {"value": 0.5, "low": NaN, "high": NaN}}}}');
    expect(parsed['g']!.measures['r']).toEqual({ value: 0.5, low: null, high: null });
  });
});

test('the comparison with the weights before marks changes that are no chance', () => {
  const change = (difference: number, low: number | null, high: number | null) => ({
    before: 0.4,
    after: 0.4 + difference,
    difference,
    low,
    high,
    better: null,
  });
  const lines = formatPaired({
    talks: {
      clips: 9,
      measures: {
        r_speech: change(0.08, 0.02, 0.13),
        closure_recall: change(-0.05, -0.2, 0.1),
        contrast: change(0.1, null, null),
      },
    },
  }).split('\n');
  expect(lines[0]).toMatch(/^talks: 9 clips/);
  expect(lines[2]).toMatch(/opening, r in speech +0\.40 +0\.48 +\+0\.08 +\[0\.02, 0\.13\] \*$/);
  expect(lines[3]).toMatch(/closed on P, B, M +0\.40 +0\.35 +-0\.05 +\[-0\.20, 0\.10\]$/);
  expect(lines[4]).toMatch(/vowels against P, B, M +0\.40 +0\.50 +\+0\.10$/);
});

const clip = (id: string, group: string, speaker: string, r_speech: number): ClipSeries => ({
  id,
  group,
  speaker,
  r_speech,
  real: [0, 0.01, 0.02, 0.05, 0.1, 0.02, null, 0.03],
  rendered: [0.03, 0.02, 0.001, 0.02, 0.09, 0.12, 0.1, 0.004],
  real_closed: 0.01,
  rendered_closed: 0.005,
  speech: [false, true, true, true, true, true, true, false],
  phones: [
    ['B', 0.04, 0.12],
    ['AA', 0.12, 0.24],
    ['M', 0.2, 0.28],
  ],
});

describe('pictures', () => {
  test('curves show the median clip of each group, then other speakers', () => {
    const clips = [
      clip('a', 'one', 's', 0.1),
      clip('b', 'one', 's', 0.5),
      clip('c', 'one', 's', 0.9),
      clip('d', 'two', 't', 0.2),
      clip('e', 'two', 'u', 0.3),
    ];
    expect(typicalClips(clips, 3).map(({ id }) => id)).toEqual(['b', 'e', 'd']);
    expect(typicalClips(clips, 9)).toHaveLength(5);
    const drawing = drawCurves(clips.slice(0, 1), 'a < b');
    expect(drawing).toContain('prefers-color-scheme: dark');
    expect(drawing).toContain('a &lt; b, rendered');
    expect(drawing.match(/class="letter"/g)).toHaveLength(2);
    // Two in the legend, two curves; the frame without a face is a gap in the real one.
    const curves = drawing.match(/<path class="(real|ours)" d="[^"]+"/g)!;
    expect(curves.map((curve) => curve.match(/M/g)!.length)).toEqual([1, 1, 2, 1]);
  });

  test('a sheet shows the narrowest frame of a closure and the widest of a vowel', () => {
    expect(shotsOf(clip('a', 'one', 's', 0))).toEqual([
      { frame: 2, phone: 'B', start_s: 0.04, opening: 0.001, closing: true, closed: true },
      { frame: 7, phone: 'M', start_s: 0.2, opening: 0.004, closing: true, closed: true },
      { frame: 5, phone: 'AA', start_s: 0.12, opening: 0.12, closing: false, closed: false },
    ]);
    const clips = Array.from({ length: 14 }, (_, index) => clip(`${index}`, 'one', index < 12 ? 's' : `t${index}`, 0));
    const ids = sheetClips(clips).map(({ id }) => id);
    expect(ids).toHaveLength(10);
    expect(ids).toEqual(expect.arrayContaining(['0', '12', '13']));
  });
});

describe('other methods', () => {
  const tone = (rate: number, gains: number[]): Float32Array =>
    Float32Array.from({ length: rate }, (_, i) => {
      const gain = gains[Math.floor((i / rate) * gains.length)]!;
      return gain * Math.sin((2 * Math.PI * 220 * i) / rate) + 1e-6;
    });

  test('the energy envelope follows the level, with 25 values per second', () => {
    const { aperture } = energyEnvelope(tone(ENERGY_RATE_HZ, [0.01, 0.5, 0.01]));
    expect(aperture).toHaveLength(25);
    expect(aperture[12]! - aperture[4]!).toBeCloseTo(34, 0);
    expect(Math.min(...energyEnvelope(new Float32Array(6400)).aperture)).toBe(-60);
  });

  test('visemes open and round the mouth', () => {
    const { aperture, width } = mouthOfVisemes([{ viseme_PP: 1 }, { viseme_aa: 1 }, { viseme_U: 0.5 }, {}]);
    expect(aperture[1]).toBeGreaterThan(aperture[0]!);
    expect(width![2]).toBeLessThan(width![3]!);
  });

  test('HeadAudio runs without an audio context and moves with a voice', async () => {
    const hiss = Float32Array.from({ length: HEAD_AUDIO_RATE_HZ }, (_, i) => {
      const time = i / HEAD_AUDIO_RATE_HZ;
      return time > 0.4 && time < 0.8 ? 0.4 * (uniform(3, 0, i) - 0.5) : 0;
    });
    const { aperture } = await headAudioMouth(hiss);
    expect(aperture.length).toBeGreaterThanOrEqual(24);
    expect(Math.max(...aperture.slice(0, 8))).toBe(0);
    expect(Math.max(...aperture.slice(12, 20))).toBeGreaterThan(0.05);
  });
});

describe('options', () => {
  test('paths are relative to the folder in which npm was called', () => {
    const options = parseOptions(['--json', 'x.json'], { INIT_CWD: '/somewhere', TALKING_PORTRAIT_DATA: '/data' })!;
    expect(options).toMatchObject({ json: '/somewhere/x.json', manifest: '/data/eval-dev/manifest.json', seed: 1 });
    expect(options.tracker).toBe('/tools/track-face');
    expect(options).toMatchObject({ recognise: false, against: undefined });
    const more = parseOptions(['--recognise', '--against', 'before'], { INIT_CWD: '/somewhere' })!;
    expect(more).toMatchObject({ recognise: true, against: '/somewhere/before' });
  });

  test.each([
    [['--clips', '0'], /--clips must be a whole number/],
    [['--clips', 'many'], /--clips must be a whole number/],
    [['--backend', 'cuda'], /--backend must be/],
    [['--sheet', 'x.gif'], /--sheet must end in/],
    [['--what'], /Unknown option '--what'/],
  ])('%j is refused', (args, message) => {
    expect(() => parseOptions(args, {})).toThrow(message);
  });
});
