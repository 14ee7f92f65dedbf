/** @file The reader of the motion weights: valid files are read, and errors say what is wrong with the others. */

import { describe, expect, it } from 'vitest';
import { TalkingPortraitError } from '../../../src/errors';
import { type MotionConfig, parseMotionWeights } from '../../../src/motion/motion-weights';
import { writeSafetensors } from '../../fixtures/safetensors-writer';
import { randomMotionFile, SMALL_CONFIG } from '../../reference/random-motion';

/** A file with tensors of the given sizes and the config `claimed`. */
function fileOf(sizes: MotionConfig, claimed: unknown): ArrayBuffer {
  const file = randomMotionFile(sizes, 1);
  const length = Number(new DataView(file).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, length))) as Record<string, unknown>;
  header['__metadata__'] = { config: typeof claimed === 'string' ? claimed : JSON.stringify(claimed) };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const changed = new Uint8Array(8 + json.length + file.byteLength - 8 - length);
  new DataView(changed.buffer).setBigUint64(0, BigInt(json.length), true);
  changed.set(json, 8);
  changed.set(new Uint8Array(file, 8 + length), 8 + json.length);
  return changed.buffer;
}

describe('parseMotionWeights', () => {
  it('reads sizes and tensors', () => {
    const weights = parseMotionWeights(randomMotionFile(SMALL_CONFIG, 1));
    expect(weights.config).toEqual(SMALL_CONFIG);
    expect(weights.layers).toHaveLength(SMALL_CONFIG.layers);
    expect(weights.depth.gateUp.shape).toEqual([
      SMALL_CONFIG.levels,
      2 * SMALL_CONFIG.depthFf,
      SMALL_CONFIG.depthWidth,
    ]);
  });

  it.each([
    ['no config', '', /config is not valid JSON/],
    ['a config that is not an object', 'null', /config is not a JSON object/],
    ['a size that is not an integer', { ...SMALL_CONFIG, layers: 1.5 }, /positive integer.*layers/],
    ['a config without eps', { ...SMALL_CONFIG, eps: undefined }, /not positive.*eps/],
    ['a negative temperature', { ...SMALL_CONFIG, temperature: -1 }, /temperature/],
    ['a width that is not a multiple of eight', { ...SMALL_CONFIG, ff: 41 }, /ff is not a multiple of 8/],
    ['heads that do not divide the width', { ...SMALL_CONFIG, heads: 4 }, /heads/],
    ['a window of one frame', { ...SMALL_CONFIG, window: 1 }, /window/],
    ['a size that differs from its tensors', { ...SMALL_CONFIG, sinks: 3 }, /shape.*sink_k|sink_k.*shape/],
    ['more layers than the file has', { ...SMALL_CONFIG, layers: 3 }, /missing.*layers\.2/],
  ])('refuses %s', (_, claimed, message) => {
    const read = (): unknown => parseMotionWeights(fileOf(SMALL_CONFIG, claimed));
    expect(read).toThrow(TalkingPortraitError);
    expect(read).toThrow(message);
  });

  it('refuses a file without tensors', () => {
    expect(() => parseMotionWeights(writeSafetensors({}, { config: JSON.stringify(SMALL_CONFIG) }))).toThrow(/missing/);
  });
});
