/** @file MotionGenerator: the contents of a motion frame, with a fake backend. */

import { describe, expect, it } from 'vitest';
import { ARTICULATION_SIZE, type AudioEmbedding, EMBEDDING_SIZE } from '../../../src/core/audio-types';
import type { MotionFrame } from '../../../src/core/motion-frame';
import { ADJUSTMENT } from '../../../src/motion/motion-adjustment';
import type { MotionBackend } from '../../../src/motion/motion-backend';
import { MotionGenerator } from '../../../src/motion/motion-generator';
import type { MotionConfig } from '../../../src/motion/motion-weights';
import { resolveControls } from '../../../src/options/controls';

const LATENT = {} as GPUBuffer;

function open() {
  const steps: { frame: number; head: number }[] = [];
  const backend: MotionBackend = {
    kind: 'wasm',
    latent: LATENT,
    config: { temperature: 1, topK: 8, codebookSize: 256 } as MotionConfig,
    setSampler: () => {},
    read: async () => ({ latent: new Float32Array(70), tokens: new Uint32Array(6) }),
    step: (_encoder, frame, _embedding, adjustment) => {
      steps.push({ frame, head: adjustment[ADJUSTMENT.head]! });
    },
    reset: () => {},
    destroy: () => {},
  };
  return { motion: new MotionGenerator(backend, 1), steps };
}

async function run(motion: MotionGenerator, frames: number, speaking: boolean): Promise<MotionFrame[]> {
  const made: MotionFrame[] = [];
  for (let frame = 0; frame < frames; frame++) {
    const embedding: AudioEmbedding = {
      frame,
      values: new Float32Array(EMBEDDING_SIZE),
      speech: speaking ? 1 : 0,
      speaking,
      articulation: new Float32Array(ARTICULATION_SIZE).fill(0.5),
      level: speaking ? -30 : -100,
    };
    made.push(await motion.step({} as GPUCommandEncoder, embedding));
  }
  return made;
}

describe('MotionGenerator', () => {
  it('puts the latent, the articulation and the secondary motion of the controls into the frame', async () => {
    const { motion } = open();
    motion.setControls(resolveControls({ secondaryMotion: 1.5 }));
    const [frame] = await run(motion, 1, false);
    expect(frame!.latent).toBe(LATENT);
    expect([...frame!.articulation]).toEqual(Array(ARTICULATION_SIZE).fill(0.5));
    expect(frame!.secondaryMotion).toBe(1.5);
    motion.setControls(resolveControls({ secondaryMotion: 0 }));
    expect((await run(motion, 1, false))[0]!.secondaryMotion).toBe(0);
  });

  it('has a speech blend of 0 in silence, and of 1 from the first frame if a voice begins before it', async () => {
    const silent = open().motion;
    expect((await run(silent, 20, false)).every(({ speechBlend }) => speechBlend === 0)).toBe(true);
    const { motion } = open();
    motion.beginVoice();
    expect((await run(motion, 20, false)).every(({ speechBlend }) => speechBlend === 1)).toBe(true);
  });

  it('counts pauses of less than a second as speech in the motion of the head', async () => {
    const { motion, steps } = open();
    await run(motion, 50, true);
    const speaking = steps.at(-1)!.head;
    await run(motion, 24, false);
    expect(steps.at(-1)!.head).toBe(speaking);
    await run(motion, 20, false);
    expect(steps.at(-1)!.head).toBeLessThan(0.5 * speaking);
  });

  it('continues the frame count when a new voice begins', async () => {
    const { motion, steps } = open();
    await run(motion, 3, true);
    motion.beginVoice();
    await run(motion, 2, true);
    expect(steps.map(({ frame }) => frame)).toEqual([0, 1, 2, 3, 4]);
  });
});
