/** @file Sequences of feature vectors over time, and their interpolation to another rate. */

/** f32[length x size], row-major. */
export type FeatureSequence = { values: Float32Array; length: number; size: number };

/** Linear interpolation over time to `frames` vectors; the first and the last one stay as they are (`align_corners`). */
export function resampleFeatures({ values, length, size }: FeatureSequence, frames: number): FeatureSequence {
  const out = new Float32Array(frames * size);
  for (let frame = 0; frame < frames; frame++) {
    const at = frames > 1 ? (frame * (length - 1)) / (frames - 1) : 0;
    const left = Math.floor(at);
    const right = Math.min(length - 1, left + 1);
    const blend = at - left;
    for (let i = 0; i < size; i++) {
      const a = values[left * size + i]!;
      out[frame * size + i] = a + blend * (values[right * size + i]! - a);
    }
  }
  return { values: out, length: frames, size };
}
