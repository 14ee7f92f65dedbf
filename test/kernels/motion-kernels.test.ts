/** @file Each kernel of the motion step against the CPU reference, with random weights, in both variants. */

import { beforeAll, describe, expect, it } from 'vitest';
import { createStorageBuffer, uploadStorage, uploadUniform } from '../../src/gpu/buffers';
import type { PreparedDispatch } from '../../src/gpu/kernel';
import { StructArray } from '../../src/gpu/struct-layout';
import { createAttentionKernel, rotationTable } from '../../src/kernels/attention';
import { createDepthHeadKernel } from '../../src/kernels/depth-head';
import { createEmbeddingKernel } from '../../src/kernels/embedding';
import { createGatedLinearKernel } from '../../src/kernels/gated-linear';
import { GPU_TUNING, SOFTWARE_TUNING } from '../../src/kernels/kernel-tuning';
import { createNormLinearKernel } from '../../src/kernels/norm-linear';
import { uploadInterleaved, uploadMatrix, uploadTable } from '../../src/kernels/packed-matrix';
import { createResidualDecodeKernel } from '../../src/kernels/residual-decode';
import { createResidualLinearKernel } from '../../src/kernels/residual-linear';
import { STEP_STATE } from '../../src/kernels/struct-layouts';
import {
  CLOSED_GAP_IOD,
  type MotionAdjustment,
  neutralAdjustment,
  OPEN_GAP_IOD,
} from '../../src/motion/motion-adjustment';
import { parseMotionWeights } from '../../src/motion/motion-weights';
import type { AdjustmentMaps } from '../../src/motion/adjustment-maps';
import { type Tensor, toFloat32 } from '../../src/weights/safetensors';
import { largestDifference } from '../reference/compare';
import {
  attention,
  decodeTokens,
  depthHead,
  finishLatent,
  gatedRows,
  matVec,
  rmsNorm,
} from '../reference/motion-reference';
import { normals, randomMotionFile, randomTensor, SMALL_CONFIG } from '../reference/random-motion';
import { dispatch, readBuffer, readFloats, testDevice } from '../fixtures/gpu-device';

const EPS = 1e-5;
const TOLERANCE = 2e-5;
let device: GPUDevice;

beforeAll(async () => {
  ({ device } = await testDevice());
});

const run = (step: PreparedDispatch): void => dispatch(device, step);

function halfTensor(shape: number[], seed: number): Tensor {
  const { bytes } = randomTensor({ shape, deviation: 1 }, seed);
  return { dtype: 'F16', shape, data: new Uint16Array(bytes.buffer) };
}

const upload = (data: ArrayBufferView): GPUBuffer => uploadStorage(device, 'test', data);
const output = (count: number): GPUBuffer => createStorageBuffer(device, 'test output', count * 4);

type State = {
  slot?: number;
  history?: number;
  first?: boolean;
  frame?: number;
  seed?: number;
  topK?: number;
  temperature?: number;
};

function stepState({
  slot = 0,
  history = 0,
  first = false,
  frame = 0,
  seed = 0,
  topK = 1,
  temperature = 0,
}: State): GPUBuffer {
  const state = new StructArray(STEP_STATE);
  state.set(0, { slot, history, first: Number(first), frame, seed, topK, temperature });
  return uploadUniform(device, 'test state', state.data);
}

