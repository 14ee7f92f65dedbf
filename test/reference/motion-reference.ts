/**
 * @file The whole motion step on the CPU in f64, straight from the formulas: what WGSL and ONNX are checked against.
 *
 * Slow and plain on purpose: the KV cache is a growing list cut to the window, no buffer is reused.
 */

import { rotationFromAngles } from '../../src/core/rotation';
import { gumbel } from '../../src/core/rng';
import type { MotionAdjustment } from '../../src/motion/motion-adjustment';
import type { MotionWeights } from '../../src/motion/motion-weights';
import type { AdjustmentMaps } from '../../src/motion/adjustment-maps';
import type { Sampler } from '../../src/motion/token-sampler';
import { type Tensor, toFloat32 } from '../../src/weights/safetensors';

type Vector = ArrayLike<number>;

const decoded = new WeakMap<Tensor, Float32Array>();

/** All numbers of a tensor, or those of its `index`-th part along the first axis. */
function numbers(tensor: Tensor, index?: number): Float32Array {
  let all = decoded.get(tensor);
  if (!all) decoded.set(tensor, (all = toFloat32(tensor)));
  if (index === undefined) return all;
  const length = all.length / tensor.shape[0]!;
  return all.subarray(index * length, (index + 1) * length);
}

/** W v, W row-major [rows, v.length]. */
export function matVec(w: Vector, v: Vector): number[] {
  return Array.from({ length: w.length / v.length }, (_, row) => {
    let sum = 0;
    for (let i = 0; i < v.length; i++) sum += w[row * v.length + i]! * v[i]!;
    return sum;
  });
}

/** x * gain / sqrt(mean(x^2) + eps). */
export function rmsNorm(x: Vector, gain: Vector, eps: number): number[] {
  let squares = 0;
  for (let i = 0; i < x.length; i++) squares += x[i]! ** 2;
  const scale = 1 / Math.sqrt(squares / x.length + eps);
  return Array.from(x, (value, i) => value * scale * gain[i]!);
}

/** silu(gate) * up of the rows of W h: gate rows first. */
export function gatedRows(w: Vector, h: Vector): number[] {
  const rows = matVec(w, h);
  const half = rows.length / 2;
  return Array.from({ length: half }, (_, i) => (rows[i]! / (1 + Math.exp(-rows[i]!))) * rows[half + i]!);
}

const add = (a: Vector, b: Vector): number[] => Array.from(a, (value, i) => value + b[i]!);

/** k with the pair (j, j + n/2) turned by -age * base^(-2j/n). */
function turnedByAge(k: Vector, age: number, base: number): number[] {
  const half = k.length / 2;
  const out = Array.from(k);
  for (let j = 0; j < half; j++) {
    const angle = -age * base ** ((-2 * j) / k.length);
    out[j] = k[j]! * Math.cos(angle) - k[half + j]! * Math.sin(angle);
    out[half + j] = k[j]! * Math.sin(angle) + k[half + j]! * Math.cos(angle);
  }
  return out;
}

/**
 * One frame's attention.
 *
 * @param ring keys and values [d] of the frames in the window, newest (this frame) first
 */
export function attention(
  q: Vector,
  ring: readonly { key: Vector; value: Vector }[],
  sinks: readonly { key: Vector; value: Vector }[],
  heads: number,
  base: number,
): number[] {
  const size = q.length / heads;
  const out: number[] = [];
  for (let head = 0; head < heads; head++) {
    const part = (v: Vector): number[] => Array.from({ length: size }, (_, i) => v[head * size + i]!);
    const query = part(q);
    const score = (key: number[]): number => key.reduce((sum, k, i) => sum + k * query[i]!, 0) / Math.sqrt(size);
    const entries = [
      ...ring.map(({ key, value }, age) => ({ score: score(turnedByAge(part(key), age, base)), value: part(value) })),
      ...sinks.map(({ key, value }) => ({ score: score(part(key)), value: part(value) })),
    ];
    const largest = Math.max(...entries.map((entry) => entry.score));
    const shares = entries.map((entry) => Math.exp(entry.score - largest));
    const total = shares.reduce((sum, share) => sum + share, 0);
    for (let i = 0; i < size; i++) {
      out.push(entries.reduce((sum, { value }, e) => sum + (shares[e]! / total) * value[i]!, 0));
    }
  }
  return out;
}

