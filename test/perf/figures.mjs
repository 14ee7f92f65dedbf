/** @file Arithmetic of the perf report. */

const STEP_MS = 10;
const MAX_LAG_MS = 1000;

/**
 * @param {number[]} values
 * @param {number} q 0 ... 1
 */
export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

/** Value of a series at `time`, between its samples. @param {number[]} times @param {number[]} values @param {number} time */
function at(times, values, time) {
  const next = times.findIndex((other) => other >= time);
  if (next <= 0) return values[next === 0 ? 0 : values.length - 1] ?? 0;
  const [t0 = 0, t1 = 0, v0 = 0, v1 = 0] = [times[next - 1], times[next], values[next - 1], values[next]];
  return v0 + ((v1 - v0) * (time - t0)) / (t1 - t0 || 1);
}

/** @param {number[]} values */
export function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Pearson's r. @param {number[]} a @param {number[]} b */
function correlation(a, b) {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((value, index) => {
    const [da, db] = [value - meanA, (b[index] ?? 0) - meanB];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  });
  return ab / Math.sqrt(aa * bb || 1);
}

/**
 * Lag of the mouth behind the sound: the shift at which loudness and brightness of the mouth correlate best.
 *
 * @param {import('./page-probe.mjs').Probe[]} probes
 * @returns {{ lagMs: number, r: number } | null} null with too few samples
 */
export function audioToPicture(probes) {
  if (probes.length < 50) return null;
  const times = probes.map(({ time }) => time);
  // Loudness and lip opening are closer to a logarithmic scale: an envelope in dB follows the mouth better than an
  // amplitude.
  const loudness = probes.map((probe) => Math.max(-60, 20 * Math.log10(probe.loudness + 1e-6)));
  const mouth = probes.map((probe) => probe.mouth);
  const [first = 0, last = 0] = [times[0], times[times.length - 1]];
  const grid = Array.from({ length: Math.floor((last - first - MAX_LAG_MS) / STEP_MS) }, (_, n) => first + n * STEP_MS);
  const heard = grid.map((time) => at(times, loudness, time));
  let best = { lagMs: 0, r: 0 };
  for (let lagMs = 0; lagMs <= MAX_LAG_MS; lagMs += STEP_MS) {
    const r = correlation(
      heard,
      grid.map((time) => at(times, mouth, time + lagMs)),
    );
    if (Math.abs(r) > Math.abs(best.r)) best = { lagMs, r };
  }
  return best;
}
