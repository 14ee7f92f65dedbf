/** @file The voice clock with made-up motion: which frames are made, what is reported, and what a pause does. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SILENT_LOGGER } from '../../../src/core/logger';
import type { PortraitState } from '../../../src/core/portrait-state';
import { VoiceClock } from '../../../src/pipeline/voice-clock';
import { PlayedVoice } from '../../../src/pipeline/voices/played-voice';
import { Silence } from '../../../src/pipeline/voices/silence';
import { deferred } from './fake-device';
import { fakeVoicePort } from './fake-voice-port';

const FRAME_MS = 40;

const embedding = { frame: 0, values: new Float32Array(1), speech: 0, speaking: true, level: -20 };

function open() {
  const motion = {
    push: vi.fn(),
    end: vi.fn(),
    restartAudio: vi.fn(),
    setSilentState: vi.fn(),
    step: vi.fn(async (): Promise<typeof embedding | null> => embedding),
  };
  const states: PortraitState[] = [];
  const hooks = {
    onState: (state: PortraitState) => void states.push(state),
    onSpeech: vi.fn(),
    onVoice: vi.fn(),
    onEmbedding: vi.fn(),
    onFrames: vi.fn(),
    onTick: vi.fn(),
    onError: vi.fn(),
  };
  const clock = new VoiceClock(motion as unknown as ConstructorParameters<typeof VoiceClock>[0], hooks, SILENT_LOGGER);
  return { clock, motion, hooks, states };
}

const playedVoice = (frames: number): PlayedVoice => new PlayedVoice(fakeVoicePort(frames), 16_000, () => 0);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('VoiceClock', () => {
  it('makes no frames before it is resumed', async () => {
    const { clock, motion } = open();
    clock.begin(new Silence());
    await vi.advanceTimersByTimeAsync(10 * FRAME_MS);
    expect(motion.step).not.toHaveBeenCalled();
    clock.resume();
    await vi.advanceTimersByTimeAsync(10 * FRAME_MS);
    expect(motion.step).toHaveBeenCalledTimes(10);
    clock.close();
  });

  it('reports all frames of a burst once', async () => {
    const { clock, motion, hooks } = open();
    clock.resume();
    const first = deferred<typeof embedding>();
    motion.step.mockReturnValueOnce(first.promise);
    clock.begin(new Silence());
    await vi.advanceTimersByTimeAsync(3 * FRAME_MS);
    expect(hooks.onFrames).not.toHaveBeenCalled();
    first.resolve(embedding);
    await vi.advanceTimersByTimeAsync(0);
    // The first step took longer than a catch-up may last.
    expect(hooks.onFrames.mock.calls.map(([{ count }]) => count as number).reduce((a, b) => a + b)).toBe(3);
    expect(hooks.onEmbedding).toHaveBeenCalledTimes(3);
    clock.close();
  });

  it('switches to silence when a voice has ended, and reports the states', async () => {
    const { clock, motion, states } = open();
    clock.resume();
    clock.begin(new Silence());
    clock.begin(playedVoice(5));
    expect(motion.restartAudio).toHaveBeenLastCalledWith(true, 0);
    await vi.advanceTimersByTimeAsync(6 * FRAME_MS);
    expect(states).toEqual(['idle', 'speaking', 'idle']);
    expect(motion.restartAudio).toHaveBeenLastCalledWith(false, 0);
    clock.close();
  });

  it('reports speech of a voice, and its end in the silence that follows', async () => {
    const { clock, hooks } = open();
    clock.resume();
    clock.begin(playedVoice(3));
    await vi.advanceTimersByTimeAsync(8 * FRAME_MS);
    expect(hooks.onSpeech.mock.calls).toEqual([[true], [false]]);
    clock.close();
  });

  it('throws the error of a voice that cannot begin, and continues with silence', async () => {
    const { clock, states } = open();
    clock.resume();
    const voice = new Silence();
    voice.begin = () => {
      throw new Error('it cannot begin');
    };
    expect(() => clock.begin(voice)).toThrow('it cannot begin');
    expect(states).toEqual(['idle']);
    clock.close();
  });

  it('makes no frames while it is paused, then continues a played voice with the frame that is heard', async () => {
    const { clock, motion, hooks } = open();
    clock.resume();
    clock.begin(playedVoice(50));
    await vi.advanceTimersByTimeAsync(4.5 * FRAME_MS);
    expect(motion.step).toHaveBeenCalledTimes(5);
    clock.pause();
    await vi.advanceTimersByTimeAsync(20 * FRAME_MS);
    expect(motion.step).toHaveBeenCalledTimes(5);
    motion.restartAudio.mockClear();
    clock.resume();
    expect(motion.restartAudio).toHaveBeenCalledWith(true, 0);
    await vi.advanceTimersByTimeAsync(1);
    expect(motion.step).toHaveBeenCalledTimes(6); // The frame that is heard now; those of the pause are skipped.
    expect(motion.push.mock.lastCall![0]).toMatchObject({ samples: { length: 16 * 640 } }); // 12 frames of context, and those that the next frame needs.
    await vi.advanceTimersByTimeAsync(40 * FRAME_MS);
    expect(clock.state).toBe('idle'); // It ended in time.
    expect(hooks.onError).not.toHaveBeenCalled();
    clock.close();
  });

  it('does not count a step that was interrupted by a pause, and does not report its failure', async () => {
    const { clock, motion, hooks } = open();
    clock.resume();
    const step = deferred<typeof embedding>();
    motion.step.mockReturnValueOnce(step.promise);
    clock.begin(new Silence());
    await vi.advanceTimersByTimeAsync(FRAME_MS);
    clock.pause();
    step.reject(new Error('the device is lost'));
    await vi.advanceTimersByTimeAsync(FRAME_MS);
    expect(hooks.onFrames).not.toHaveBeenCalled();
    expect(hooks.onError).not.toHaveBeenCalled();
    clock.resume();
    await vi.advanceTimersByTimeAsync(FRAME_MS);
    expect(hooks.onFrames).toHaveBeenCalledOnce();
    clock.close();
  });

  it('reports the failure of a step while it runs', async () => {
    const { clock, motion, hooks } = open();
    clock.resume();
    motion.step.mockRejectedValueOnce(new Error('broken'));
    clock.begin(new Silence());
    await vi.advanceTimersByTimeAsync(FRAME_MS);
    expect(hooks.onError).toHaveBeenCalledOnce();
    clock.close();
  });

  it('leaves no timer running when it is closed or paused', async () => {
    const { clock } = open();
    clock.resume();
    clock.begin(new Silence());
    clock.pause();
    expect(vi.getTimerCount()).toBe(0);
    clock.resume();
    expect(vi.getTimerCount()).toBe(1);
    clock.close();
    expect(vi.getTimerCount()).toBe(0);
    expect(clock.state).toBeUndefined();
  });
});