/** The token of one level's logits. */
function sample(logits: Vector, level: number, frame: number, { seed, temperature, topK }: Sampler): number {
  const order = Array.from(logits, (_, code) => code).sort((a, b) => logits[b]! - logits[a]! || a - b);
  const value = (code: number): number =>
    logits[code]! + (temperature > 0 ? temperature * gumbel(seed, frame, level, code) : 0);
  return order.slice(0, topK).reduce((best, code) => (value(code) > value(best) ? code : best));
}

/** Depth head: tokens and logits of all levels. */
export function depthHead(
  { config, depth }: MotionWeights,
  hidden: Vector,
  frame: number,
  sampler: Sampler,
): { tokens: number[]; logits: number[][] } {
  const tokens: number[] = [];
  const logits: number[][] = [];
  for (let level = 0; level < config.levels; level++) {
    let u = matVec(numbers(depth.entry, level), hidden);
    tokens.forEach((token, before) => {
      const width = config.depthWidth;
      u = add(u, numbers(depth.tokenEmbedding, before).subarray(token * width, (token + 1) * width));
    });
    const h = gatedRows(numbers(depth.gateUp, level), rmsNorm(u, numbers(depth.norm, level), config.eps));
    u = add(u, matVec(numbers(depth.down, level), h));
    const normed = rmsNorm(u, numbers(depth.outNorm, level), config.eps);
    const row = add(matVec(numbers(depth.out, level), normed), numbers(depth.outBias, level));
    logits.push(row);
    tokens.push(sample(row, level, frame, sampler));
  }
  return { tokens, logits };
}

/** m = mean + decode sum_l codebooks[l][token_l]. */
export function decodeTokens({ config, vq }: MotionWeights, tokens: readonly number[]): number[] {
  const z: number[] = Array.from({ length: config.codeSize }, () => 0);
  tokens.forEach((token, level) => {
    const book = numbers(vq.codebooks, level);
    for (let i = 0; i < config.codeSize; i++) z[i]! += book[token * config.codeSize + i]!;
  });
  return add(numbers(vq.mean), matVec(numbers(vq.decode), z));
}

/**
 * Change of the expressions by an adjustment; `pose` is the adjusted pitch and yaw. Numbers are taken by position, as in
 * the formula.
 */
function expressionChange(
  s: Vector,
  pose: { pitch: number; yaw: number },
  adjustment: Vector,
  maps: AdjustmentMaps,
): number[] {
  const [left, right] = [adjustment[0]!, adjustment[1]!];
  const [gazeX, gazeY, raise, mouth, brows, , hold] = Array.from(adjustment).slice(8);
  const c = matVec(maps.read, Array.from(s).slice(0, 63));
  const gap = c.reduce((sum, value, e) => sum + value * maps.roles[8 * e + 2]!, 0);
  const open = Math.min(1, Math.max(0, (gap - 0.016) / 0.034));
  const factor = mouth! > 1 ? 1 + (mouth! - 1) * open * open * (3 - 2 * open) : mouth!;
  const x = Math.min(25, Math.max(-25, gazeX! + hold! * pose.yaw));
  const y = Math.min(18, Math.max(-18, gazeY! - hold! * pose.pitch));
  return c.map((value, e) => {
    const [lips, brow, , lift, lidLeft, lidRight, lookX, lookY] = maps.roles.slice(8 * e, 8 * e + 8);
    const amplitude = lips! * (factor - 1) + brow! * (brows! - 1);
    const blink = (lidLeft! * left + lidRight! * right) * Math.max(0, 1 - value);
    return amplitude * value + lift! * raise! + blink + Math.max(0, lookX! * x + lookY! * y);
  });
}