describe.each([
  ['GPU variant', GPU_TUNING],
  ['software variant', SOFTWARE_TUNING],
])('%s', (_, tuning) => {
  // With 13 and 70 rows some lanes and threads of the last workgroup are idle.
  it.each([
    [13, 40],
    [70, 128],
  ])('norm-linear agrees with the reference at %i x %i', async (rows, inputs) => {
    const w = halfTensor([rows, inputs], 1);
    const [x, gain] = [normals(inputs, 2), normals(inputs, 3)];
    const y = output(rows);
    const bind = await createNormLinearKernel(device, { rows, inputs, eps: EPS }, tuning);
    run(bind({ x: upload(x), gain: upload(gain), weights: uploadMatrix(device, 'w', w, tuning), y }, 'test'));
    const expected = matVec(toFloat32(w), rmsNorm(x, gain, EPS));
    expect(largestDifference(await readFloats(device, y), expected)).toBeLessThan(TOLERANCE);
  });

  it.each([
    [13, 40],
    [70, 128],
  ])('gated-linear agrees with the reference at %i x %i', async (rows, inputs) => {
    const w = halfTensor([2 * rows, inputs], 4);
    const [x, gain] = [normals(inputs, 5), normals(inputs, 6)];
    const y = output(rows);
    const bind = await createGatedLinearKernel(device, { rows, inputs, eps: EPS }, tuning);
    run(bind({ x: upload(x), gain: upload(gain), weights: uploadMatrix(device, 'w', w, tuning), y }, 'test'));
    const expected = gatedRows(toFloat32(w), rmsNorm(x, gain, EPS));
    const scale = Math.max(...expected.map(Math.abs));
    expect(largestDifference(await readFloats(device, y), expected) / scale).toBeLessThan(TOLERANCE);
  });

  it.each([
    [13, 40],
    [70, 128],
  ])('residual-linear agrees with the reference at %i x %i', async (rows, inputs) => {
    const w = halfTensor([rows, inputs], 7);
    const [h, before] = [normals(inputs, 8), normals(rows, 9)];
    const x = upload(before);
    const bind = await createResidualLinearKernel(device, { rows, inputs }, tuning);
    run(bind({ h: upload(h), weights: uploadMatrix(device, 'w', w, tuning), x }, 'test'));
    const expected = matVec(toFloat32(w), h).map((value, row) => value + before[row]!);
    expect(largestDifference(await readFloats(device, x), expected)).toBeLessThan(TOLERANCE);
  });

  it.each([true, false])('embedding agrees with the reference (first frame: %s)', async (first) => {
    const [rows, inputs, levels, codes] = [72, 40, 3, 11];
    const [w, table] = [halfTensor([rows, inputs], 10), halfTensor([levels, codes, rows], 11)];
    const [audio, biasStart] = [normals(inputs, 12), normals(2 * rows, 13)];
    const tokens = new Uint32Array([10, 0, 5]);
    const x = output(rows);
    const bind = await createEmbeddingKernel(device, { rows, inputs, levels, codes }, tuning);
    run(
      bind({
        state: stepState({ first }),
        audio: upload(audio),
        weights: uploadMatrix(device, 'w', w, tuning),
        biasStart: upload(biasStart),
        table: uploadTable(device, 'table', table),
        tokens: upload(tokens),
        x,
      }),
    );
    const entries = toFloat32(table);
    const history = (row: number): number =>
      tokens.reduce((sum, token, level) => sum + entries[(level * codes + token) * rows + row]!, 0);
    const expected = matVec(toFloat32(w), audio).map(
      (value, row) => value + biasStart[row]! + (first ? biasStart[rows + row]! : history(row)),
    );
    expect(largestDifference(await readFloats(device, x), expected)).toBeLessThan(TOLERANCE);
  });

  it.each([
    ['greedy', 0, 1],
    ['sampled', 0.9, 6],
    ['sampled from all codes', 1.5, SMALL_CONFIG.codebookSize],
  ])('depth head agrees with the reference: %s', async (_name, temperature, topK) => {
    const weights = parseMotionWeights(randomMotionFile(SMALL_CONFIG, 3));
    const { levels, depthWidth, depthFf, codebookSize, d, eps } = SMALL_CONFIG;
    const { depth } = weights;
    const sizes = { levels, width: depthWidth, ff: depthFf, codes: codebookSize, eps };
    const bind = await createDepthHeadKernel(device, sizes, tuning);
    const vectors = [depth.norm, depth.outNorm, depth.outBias].map(toFloat32);
    const perLevel = Array.from({ length: levels }, (_level, level) =>
      vectors.flatMap((all) =>
        Array.from(all.subarray((level * all.length) / levels, ((level + 1) * all.length) / levels)),
      ),
    );
    for (const frame of [0, 1, 77, 4_000_000_000]) {
      const hidden = normals(d, frame);
      const entry = Float32Array.from(matVec(toFloat32(depth.entry), hidden));
      const [tokens, logits] = [output(levels), output(levels * codebookSize)];
      run(
        bind({
          state: stepState({ frame, seed: 9, topK, temperature }),
          entry: upload(entry),
          gateUp: uploadInterleaved(device, 'gate_up', depth.gateUp, tuning),
          down: uploadInterleaved(device, 'down', depth.down, tuning),
          out: uploadInterleaved(device, 'out', depth.out, tuning),
          vectors: upload(new Float32Array(perLevel.flat())),
          table: uploadTable(device, 'table', depth.tokenEmbedding),
          tokens,
          logits,
        }),
      );
      const expected = depthHead(weights, hidden, frame, { seed: 9, temperature, topK });
      expect(Array.from(new Uint32Array(await readBuffer(device, tokens)))).toEqual(expected.tokens);
      expect(largestDifference(await readFloats(device, logits), expected.logits.flat())).toBeLessThan(1e-4);
    }
  });
});

