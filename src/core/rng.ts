/**
 * @file Counter-based random numbers: a number depends on its coordinates only, not on how many were drawn before it.
 *
 * So any frame can be reproduced on any backend; the WGSL kernels (shaders/common/random.wgsl) use the same arithmetic.
 * Source of the hash: Jarzynski and Olano, "Hash Functions for GPU Rendering", JCGT 2020 (pcg).
 */

const UNIFORM_STEPS = 2 ** 24;

/** The pcg hash of a u32. @returns u32 */
export function pcg(value: number): number {
  const state = (Math.imul(value, 747796405) + 2891336453) >>> 0;
  const word = Math.imul((state >>> ((state >>> 28) + 4)) ^ state, 277803737) >>> 0;
  return ((word >>> 22) ^ word) >>> 0;
}

/** Uniform in (0, 1), with 24 bits, from seed, stream and index. */
export function uniform(seed: number, stream: number, index: number): number {
  return ((pcg(index + pcg(stream + pcg(seed))) >>> 8) + 0.5) / UNIFORM_STEPS;
}

/** Standard normal, from seed, stream and index (Box and Muller, 1958). */
export function normal(seed: number, stream: number, index: number): number {
  const radius = Math.sqrt(-2 * Math.log(uniform(seed, stream, 2 * index)));
  return radius * Math.cos(2 * Math.PI * uniform(seed, stream, 2 * index + 1));
}

/**
 * Standard Gumbel noise -ln(-ln u) for one code of one level of one frame.
 *
 * @param seed u32 @param frame u32 @param level u32 @param code u32
 */
export function gumbel(seed: number, frame: number, level: number, code: number): number {
  const bits = pcg(code + pcg(level + pcg(frame + pcg(seed)))) >>> 8;
  return -Math.log(-Math.log((bits + 0.5) / UNIFORM_STEPS));
}
