/**
 * @file MotionWeights: sizes and tensors of models/motion.safetensors, which training/export.py makes.
 *
 * Every shape is checked against the config, so that no kernel reads out of bounds.
 */

import { MOTION_LATENT_SIZE } from '../core/motion-latent';
import { TalkingPortraitError } from '../errors';
import { expectTensor, parseSafetensors, type SafetensorsFile, type Tensor } from '../weights/safetensors';

/** Sizes and defaults of the model, as training/motion_model.py writes them. */
export type MotionConfig = {
  /** Width of the residual stream. */
  d: number;
  layers: number;
  heads: number;
  /** Width of the gated MLP. */
  ff: number;
  /** Number of frames that attention covers, including the current one. */
  window: number;
  /** Learned constant keys and values of each layer. */
  sinks: number;
  /** Residual-VQ levels: the number of tokens of a frame. */
  levels: number;
  codebookSize: number;
  codeSize: number;
  depthWidth: number;
  depthFf: number;
  /** Length of the audio embedding. */
  embeddingSize: number;
  ropeBase: number;
  eps: number;
  /** Default of the sampler; 0 always takes the most probable token. */
  temperature: number;
  /** Default of the sampler. */
  topK: number;
};

export type LayerWeights = {
  attentionNorm: Tensor;
  qkv: Tensor;
  sinkKeys: Tensor;
  sinkValues: Tensor;
  out: Tensor;
  mlpNorm: Tensor;
  gateUp: Tensor;
  down: Tensor;
};

/** Tensors by role, f16; matrices are [out, in]. */
export type MotionWeights = {
  config: MotionConfig;
  audioIn: Tensor;
  audioBias: Tensor;
  start: Tensor;
  tokenEmbedding: Tensor;
  layers: LayerWeights[];
  finalNorm: Tensor;
  depth: {
    entry: Tensor;
    tokenEmbedding: Tensor;
    norm: Tensor;
    gateUp: Tensor;
    down: Tensor;
    outNorm: Tensor;
    out: Tensor;
    outBias: Tensor;
  };
  vq: { codebooks: Tensor; mean: Tensor; decode: Tensor; smoothing: Tensor };
};

const SIZES = [
  'd',
  'layers',
  'heads',
  'ff',
  'window',
  'sinks',
  'levels',
  'codebookSize',
  'codeSize',
  'depthWidth',
  'depthFf',
  'embeddingSize',
  'topK',
] as const;
const POSITIVE = ['ropeBase', 'eps'] as const;
// The kernels read eight numbers at a time, so these must be multiples of eight.
const MULTIPLES_OF_EIGHT = ['d', 'ff', 'depthWidth', 'depthFf', 'embeddingSize'] as const;
const EIGHT = 8;

function corrupt(what: string, value?: string | number): TalkingPortraitError {
  return new TalkingPortraitError(
    'weights-corrupt',
    `The motion model is damaged: ${what}.`,
    'Download it again or rebuild it with training/export.py.',
    value,
  );
}

function checkConfig(value: unknown): MotionConfig {
  const config = value as Record<string, unknown> | null;
  if (typeof config !== 'object' || config === null) throw corrupt('its config is not a JSON object');
  for (const name of SIZES) {
    const size = config[name];
    if (!Number.isInteger(size) || (size as number) < 1)
      throw corrupt('a size in its config is not a positive integer', name);
  }
  for (const name of POSITIVE) {
    if (!((config[name] as number) > 0)) throw corrupt('a number in its config is not positive', name);
  }
  if (!((config['temperature'] as number) >= 0)) throw corrupt('its temperature is negative or missing');
  const checked = config as MotionConfig;
  for (const name of MULTIPLES_OF_EIGHT) {
    if (checked[name] % EIGHT !== 0) throw corrupt(`its ${name} is not a multiple of 8`, checked[name]);
  }
  if (checked.window < 2) throw corrupt('its window is shorter than 2 frames', checked.window);
  if (checked.d % (checked.heads * EIGHT) !== 0)
    throw corrupt('its width is not a multiple of 8 times its heads', checked.heads);
  return checked;
}

function readConfig(file: SafetensorsFile): MotionConfig {
  let parsed: unknown;
  try {
    parsed = JSON.parse(file.metadata['config'] ?? '');
  } catch (cause) {
    throw Object.assign(corrupt('its config is not valid JSON'), { cause });
  }
  return checkConfig(parsed);
}

/**
 * @param bytes the whole file
 * @throws TalkingPortraitError 'weights-corrupt'
 */
export function parseMotionWeights(bytes: ArrayBuffer): MotionWeights {
  const file = parseSafetensors(bytes);
  const config = readConfig(file);
  const { d, ff, sinks, levels, codebookSize, codeSize, depthWidth, depthFf, embeddingSize } = config;
  const read = (name: string, ...shape: number[]): Tensor => expectTensor(file, name, ['F16'], shape);
  const layers = Array.from({ length: config.layers }, (_, index): LayerWeights => {
    const name = `layers.${index}`;
    return {
      attentionNorm: read(`${name}.attn_norm`, d),
      qkv: read(`${name}.qkv.weight`, 3 * d, d),
      sinkKeys: read(`${name}.sink_k`, sinks, d),
      sinkValues: read(`${name}.sink_v`, sinks, d),
      out: read(`${name}.out.weight`, d, d),
      mlpNorm: read(`${name}.mlp_norm`, d),
      gateUp: read(`${name}.gate_up.weight`, 2 * ff, d),
      down: read(`${name}.down.weight`, d, ff),
    };
  });
  return {
    config,
    audioIn: read('audio_in.weight', d, embeddingSize),
    audioBias: read('audio_in.bias', d),
    start: read('start', d),
    tokenEmbedding: read('token_embedding', levels, codebookSize, d),
    layers,
    finalNorm: read('final_norm', d),
    depth: {
      entry: read('depth.in', levels, depthWidth, d),
      tokenEmbedding: read('depth.token_embedding', levels, codebookSize, depthWidth),
      norm: read('depth.norm', levels, depthWidth),
      gateUp: read('depth.gate_up', levels, 2 * depthFf, depthWidth),
      down: read('depth.down', levels, depthWidth, depthFf),
      outNorm: read('depth.out_norm', levels, depthWidth),
      out: read('depth.out', levels, codebookSize, depthWidth),
      outBias: read('depth.out_bias', levels, codebookSize),
    },
    vq: {
      codebooks: read('vq.codebooks', levels, codebookSize, codeSize),
      mean: read('vq.mean', MOTION_LATENT_SIZE),
      decode: read('vq.decode', MOTION_LATENT_SIZE, codeSize),
      smoothing: read('vq.smoothing', MOTION_LATENT_SIZE),
    },
  };
}
