/** @file The goldens of the motion model from PyTorch (training/export.py): embeddings, and the tokens, logits and latents for them. */

import { readFileSync } from 'node:fs';
import { parseSafetensors, type Tensor, toFloat32 } from '../../src/weights/safetensors';

function readGolden() {
  const { buffer, byteOffset, byteLength } = readFileSync(new URL('../goldens/motion.safetensors', import.meta.url));
  const file = parseSafetensors(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer);
  const about = JSON.parse(file.metadata['about'] ?? '') as { seed: number; temperature: number; topK: number };
  const tensor = (name: string): Tensor => {
    const found = file.tensors.get(name);
    if (!found) throw new Error(`The goldens have no tensor "${name}".`);
    return found;
  };
  return {
    ...about,
    /** Number of frames of a tensor. */
    frames: (name: string): number => tensor(name).shape[0]!,
    /** All numbers of a tensor. */
    values: (name: string): Float32Array => toFloat32(tensor(name)),
    /** The part of a tensor that belongs to one frame. */
    row(name: string, frame: number): Float32Array {
      const all = toFloat32(tensor(name));
      const length = all.length / tensor(name).shape[0]!;
      return all.subarray(frame * length, (frame + 1) * length);
    },
  };
}

export const motionGolden = readGolden();