describe('attention', () => {
  const [d, heads, window, sinks, base] = [48, 3, 9, 2, 100];

  it.each([
    ['on the first frame', 0, 0],
    ['with a ring half full', 4, 4],
    ['with a full ring that has wrapped', 2, 8],
  ])('agrees with the reference %s', async (_, slot, history) => {
    const qkv = normals(3 * d, 20);
    const [sinkKeys, sinkValues] = [normals(sinks * d, 21), normals(sinks * d, 22)];
    const [ringKeys, ringValues] = [normals(window * d, 23), normals(window * d, 24)];
    const [keys, values] = [upload(ringKeys), upload(ringValues)];
    const result = output(d);
    const bind = await createAttentionKernel(device, { d, heads, window, sinks });
    run(
      bind(
        {
          state: stepState({ slot, history }),
          qkv: upload(qkv),
          sinkKeys: upload(sinkKeys),
          sinkValues: upload(sinkValues),
          rotation: upload(rotationTable(window, d / heads, base)),
          keys: { buffer: keys },
          values: { buffer: values },
          output: result,
        },
        'test',
      ),
    );
    const rowOf = (all: Float32Array, index: number): Float32Array => all.subarray(index * d, (index + 1) * d);
    const ring = Array.from({ length: history + 1 }, (_age, age) =>
      age === 0
        ? { key: rowOf(qkv, 1), value: rowOf(qkv, 2) }
        : {
            key: rowOf(ringKeys, (slot + window - age) % window),
            value: rowOf(ringValues, (slot + window - age) % window),
          },
    );
    const constants = Array.from({ length: sinks }, (_sink, sink) => ({
      key: rowOf(sinkKeys, sink),
      value: rowOf(sinkValues, sink),
    }));
    const expected = attention(rowOf(qkv, 0), ring, constants, heads, base);
    expect(largestDifference(await readFloats(device, result), expected)).toBeLessThan(TOLERANCE);

    // The key and the value of this frame are in the ring now, without rotation; nothing else has changed.
    ringKeys.set(rowOf(qkv, 1), slot * d);
    ringValues.set(rowOf(qkv, 2), slot * d);
    expect(largestDifference(await readFloats(device, keys), ringKeys)).toBe(0);
    expect(largestDifference(await readFloats(device, values), ringValues)).toBe(0);
  });
});

describe('residual decode', () => {
  const weights = parseMotionWeights(randomMotionFile(SMALL_CONFIG, 5));
  const { levels, codebookSize, codeSize } = SMALL_CONFIG;
  const tokens = [37, 0, 12];
  const m = decodeTokens(weights, tokens);
  const EXPRESSIONS = 9;
  const maps: AdjustmentMaps = {
    count: EXPRESSIONS,
    roles: normals(EXPRESSIONS * 8, 29),
    read: normals(EXPRESSIONS * 63, 30).map((value) => value / 10),
    write: normals(EXPRESSIONS * 63, 31).map((value) => value / 20),
  };

  async function decode(first: boolean, before: Float32Array, adjustment: MotionAdjustment) {
    const { vq } = weights;
    const decoder = new Float32Array(
      [vq.mean, vq.smoothing, vq.decode].flatMap((tensor) => Array.from(toFloat32(tensor))),
    );
    const [smoothState, latent] = [upload(before), output(70)];
    const bind = await createResidualDecodeKernel(device, {
      levels,
      codes: codebookSize,
      codeSize,
      expressions: EXPRESSIONS,
      closedGap: CLOSED_GAP_IOD,
      openGap: OPEN_GAP_IOD,
    });
    run(
      bind({
        state: stepState({ first }),
        adjustment: upload(adjustment),
        tokens: upload(new Uint32Array(tokens)),
        codebooks: uploadTable(device, 'codebooks', vq.codebooks),
        decoder: upload(decoder),
        roles: upload(maps.roles),
        maps: upload(new Float32Array([...maps.read, ...maps.write])),
        smoothState,
        latent,
      }),
    );
    return { smooth: await readFloats(device, smoothState), latent: await readFloats(device, latent) };
  }

  it('does not smooth the first frame', async () => {
    const { smooth, latent } = await decode(true, new Float32Array(70).fill(9), neutralAdjustment());
    expect(largestDifference(smooth, m)).toBeLessThan(TOLERANCE);
    expect(largestDifference(latent, finishLatent(m))).toBeLessThan(TOLERANCE);
  });

  it('smooths later frames', async () => {
    const before = normals(70, 32);
    const rate = toFloat32(weights.vq.smoothing);
    const s = m.map((value, row) => before[row]! + rate[row]! * (value - before[row]!));
    const { smooth, latent } = await decode(false, before, neutralAdjustment());
    expect(largestDifference(smooth, s)).toBeLessThan(TOLERANCE);
    expect(largestDifference(latent, finishLatent(s))).toBeLessThan(TOLERANCE);
  });

  // Blinks, angles, translation, gaze, raise of the brows, factors of mouth, brows and head, hold.
  it.each([
    ['procedural motion', [0.7, 1, 2, -3, 1.5, 0.01, -0.02, 0.03, 4, -7, 0.3, 1, 1, 1, 1, 0]],
    ['a small mouth and a still head', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.4, 0.5, 0, 0, 0]],
    ['a large mouth and a lively head', [0, 0, 1, 2, 0, 0, 0, 0, 30, 30, 0, 1.8, 2, 1.7, 0.5, 0]],
  ])('applies %s in the coordinates of the head and rotates with the head', async (_, numbers) => {
    const adjustment = new Float32Array(numbers);
    const { smooth, latent } = await decode(true, new Float32Array(70), adjustment);
    expect(largestDifference(smooth, m)).toBeLessThan(TOLERANCE); // the adjustment does not reach the smoothing
    expect(largestDifference(latent, finishLatent(m, adjustment, maps))).toBeLessThan(TOLERANCE);
    expect(largestDifference(latent, finishLatent(m))).toBeGreaterThan(0.1);
  });
});
