/**
 * @file Streaming log-mel features, the same as training/features.py computes.
 *
 * Frame k covers samples 160 (k + 1) - 400 ... 160 (k + 1) - 1 (zeros before the start): periodic Hann window, FFT of
 * 512, power, 80 triangular filters of peak 1 on the HTK mel scale from 20 to 7600 Hz; value =
 * (ln(power + 1e-5) + 3) / 5. A frame ends with its newest sample, so the features have no look-ahead.
 */

import { SAMPLE_RATE_HZ } from '../core/time';
import { Fft } from './fft';

/** Values of one mel frame. */
export const MEL_BANDS = 80;
/** Samples between two mel frames. */
const MEL_HOP_SAMPLES = 160;
const WINDOW_SAMPLES = 400;
const FFT_SIZE = 512;
const LOWEST_HZ = 20;
const HIGHEST_HZ = 7600;
const POWER_FLOOR = 1e-5;
const LOG_OFFSET = 3;
const LOG_SCALE = 5;

/** One triangular filter: weights of the FFT bins, beginning with bin `first`. */
type MelFilter = { first: number; weights: Float64Array };

/** HTK's mel scale. */
const toMel = (hz: number): number => 2595 * Math.log10(1 + hz / 700);
const toHz = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);

function makeFilters(): MelFilter[] {
  const [low, high] = [toMel(LOWEST_HZ), toMel(HIGHEST_HZ)];
  const edges = Array.from({ length: MEL_BANDS + 2 }, (_, i) => toHz(low + ((high - low) * i) / (MEL_BANDS + 1)));
  const binHz = SAMPLE_RATE_HZ / FFT_SIZE;
  return Array.from({ length: MEL_BANDS }, (_, band) => {
    const [left, centre, right] = [edges[band]!, edges[band + 1]!, edges[band + 2]!];
    const first = Math.ceil(left / binHz);
    const last = Math.floor(right / binHz);
    const weights = Float64Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => {
      const hz = (first + i) * binHz;
      return Math.max(0, Math.min((hz - left) / (centre - left), (right - hz) / (right - centre)));
    });
    return { first, weights };
  });
}

/** Turns a stream of 16 kHz PCM into log-mel frames. */
export class LogMel {
  readonly #filters = makeFilters();
  readonly #window = Float64Array.from(
    { length: WINDOW_SAMPLES },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW_SAMPLES),
  );
  readonly #fft = new Fft(FFT_SIZE);
  readonly #frame = new Float64Array(WINDOW_SAMPLES);
  readonly #power = new Float64Array(FFT_SIZE / 2 + 1);
  /** Samples that later frames still need: the 240 before the next hop and up to 159 of that hop. */
  #halo = new Float32Array(WINDOW_SAMPLES - MEL_HOP_SAMPLES);

  /**
   * Adds PCM and returns the frames that it completes.
   *
   * @param samples mono at 16 kHz
   * @returns f32[frames x 80]
   */
  push(samples: Float32Array): Float32Array {
    const pcm = new Float32Array(this.#halo.length + samples.length);
    pcm.set(this.#halo);
    pcm.set(samples, this.#halo.length);
    const frames = Math.max(0, Math.floor((pcm.length - WINDOW_SAMPLES) / MEL_HOP_SAMPLES) + 1);
    const mels = new Float32Array(frames * MEL_BANDS);
    const [frame, window, spectrum] = [this.#frame, this.#window, this.#power];
    for (let k = 0; k < frames; k++) {
      const start = k * MEL_HOP_SAMPLES;
      for (let i = 0; i < WINDOW_SAMPLES; i++) frame[i] = pcm[start + i]! * window[i]!;
      this.#fft.power(frame, spectrum);
      for (let band = 0; band < MEL_BANDS; band++) {
        const { first, weights } = this.#filters[band]!;
        let power = 0;
        for (let i = 0; i < weights.length; i++) power += spectrum[first + i]! * weights[i]!;
        mels[k * MEL_BANDS + band] = (Math.log(power + POWER_FLOOR) + LOG_OFFSET) / LOG_SCALE;
      }
    }
    this.#halo = pcm.slice(frames * MEL_HOP_SAMPLES);
    return mels;
  }
}
