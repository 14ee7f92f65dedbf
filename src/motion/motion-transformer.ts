/**
 * @file MotionTransformer: one frame of the autoregressive motion transformer, as prepared dispatches.
 *
 * Inputs are the audio embedding and the tokens of the previous frame, the output is the tokens of this frame: one temporal
 * step, then a small depth head that goes through the residual-VQ levels (after Teller, Zhen et al., 2025, reduced to browser
 * size). Each shader states the formula of its part; training/motion_model.py defines the whole graph.
 *
 * Dispatches: 1 embedding + 5 for each layer + 1 input projection of the depth head + 1 depth head. Buffers and bind groups are
 * created once; recording a frame allocates nothing.
 */

import { createStorageBuffer, uploadStorage } from '../gpu/buffers';
import { type PreparedDispatch, scoped } from '../gpu/kernel';
import { createAttentionKernel, rotationTable } from '../kernels/attention';
import { createDepthHeadKernel } from '../kernels/depth-head';
import { createEmbeddingKernel } from '../kernels/embedding';
import { createGatedLinearKernel } from '../kernels/gated-linear';
import type { KernelTuning } from '../kernels/kernel-tuning';
import { createNormLinearKernel } from '../kernels/norm-linear';
import { uploadInterleaved, uploadMatrix, uploadTable, uploadVectors } from '../kernels/packed-matrix';
import { createResidualLinearKernel } from '../kernels/residual-linear';
import { type Tensor, toFloat32 } from '../weights/safetensors';
import { KvCache } from './kv-cache';
import type { MotionConfig, MotionWeights } from './motion-weights';
import type { StepState } from './step-state';

const FLOAT_BYTES = 4;

type Kernels = Awaited<ReturnType<typeof createKernels>>;

async function createKernels(device: GPUDevice, config: MotionConfig, tuning: KernelTuning) {
  const { d, heads, ff, window, sinks, levels, codebookSize, depthWidth, depthFf, embeddingSize, eps } = config;
  const [embedding, qkv, attention, out, gateUp, down, depthEntry, depthHead] = await Promise.all([
    createEmbeddingKernel(device, { inputs: embeddingSize, rows: d, levels, codes: codebookSize }, tuning),
    createNormLinearKernel(device, { inputs: d, rows: 3 * d, eps }, tuning),
    createAttentionKernel(device, { d, heads, window, sinks }),
    createResidualLinearKernel(device, { inputs: d, rows: d }, tuning),
    createGatedLinearKernel(device, { inputs: d, rows: ff, eps }, tuning),
    createResidualLinearKernel(device, { inputs: ff, rows: d }, tuning),
    createNormLinearKernel(device, { inputs: d, rows: levels * depthWidth, eps }, tuning),
    createDepthHeadKernel(device, { levels, width: depthWidth, ff: depthFf, codes: codebookSize, eps }, tuning),
  ]);
  return { embedding, qkv, attention, out, gateUp, down, depthEntry, depthHead };
}

/** Uploads weights and creates buffers for activations, and keeps a list of all of them for `destroy`. */
class BufferOwner {
  readonly buffers: GPUBuffer[] = [];
  readonly #device: GPUDevice;
  readonly #tuning: KernelTuning;

  constructor(device: GPUDevice, tuning: KernelTuning) {
    this.#device = device;
    this.#tuning = tuning;
  }

