/** @file PyTorch's goldens of the motion model (training/export.py): embeddings in; tokens, logits and latents out. */

import { readFileSync } from 'node:fs';
import { parseSafetensors, type Tensor, toFloat32 } from '../../src/weights/safetensors';

function readGolden() {
  const { buffer, byteOffset, byteLength } = readFileSync(new URL('../goldens/motion.safetensors', import.meta.url));
  const file = parseSafetensors(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer);
  const about = JSON.parse(file.metadata['about'] ?? '') as { seed: number; temperature: number; topK: number };
  const tensor = (name: string): Tensor => {
    const found = file.tensors.get(name);
    if (!found) throw new Error(`the goldens have no ${name}`);
    return found;
  };
  return {
    ...about,
    /** Number of frames of a tensor. */
    frames: (name: string): number => tensor(name).shape[0]!,
    /** All numbers of a tensor. */
    values: (name: string): Float32Array => toFloat32(tensor(name)),
    /** One frame's part of a tensor. */
    row(name: string, frame: number): Float32Array {
      const all = toFloat32(tensor(name));
      const length = all.length / tensor(name).shape[0]!;
      return all.subarray(frame * length, (frame + 1) * length);
    },
  };
}

export const motionGolden = readGolden();
