import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FloatQueue } from '../../../src/audio/float-queue';

describe('FloatQueue', () => {
  it('gives back in order what was put in, whatever the sizes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3000), fc.nat(3000)), { maxLength: 40 }), (steps) => {
        const queue = new FloatQueue();
        let [put, taken] = [0, 0];
        for (const [more, less] of steps) {
          queue.push(Array.from({ length: more }, () => put++));
          const out = queue.shift(Math.min(less, queue.length));
          if (!out.every((value) => value === taken++)) return false;
          if (queue.length !== put - taken) return false;
        }
        return true;
      }),
      { numRuns: 50 },
    );
  });

  it('refuses to give more than there is', () => {
    expect(() => new FloatQueue().shift(1)).toThrowError(RangeError);
  });
});
