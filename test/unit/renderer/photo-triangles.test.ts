import { describe, expect, it } from 'vitest';
import { splitByOpacity } from '../../../src/renderer/photo-triangles';

const SIDE = 64;
/** Opaque in the left third, transparent in the right third, with a ramp between them. */
const data = new Uint8ClampedArray(4 * SIDE * SIDE);
for (let k = 0; k < SIDE * SIDE; k++) data[4 * k + 3] = 255 * Math.min(1, Math.max(0, 2 - (3 * (k % SIDE)) / SIDE));
const photo = { width: SIDE, height: SIDE, data };

/** One triangle a column of 8 px. */
const uv = new Float32Array(Array.from({ length: 8 }, (_, i) => [8 * i, 20, 8 * i + 8, 20, 8 * i, 40]).flat());
const triangles = Uint32Array.from({ length: 24 }, (_, k) => k);

describe('splitByOpacity', () => {
  it('sorts triangles by the opacity in and just around them', () => {
    const { opaque, soft } = splitByOpacity(triangles, uv, photo);
    const columns = (list: Uint32Array): number[] => [...new Set([...list].map((v) => Math.floor(v / 3)))];
    expect(columns(opaque)).toEqual([0, 1]); // 0 ... 16 px; the ramp begins at 21
    expect(columns(soft)).toEqual([2, 3, 4, 5]); // it ends at 42
  });
});
