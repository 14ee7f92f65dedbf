/** @file A coarse field between its cells, row by row: half of the bilinear weights are worked out once a row. */

/** Bilinear between the middles of cells, f32[rows x columns x channels], at the middles of the photo's pixels. */
export class RowSampler {
  readonly #row: Float32Array;
  readonly #first: Uint32Array;
  readonly #part: Float32Array;
  readonly #field: Float32Array;
  readonly #channels: number;
  readonly #columns: number;
  readonly #rows: number;
  readonly #cellsPerPixel: readonly [x: number, y: number];

  /** @param width of the photo, px; @param cellsPerPixel along x and y */
  constructor(
    field: Float32Array,
    channels: number,
    columns: number,
    rows: number,
    width: number,
    cellsPerPixel: readonly [x: number, y: number],
  ) {
    this.#field = field;
    this.#channels = channels;
    this.#columns = columns;
    this.#rows = rows;
    this.#cellsPerPixel = cellsPerPixel;
    // A column more than the field has: right of the last one there is the last one again.
    this.#row = new Float32Array((columns + 1) * channels);
    this.#first = new Uint32Array(width);
    this.#part = new Float32Array(width);
    for (let x = 0; x < width; x++) {
      const at = place(x, columns, cellsPerPixel[0]);
      this.#first[x] = channels * Math.floor(at);
      this.#part[x] = at - Math.floor(at);
    }
  }

  /** Every sample after this is taken from the photo's row `y`. */
  moveTo(y: number): void {
    const at = place(y, this.#rows, this.#cellsPerPixel[1]);
    const size = this.#columns * this.#channels;
    const top = Math.floor(at) * size;
    const bottom = Math.min(this.#rows - 1, Math.floor(at) + 1) * size;
    const part = at - Math.floor(at);
    for (let i = 0; i < size; i++) {
      this.#row[i] = this.#field[top + i]! * (1 - part) + this.#field[bottom + i]! * part;
    }
    this.#row.copyWithin(size, size - this.#channels, size);
  }

  at(x: number, channel: number): number {
    const i = this.#first[x]! + channel;
    const part = this.#part[x]!;
    return this.#row[i]! * (1 - part) + this.#row[i + this.#channels]! * part;
  }
}

/** Where the middle of pixel `index` lies among the middles of `count` cells. */
function place(index: number, count: number, cellsPerPixel: number): number {
  return Math.min(count - 1, Math.max(0, (index + 0.5) * cellsPerPixel - 0.5));
}
