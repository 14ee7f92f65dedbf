/** @file Vertices of the CPU renderer, from packed lists of modes, against the dense modes of the face model. */
import { describe, expect, it } from 'vitest';
import { FrameMotion } from '../../../src/renderer/cpu/frame-amounts';
import { placeInPhoto } from '../../../src/renderer/cpu/frame-steps';
import { GridMotion, MeshMotion } from '../../../src/renderer/cpu/vertex-motion';
import { latentOf, motionFrame } from '../../fixtures/draw-frame';
import { syntheticPortrait } from '../../fixtures/synthetic-portrait';
import { meshVertices } from '../../reference/vertices';

const { model, bundle } = syntheticPortrait(128);

function amountsOf(expressions: Record<string, number>, pose = {}) {
  const motion = new FrameMotion(model, bundle);
  motion.advance(motionFrame(latentOf(model, expressions, pose), { speechBlend: 1 }));
  return motion.at(1);
}

describe('MeshMotion', () => {
  it.each([
    ['at rest', {}, {}],
    [
      'speaking',
      { jawOpen: 0.4, mouthPucker: 0.5, eyeBlink: 0.7 },
      { yaw: 9, pitch: -4, roll: 3, x: 0.03, scale: 1.02 },
    ],
  ])('moves every vertex as the dense modes do: %s', (_, expressions, pose) => {
    const amounts = amountsOf(expressions, pose);
    const motion = new MeshMotion(model, bundle);
    motion.set(amounts);
    motion.move(amounts, 0, bundle.mesh.source.length);
    const dense = meshVertices(model, bundle.mesh, amounts.shown, amounts.corrections);
    let worst = 0;
    for (let v = 0; v < bundle.mesh.source.length; v++) {
      const [x, y] = placeInPhoto(dense.subarray(3 * v, 3 * v + 3), amounts.head, bundle.pose);
      worst = Math.max(worst, Math.hypot(motion.places[3 * v]! - x, motion.places[3 * v + 1]! - y));
    }
    // Modes below 3e-4 IOD have no entry in the lists; 40 px per IOD here.
    expect(worst).toBeLessThan(0.1);
  });
});

describe('GridMotion', () => {
  it('moves with the head where the photo shows it, and not at the border', () => {
    const motion = new GridMotion(bundle);
    motion.move(amountsOf({}, { yaw: 10 }));
    const shift = (k: number): number =>
      Math.hypot(motion.places[2 * k]! - motion.uv[2 * k]!, motion.places[2 * k + 1]! - motion.uv[2 * k + 1]!);
    const shifts = Array.from({ length: motion.uv.length / 2 }, (_, k) => shift(k));
    expect(Math.max(...shifts)).toBeGreaterThan(3);
    for (let k = motion.moving; k < shifts.length; k++) expect(shifts[k]).toBe(0);
  });
});
