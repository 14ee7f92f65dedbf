/** @file Radix-2 FFT of real frames (Cooley and Tukey, 1965) in f64, with precomputed tables. */

/** FFT of a fixed power-of-two size. */
export class Fft {
  readonly #cosines: Float64Array;
  readonly #sines: Float64Array;
  readonly #reversed: Uint32Array;
  readonly #real: Float64Array;
  readonly #imaginary: Float64Array;
  readonly size: number;

  /** @param size a power of two */
  constructor(size: number) {
    this.size = size;
    if (size < 2 || (size & (size - 1)) !== 0) throw new RangeError(`FFT size ${size} is not a power of two`);
    this.#cosines = Float64Array.from({ length: size / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / size));
    this.#sines = Float64Array.from({ length: size / 2 }, (_, i) => Math.sin((2 * Math.PI * i) / size));
    const bits = Math.log2(size);
    this.#reversed = Uint32Array.from({ length: size }, (_, i) => {
      let reversed = 0;
      for (let bit = 0; bit < bits; bit++) reversed |= ((i >> bit) & 1) << (bits - 1 - bit);
      return reversed;
    });
    this.#real = new Float64Array(size);
    this.#imaginary = new Float64Array(size);
  }

  /**
   * Power spectrum |X|^2 of a real frame.
   *
   * @param frame up to `size` samples, padded with zeros
   * @param power f64[size / 2 + 1], overwritten
   */
  power(frame: Float64Array, power: Float64Array): void {
    const { size } = this;
    const [re, im, reversed] = [this.#real, this.#imaginary, this.#reversed];
    const [cosines, sines] = [this.#cosines, this.#sines];
    im.fill(0);
    for (let i = 0; i < size; i++) re[reversed[i]!] = frame[i] ?? 0;
    for (let half = 1; half < size; half *= 2) {
      const stride = size / (2 * half);
      for (let start = 0; start < size; start += 2 * half) {
        for (let k = 0; k < half; k++) {
          const cos = cosines[k * stride]!;
          const sin = sines[k * stride]!;
          const a = start + k;
          const b = a + half;
          const bRe = re[b]! * cos + im[b]! * sin;
          const bIm = im[b]! * cos - re[b]! * sin;
          re[b] = re[a]! - bRe;
          im[b] = im[a]! - bIm;
          re[a]! += bRe;
          im[a]! += bIm;
        }
      }
    }
    for (let i = 0; i <= size / 2; i++) power[i] = re[i]! * re[i]! + im[i]! * im[i]!;
  }
}