/** The MotionLatent of the smoothed values `s` (in the coordinates of the head): adjusted, with delta rotated by the head. */
export function finishLatent(s: Vector, adjustment?: MotionAdjustment, maps?: AdjustmentMaps): number[] {
  const latent = Array.from(s);
  if (adjustment && maps) {
    for (let axis = 0; axis < 3; axis++) {
      latent[63 + axis] = adjustment[13]! * s[63 + axis]! + adjustment[2 + axis]!;
      latent[66 + axis] = adjustment[13]! * s[66 + axis]! + adjustment[5 + axis]!;
    }
    const change = expressionChange(s, { pitch: latent[63]!, yaw: latent[64]! }, adjustment, maps);
    matVec(maps.write, change).forEach((value, i) => (latent[i]! += value));
  }
  const r = rotationFromAngles(latent[63]!, latent[64]!, latent[65]!);
  for (let keypoint = 0; keypoint < 63; keypoint += 3) {
    const delta = latent.slice(keypoint, keypoint + 3);
    for (let column = 0; column < 3; column++) {
      latent[keypoint + column] = delta[0]! * r[column]! + delta[1]! * r[3 + column]! + delta[2]! * r[6 + column]!;
    }
  }
  return latent;
}

/** The motion model, frame by frame. */
export class MotionReference {
  #rings: { key: number[]; value: number[] }[][] = [];
  #previous: number[] | undefined;
  #smooth: number[] | undefined;
  readonly #weights: MotionWeights;
  readonly #sampler: Sampler;

  constructor(weights: MotionWeights, sampler: Sampler) {
    this.#weights = weights;
    this.#sampler = sampler;
    this.reset();
  }

  reset(): void {
    this.#rings = this.#weights.layers.map(() => []);
    this.#previous = undefined;
    this.#smooth = undefined;
  }

  step(frame: number, embedding: Vector): { tokens: number[]; logits: number[][]; latent: number[] } {
    const weights = this.#weights;
    const { d, heads, sinks, window, ropeBase, eps } = weights.config;
    let x = add(matVec(numbers(weights.audioIn), embedding), numbers(weights.audioBias));
    if (this.#previous) {
      this.#previous.forEach((token, level) => {
        x = add(x, numbers(weights.tokenEmbedding, level).subarray(token * d, (token + 1) * d));
      });
    } else {
      x = add(x, numbers(weights.start));
    }
    weights.layers.forEach((layer, index) => {
      const qkv = matVec(numbers(layer.qkv), rmsNorm(x, numbers(layer.attentionNorm), eps));
      const ring = this.#rings[index]!;
      ring.unshift({ key: qkv.slice(d, 2 * d), value: qkv.slice(2 * d) });
      ring.length = Math.min(ring.length, window);
      const constants = Array.from({ length: sinks }, (_, sink) => ({
        key: numbers(layer.sinkKeys, sink),
        value: numbers(layer.sinkValues, sink),
      }));
      x = add(x, matVec(numbers(layer.out), attention(qkv.slice(0, d), ring, constants, heads, ropeBase)));
      const hidden = gatedRows(numbers(layer.gateUp), rmsNorm(x, numbers(layer.mlpNorm), eps));
      x = add(x, matVec(numbers(layer.down), hidden));
    });
    const hidden = rmsNorm(x, numbers(weights.finalNorm), eps);
    const { tokens, logits } = depthHead(weights, hidden, frame, this.#sampler);
    const m = decodeTokens(weights, tokens);
    const rate = numbers(weights.vq.smoothing);
    const before = this.#smooth;
    this.#smooth = before ? m.map((value, i) => before[i]! + rate[i]! * (value - before[i]!)) : m;
    this.#previous = tokens;
    return { tokens, logits, latent: finishLatent(this.#smooth) };
  }
}
