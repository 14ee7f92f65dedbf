/**
 * @file Streaming resampler: a windowed-sinc low-pass evaluated at exact rational positions.
 *
 *   y[m] = sum_i x[n - i] h(f + i - H),   m M / L = n + f,   L / M = output rate / rate in lowest terms
 *   h(t) = sinc(2 c t) kaiser(t / H),     c = cutoff / rate, H = half width in input samples
 *
 * (J. O. Smith, "Digital Audio Resampling"; Kaiser's window design.) The position is an integer sample and an integer
 * numerator, so it never drifts, and an output depends only on the samples around it: any chunking gives the same bits.
 *
 * The filter is causal: output m reads inputs up to its own time and no further, which delays the sound by H
 * (2.6 ms if the lower rate is 16 kHz). In return the look-ahead of the whole audio path is exactly the encoder's.
 */

import { SAMPLE_RATE_HZ } from './time';
import { assertSampleRate } from './pcm-checks';

/** Half width of the filter in zero crossings of its sinc. */
const ZERO_CROSSINGS = 40;
/** -6 dB point as a share of the lower Nyquist frequency: at 16 kHz 7.6 kHz, the upper edge of the mel filters. */
const CUTOFF = 0.95;
/** Kaiser's beta for 70 dB. */
const KAISER_BETA = 0.1102 * (70 - 8.7);
/** Phases in the table. Rates with more (44101 Hz has 16000) interpolate between the two nearest; the error is below -100 dB. */
const MAX_PHASES = 512;

/** Modified Bessel function of the first kind, order 0. */
function bessel0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** Resamples one stream of mono PCM from one fixed rate to another. If they are the same, the samples pass unchanged. */
export class Resampler {
  /** Input rate in Hz. */
  readonly rateHz: number;
  /** Delay of the output, seconds. */
  readonly delaySeconds: number;
  readonly #up: number;
  readonly #down: number;
  readonly #taps: number;
  readonly #phases: number;
  /** f64[phases + 1][taps], newest input first. */
  readonly #table: Float64Array;
  /** The last `taps - 1` inputs; zeros before the start. */
  #history: Float32Array;
  /** Position of the next output: index into #history, and numerator of its fraction (0 ... up - 1). */
  #position: number;
  #fraction = 0;

  /** @throws TalkingPortraitError `sample-rate` */
  constructor(rateHz: number, outputRateHz = SAMPLE_RATE_HZ) {
    assertSampleRate(rateHz);
    const divisor = gcd(rateHz, outputRateHz);
    const cutoffHz = (CUTOFF * Math.min(rateHz, outputRateHz)) / 2;
    const half = Math.ceil((ZERO_CROSSINGS * rateHz) / (2 * cutoffHz));
    this.rateHz = rateHz;
    this.#up = outputRateHz / divisor;
    this.#down = rateHz / divisor;
    this.#phases = Math.min(this.#up, MAX_PHASES);
    const isUnchanged = this.#up === this.#down;
    this.#taps = isUnchanged ? 1 : 2 * half;
    this.delaySeconds = isUnchanged ? 0 : half / rateHz;
    this.#table = isUnchanged ? Float64Array.of(1, 1) : designFilter(this.#phases, half, cutoffHz / rateHz);
    this.#history = new Float32Array(this.#taps - 1);
    this.#position = this.#taps - 1;
  }

  /**
   * Adds input and returns the output that it completes. After N inputs in total there are ceil(N * output rate / rate) outputs.
   *
   * @param samples mono PCM at `rateHz`
   */
  push(samples: Float32Array): Float32Array {
    const [taps, phases, up, down, table] = [this.#taps, this.#phases, this.#up, this.#down, this.#table];
    const input = new Float32Array(taps - 1 + samples.length);
    input.set(this.#history);
    input.set(samples, taps - 1);
    let [position, fraction] = [this.#position, this.#fraction];
    // Output m exists if its position, position + (fraction + m down) / up, lies before input.length.
    const remaining = (input.length - position) * up - fraction;
    const output = new Float32Array(Math.max(0, Math.ceil(remaining / down)));
    for (let m = 0; m < output.length; m++) {
      const at = (fraction * phases) / up;
      const phase = Math.floor(at);
      const blend = at - phase;
      const low = filter(input, position, table, phase * taps, taps);
      output[m] = blend > 0 ? low + blend * (filter(input, position, table, (phase + 1) * taps, taps) - low) : low;
      fraction += down;
      const whole = Math.floor(fraction / up);
      position += whole;
      fraction -= whole * up;
    }
    this.#history = input.slice(samples.length);
    this.#position = position - samples.length; // at high rates it may lie beyond the history
    this.#fraction = fraction;
    return output;
  }
}

/** sum_i x[newest - i] h[row + i]. */
function filter(x: Float32Array, newest: number, h: Float64Array, row: number, taps: number): number {
  let sum = 0;
  for (let i = 0; i < taps; i++) sum += x[newest - i]! * h[row + i]!;
  return sum;
}

/** One row for each fraction 0, 1/phases, ... 1. Every row sums to 1, so that a constant input stays unchanged. */
function designFilter(phases: number, half: number, cutoff: number): Float64Array {
  const taps = 2 * half;
  const table = new Float64Array((phases + 1) * taps);
  const scale = bessel0(KAISER_BETA);
  for (let phase = 0; phase <= phases; phase++) {
    const row = table.subarray(phase * taps, (phase + 1) * taps);
    let sum = 0;
    for (let i = 0; i < taps; i++) {
      const t = phase / phases + i - half;
      const angle = 2 * Math.PI * cutoff * t;
      const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
      const window = bessel0(KAISER_BETA * Math.sqrt(Math.max(0, 1 - (t / half) ** 2))) / scale;
      row[i] = sinc * window;
      sum += row[i]!;
    }
    for (let i = 0; i < taps; i++) row[i]! /= sum;
  }
  return table;
}