  matrix(label: string, tensor: Tensor): GPUBuffer {
    return this.own(uploadMatrix(this.#device, `motion ${label}`, tensor, this.#tuning));
  }

  interleaved(label: string, tensor: Tensor): GPUBuffer {
    return this.own(uploadInterleaved(this.#device, `motion ${label}`, tensor, this.#tuning));
  }

  table(label: string, tensor: Tensor): GPUBuffer {
    return this.own(uploadTable(this.#device, `motion ${label}`, tensor));
  }

  vectors(label: string, ...tensors: readonly Tensor[]): GPUBuffer {
    return this.own(uploadVectors(this.#device, `motion ${label}`, ...tensors));
  }

  floats(label: string, count: number): GPUBuffer {
    return this.own(createStorageBuffer(this.#device, `motion ${label}`, count * FLOAT_BYTES));
  }

  own(buffer: GPUBuffer): GPUBuffer {
    this.buffers.push(buffer);
    return buffer;
  }
}

/** norm, out_norm and out_bias, interleaved by level as shaders/transformer/depth-head.wgsl reads them. */
function depthVectors({ norm, outNorm, outBias }: MotionWeights['depth'], levels: number): Float32Array {
  const parts = [norm, outNorm, outBias].map(toFloat32);
  const perLevel = parts.map((part) => part.length / levels);
  const stride = perLevel.reduce((sum, length) => sum + length, 0);
  const all = new Float32Array(levels * stride);
  for (let level = 0; level < levels; level++) {
    let offset = level * stride;
    parts.forEach((part, index) => {
      const length = perLevel[index]!;
      all.set(part.subarray(level * length, (level + 1) * length), offset);
      offset += length;
    });
  }
  return all;
}

/** Owns the weights, the KV cache and the activations on the GPU. */
export class MotionTransformer {
  /** f32[embeddingSize], to be written before the frame is submitted. */
  readonly audio: GPUBuffer;
  /** u32[levels]: tokens of this frame; until they are computed, those of the previous frame. */
  readonly tokens: GPUBuffer;
  /** f32[levels x codebookSize]: only tests and tools read it. */
  readonly logits: GPUBuffer;
  readonly cache: KvCache;
  readonly #steps: readonly PreparedDispatch[];
  readonly #owned: readonly GPUBuffer[];

  private constructor(
    audio: GPUBuffer,
    tokens: GPUBuffer,
    logits: GPUBuffer,
    cache: KvCache,
    steps: readonly PreparedDispatch[],
    owned: readonly GPUBuffer[],
  ) {
    this.audio = audio;
    this.tokens = tokens;
    this.logits = logits;
    this.cache = cache;
    this.#steps = steps;
    this.#owned = owned;
  }

  /** @throws TalkingPortraitError 'unsupported' when the driver refuses a kernel */
  static async create(
    device: GPUDevice,
    weights: MotionWeights,
    state: StepState,
    tuning: KernelTuning,
  ): Promise<MotionTransformer> {
    const kernels = await createKernels(device, weights.config, tuning);
    return scoped(device, 'motion transformer', () => MotionTransformer.#bind(device, weights, state, tuning, kernels));
  }

  static #bind(
    device: GPUDevice,
    weights: MotionWeights,
    state: StepState,
    tuning: KernelTuning,
    kernels: Kernels,
  ): MotionTransformer {
    const { config, depth } = weights;
    const { d, heads, window, levels, depthWidth, codebookSize } = config;
    const owner = new BufferOwner(device, tuning);
    const cache = new KvCache(device, config);
    const audio = owner.floats('audio', config.embeddingSize);
    const tokens = owner.floats('tokens', levels);
    const logits = owner.floats('logits', levels * codebookSize);
    const x = owner.floats('residual stream', d);
    const qkv = owner.floats('qkv', 3 * d);
    const mixed = owner.floats('attention output', d);
    const hidden = owner.floats('mlp hidden', config.ff);
    const entry = owner.floats('depth entry', levels * depthWidth);
    const rotation = owner.own(
      uploadStorage(device, 'motion rotation', rotationTable(window, d / heads, config.ropeBase)),
    );

    const steps = [
      kernels.embedding({
        state: state.buffer,
        audio,
        weights: owner.matrix('audio_in', weights.audioIn),
        biasStart: owner.vectors('audio_in bias, start', weights.audioBias, weights.start),
        table: owner.table('token embedding', weights.tokenEmbedding),
        tokens,
        x,
      }),
    ];
    weights.layers.forEach((layer, index) => {
      const label = `layer ${index}`;
      const name = (part: string): string => `${label} ${part}`;
      steps.push(
        kernels.qkv(
          {
            x,
            gain: owner.vectors(name('norm'), layer.attentionNorm),
            weights: owner.matrix(name('qkv'), layer.qkv),
            y: qkv,
          },
          name('qkv'),
        ),
        kernels.attention(
          {
            state: state.buffer,
            qkv,
            sinkKeys: owner.vectors(name('sink keys'), layer.sinkKeys),
            sinkValues: owner.vectors(name('sink values'), layer.sinkValues),
            rotation,
            keys: cache.layer(cache.keys, index),
            values: cache.layer(cache.values, index),
            output: mixed,
          },
          label,
        ),
        kernels.out({ h: mixed, weights: owner.matrix(name('out'), layer.out), x }, name('out')),
        kernels.gateUp(
          {
            x,
            gain: owner.vectors(name('mlp norm'), layer.mlpNorm),
            weights: owner.matrix(name('gate_up'), layer.gateUp),
            y: hidden,
          },
          label,
        ),
        kernels.down({ h: hidden, weights: owner.matrix(name('down'), layer.down), x }, name('down')),
      );
    });
    steps.push(
      kernels.depthEntry(
        {
          x,
          gain: owner.vectors('final norm', weights.finalNorm),
          weights: owner.matrix('depth in', depth.entry),
          y: entry,
        },
        'depth entry',
      ),
      kernels.depthHead({
        state: state.buffer,
        entry,
        gateUp: owner.interleaved('depth gate_up', depth.gateUp),
        down: owner.interleaved('depth down', depth.down),
        out: owner.interleaved('depth out', depth.out),
        vectors: owner.own(uploadStorage(device, 'motion depth vectors', depthVectors(depth, levels))),
        table: owner.table('depth token embedding', depth.tokenEmbedding),
        tokens,
        logits,
      }),
    );
    return new MotionTransformer(audio, tokens, logits, cache, steps, owner.buffers);
  }

  /** Number of dispatches in a frame. */
  get dispatches(): number {
    return this.#steps.length;
  }

  /** Records one frame. */
  encode(pass: GPUComputePassEncoder): void {
    for (const step of this.#steps) step(pass);
  }

  destroy(): void {
    this.cache.destroy();
    for (const buffer of this.#owned) buffer.destroy();
  }
}
