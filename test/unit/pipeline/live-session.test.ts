/** @file The states of a live session, with a made-up animator: what is told, and what head and eyes are told to do. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Animator } from '../../../src/pipeline/animator';
import { LiveSession } from '../../../src/pipeline/live-session';
import { PipelineStats } from '../../../src/pipeline/pipeline-stats';
import type { AnimatorEvent } from '../../../src/protocol';

const FRAME_MS = 40;
const VOICE_FRAMES = 10;

function open() {
  const told: string[] = [];
  const pipeline = {
    setSilentState: vi.fn(),
    hasPortrait: true,
    made: 0,
    push: vi.fn(),
    end: vi.fn(),
    restartAudio: vi.fn(),
    step: async () => ({
      frame: pipeline.made++,
      values: new Float32Array(1),
      speech: 0,
      speaking: false,
      level: -100,
    }),
  };
  const animator = {
    pipeline,
    stats: new PipelineStats(),
    adapter: '',
    backend: 'wasm',
    draw: () => {},
    drawn: async () => {},
  };
  const session = new LiveSession(animator as unknown as Animator, (event: AnimatorEvent) => {
    if (event.kind === 'state') told.push(event.state);
    if (event.kind === 'error') throw new Error(event.error.what);
  });
  return { session, pipeline, told };
}

const voice = () => ({ samples: new Float32Array(640 * VOICE_FRAMES), sampleRate: 16_000, startSample: 0 });
const epochMs = (): number => performance.timeOrigin + performance.now();

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('LiveSession', () => {
  it('rests as it is told to, at the pace of the clock', async () => {
    const { session, pipeline, told } = open();
    session.rest();
    await vi.advanceTimersByTimeAsync(25 * FRAME_MS);
    expect(pipeline.made).toBeGreaterThanOrEqual(23);
    expect(pipeline.made).toBeLessThanOrEqual(25);
    session.setRest('listening');
    expect(pipeline.setSilentState).toHaveBeenLastCalledWith('listening');
    session.setRest('listening');
    session.setRest('idle');
    expect(pipeline.setSilentState).toHaveBeenLastCalledWith('idle');
    expect(told).toEqual(['idle', 'listening', 'idle']);
    session.close();
  });

  it('speaks and goes back to what it did, also when that was changed meanwhile', async () => {
    const { session, pipeline, told } = open();
    session.rest();
    session.speak(voice(), epochMs());
    await vi.advanceTimersByTimeAsync(3 * FRAME_MS);
    session.setRest('listening');
    expect(told).toEqual(['idle', 'speaking']); // the voice goes on
    await vi.advanceTimersByTimeAsync(2 * VOICE_FRAMES * FRAME_MS);
    expect(told).toEqual(['idle', 'speaking', 'listening']);
    expect(pipeline.setSilentState).toHaveBeenLastCalledWith('listening');
    session.close();
  });

  it('attends between the words of a live voice, whatever it does at rest', async () => {
    const { session, pipeline, told } = open();
    const { port1, port2 } = new MessageChannel();
    session.listen(port2);
    expect(told).toEqual(['listening']);
    expect(pipeline.setSilentState).toHaveBeenLastCalledWith('listening');
    expect(pipeline.restartAudio).toHaveBeenLastCalledWith(true);
    session.stop();
    expect(told).toEqual(['listening', 'idle']);
    expect(pipeline.setSilentState).toHaveBeenLastCalledWith('idle');
    expect(pipeline.restartAudio).toHaveBeenLastCalledWith(false);
    session.close();
    port1.close();
  });
});
