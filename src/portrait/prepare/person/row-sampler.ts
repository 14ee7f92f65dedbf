/** @file Bilinear sampling of a coarse field, row by row: the vertical interpolation is done once per row. */

/**
 * Samples a field f32[rows x columns x channels], whose values lie at cell centres, at the centres of the photo's
 * pixels.
 */
export class RowSampler {
  readonly #row: Float32Array;
  readonly #first: Uint32Array;
  readonly #part: Float32Array;
  readonly #field: Float32Array;
  readonly #channels: number;
  readonly #columns: number;
  readonly #rows: number;
  readonly #cellsPerPixel: readonly [x: number, y: number];

  /** @param width of the photo, px @param cellsPerPixel along x and y */
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
    // One column more than the field: the last one is repeated, so that every column has a right neighbour.
    this.#row = new Float32Array((columns + 1) * channels);
    this.#first = new Uint32Array(width);
    this.#part = new Float32Array(width);
    for (let x = 0; x < width; x++) {
      const at = place(x, columns, cellsPerPixel[0]);
      this.#first[x] = channels * Math.floor(at);
      this.#part[x] = at - Math.floor(at);
    }
  }

  /** Selects row `y` of the photo for the samples that follow. */
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

  /** The sample at pixel `x` of the selected row. */
  at(x: number, channel: number): number {
    const i = this.#first[x]! + channel;
    const part = this.#part[x]!;
    return this.#row[i]! * (1 - part) + this.#row[i + this.#channels]! * part;
  }
}

/** Position of the centre of pixel `index` in cells, where integers are cell centres. */
function place(index: number, count: number, cellsPerPixel: number): number {
  return Math.min(count - 1, Math.max(0, (index + 0.5) * cellsPerPixel - 0.5));
}
