import { describe, expect, it } from 'vitest';
import {
  createOnnxSession,
  createOnnxSessionFromBytes,
  type InferenceSession,
  loadOnnxRuntime,
  type OnnxRuntime,
  releaseSession,
  runSession,
} from '../../../src/weights/onnx-session';
import { sha256Hex } from '../../../src/weights/integrity';
import { ModelLoader } from '../../../src/weights/model-loader';
import { nodeOnnxOptions } from '../../fixtures/node-models';
import { writeOnnx } from '../../fixtures/onnx-writer';
import { floatBytes, toHalfBytes, writeSafetensors } from '../../fixtures/safetensors-writer';

/** y = x W, with W as f16 inside tiny.safetensors after another tensor, as in the exported models. */
function tinyModel(): { graph: Uint8Array; weights: ArrayBuffer } {
  const weights = writeSafetensors({
    other: { dtype: 'F32', shape: [3], bytes: floatBytes([9, 9, 9]) },
    weight: { dtype: 'F16', shape: [2, 2], bytes: toHalfBytes([1, 2, 3, -0.5]) },
  });
  const graph = writeOnnx({
    inputs: [{ name: 'x', shape: [1, 2] }],
    outputs: [{ name: 'y', shape: [1, 2] }],
    initializers: [
      {
        name: 'weight',
        shape: [2, 2],
        external: { file: 'tiny.safetensors', offset: weights.byteLength - 8, length: 8 },
      },
    ],
    nodes: [
      { op: 'Cast', inputs: ['weight'], outputs: ['w'], attributes: [{ name: 'to', int: 1 }] },
      { op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] },
    ],
  });
  return { graph, weights };
}

describe('onnx-session', () => {
  it('runs a graph whose f16 weights are in a safetensors file', async () => {
    const { graph, weights } = tinyModel();
    const files: Record<string, ArrayBuffer> = {
      'tiny.onnx': graph.slice().buffer as ArrayBuffer,
      'tiny.safetensors': weights,
    };
    const entries = await Promise.all(
      Object.entries(files).map(async ([name, data]) => [
        name,
        { bytes: data.byteLength, sha256: await sha256Hex(data) },
      ]),
    );
    const loader = new ModelLoader({
      files: { baseUrl: 'https://models.example/' },
      fetch: async (input) => {
        const name = String(input).split('/').at(-1)!;
        return new Response(
          name === 'manifest.json'
            ? JSON.stringify({ version: 1, files: Object.fromEntries(entries) })
            : files[name]!.slice(0),
        );
      },
    });
    const options = await nodeOnnxOptions();
    const session = await createOnnxSession(loader, 'tiny', options);
    const { Tensor } = await loadOnnxRuntime();
    const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(2, 4), [1, 2]) });
    expect(Array.from(y!.data as Float32Array)).toEqual([14, 2]);
    await session.release();
  });

  it('makes one call into the runtime at a time, for all sessions', async () => {
    let inside = 0;
    const inRuntime: number[] = [];
    const call = async () => {
      inRuntime.push(++inside);
      for (let tick = 0; tick < 5; tick++) await Promise.resolve();
      inside--;
      return {};
    };
    // Fake sessions that count calls: overlapping real ones overwrite the memory of the runtime and may never return.
    const fake = () => ({ run: call, release: call }) as unknown as InferenceSession;
    const ort = { InferenceSession: { create: () => call().then(fake) } } as unknown as OnnxRuntime;
    const [first, second] = [fake(), fake()];
    await Promise.all([
      runSession(first, {}),
      createOnnxSessionFromBytes(ort, 'any', new Uint8Array()),
      runSession(second, {}),
      releaseSession(first),
      runSession(second, {}),
    ]);
    expect(inRuntime).toEqual([1, 1, 1, 1, 1]);
  });

  it('works after a run that failed', async () => {
    const ort = await loadOnnxRuntime(await nodeOnnxOptions());
    const external = new Uint8Array(tinyModel().weights);
    const session = await createOnnxSessionFromBytes(ort, 'tiny', tinyModel().graph, external);
    const x = new ort.Tensor('float32', [2, 4], [1, 2]);
    const [failed, result] = await Promise.allSettled([runSession(session, {}), runSession(session, { x })]);
    expect(failed.status).toBe('rejected');
    expect(result).toMatchObject({ status: 'fulfilled', value: { y: { data: Float32Array.of(14, 2) } } });
    await releaseSession(session);
  });

  it('reports an invalid graph as weights-corrupt', async () => {
    const ort = await loadOnnxRuntime(await nodeOnnxOptions());
    await expect(createOnnxSessionFromBytes(ort, 'tiny', tinyModel().graph.slice(0, 60))).rejects.toMatchObject({
      code: 'weights-corrupt',
    });
    await expect(createOnnxSessionFromBytes(ort, 'tiny', tinyModel().graph, new Uint8Array(4))).rejects.toMatchObject({
      code: 'weights-corrupt',
    });
  });
});
