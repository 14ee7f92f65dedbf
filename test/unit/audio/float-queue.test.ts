/** @file FloatQueue: order and length for any sequence of blocks. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FloatQueue } from '../../../src/audio/float-queue';

describe('FloatQueue', () => {
  it('returns the values in their order for blocks of any size', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3000), fc.nat(3000)), { maxLength: 40 }), (steps) => {
        const queue = new FloatQueue();
        let [put, taken] = [0, 0];
        for (const [more, less] of steps) {
          queue.push(Array.from({ length: more }, () => put++));
          const out = queue.shift(Math.min(less, queue.length));
          expect(out.every((value) => value === taken++)).toBe(true);
          expect(queue.length).toBe(put - taken);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('refuses to return more values than it holds', () => {
    expect(() => new FloatQueue().shift(1)).toThrowError(RangeError);
  });
});
