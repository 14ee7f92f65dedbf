/** @file shaders/common/random.wgsl and src/core/rng.ts give the same random numbers. */

import { expect, it } from 'vitest';
import random from '../../shaders/common/random.wgsl?raw';
import { gumbel, pcg } from '../../src/core/rng';
import { createStorageBuffer } from '../../src/gpu/buffers';
import { ComputeKernel } from '../../src/gpu/kernel';
import { dispatch, readBuffer, readFloats, testDevice } from '../fixtures/gpu-device';

const COUNT = 4096;

it('gives the same hashes and Gumbel noise in WGSL and in TypeScript', async () => {
  const { device } = await testDevice();
  const kernel = await ComputeKernel.create(device, {
    label: 'random test',
    code: `${random}
@group(0) @binding(0) var<storage, read_write> hashes: array<u32>;
@group(0) @binding(1) var<storage, read_write> noise: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  hashes[id.x] = pcg(id.x * 2654435761u);
  noise[id.x] = gumbel(4000000000u, id.x / 64u, id.x % 6u, id.x);
}`,
    bindings: { hashes: 'read-write', noise: 'read-write' },
  });
  const [hashes, noise] = [
    createStorageBuffer(device, 'hashes', COUNT * 4),
    createStorageBuffer(device, 'noise', COUNT * 4),
  ];
  dispatch(device, kernel.prepare({ hashes, noise }, COUNT / 64));
  const expected = Uint32Array.from({ length: COUNT }, (_, i) => pcg(Math.imul(i, 2654435761) >>> 0));
  expect(new Uint32Array(await readBuffer(device, hashes))).toEqual(expected);
  const drawn = await readFloats(device, noise);
  for (let i = 0; i < COUNT; i++) {
    expect(drawn[i]).toBeCloseTo(gumbel(4000000000, Math.floor(i / 64), i % 6, i), 4);
  }
});
