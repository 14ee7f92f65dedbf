/** @file The counted cost of a motion step stays within its budget and agrees with the weights file. */

import { expect, it } from 'vitest';
import { motionCost } from '../../../bench/motion/motion-cost';
import { parseMotionWeights } from '../../../src/motion/motion-weights';
import { nodeModelLoader } from '../../fixtures/node-models';

it('costs at most 30 MFLOP and 12 MB per motion step', async () => {
  const bytes = await nodeModelLoader().load('motion.safetensors');
  const { config, tokenEmbedding, depth, vq } = parseMotionWeights(bytes);
  const { flop, weightBytes, cacheBytes } = motionCost(config);
  expect(flop).toBeLessThanOrEqual(30e6);
  expect(weightBytes + cacheBytes).toBeLessThanOrEqual(12e6);
  // A step reads every weight except the rows of the tables that its tokens do not select.
  const tables = [tokenEmbedding, depth.tokenEmbedding, vq.codebooks].reduce(
    (sum, table) => sum + table.data.byteLength,
    0,
  );
  expect(weightBytes).toBeGreaterThan(bytes.byteLength - tables - 20_000);
  expect(weightBytes).toBeLessThan((bytes.byteLength - tables) * 1.02);
});
