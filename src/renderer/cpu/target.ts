/** @file The picture while it is drawn: colours, depths, the mask of the mouth, and the dithering pattern. */

/** What layers draw on; width x height each, row-major. */
export type Target = {
  width: number;
  height: number;
  /** Red in the lowest byte, alpha in the highest; premultiplied. */
  colour: Int32Array;
  /** 0 near ... 1 far. */
  depth: Float32Array;
  /** 1 where the mouth is visible. */
  mouth: Uint8Array;
  /**
   * 0 ... 255: what is added to a colour, in 1/256 of a step, before it is rounded down to 8 bits. A colour that is exactly a
   * step does not change.
   */
  threshold: Uint8Array;
};

export function createTarget(width: number, height: number): Target {
  const size = width * height;
  return {
    width,
    height,
    colour: new Int32Array(size),
    depth: new Float32Array(size),
    mouth: new Uint8Array(size),
    threshold: ditherPattern(width, height),
  };
}

/** Interleaved gradient noise; shaders/common/dither.wgsl has the formula and its source. */
function ditherPattern(width: number, height: number): Uint8Array {
  const pattern = new Uint8Array(width * height);
  for (let y = 0, k = 0; y < height; y++)
    for (let x = 0; x < width; x++, k++) {
      const inner = 0.06711056 * (x + 0.5) + 0.00583715 * (y + 0.5);
      const noise = 52.9829189 * (inner - Math.floor(inner));
      pattern[k] = Math.floor(256 * (noise - Math.floor(noise)));
    }
  return pattern;
}
