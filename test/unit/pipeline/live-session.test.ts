/** @file The states of a live session with a made-up animator: events, what head and eyes do, and the loss of the device. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SILENT_LOGGER } from '../../../src/core/logger';
import type { SilentState } from '../../../src/core/portrait-state';
import { type LiveAnimator, LiveSession } from '../../../src/pipeline/live-session';
import { PipelineStats } from '../../../src/pipeline/pipeline-stats';
import type { AnimatorEvent } from '../../../src/protocol';
import { fakeVoicePort } from './fake-voice-port';

const FRAME_MS = 40;
const VOICE_FRAMES = 10;

function open() {
  const states: string[] = [];
  const events: AnimatorEvent[] = [];
  const pipeline = {
    silentState: 'idle' as SilentState,
    made: 0,
    push: vi.fn(),
    end: vi.fn(),
    restartAudio: vi.fn(),
    setSilentState: (state: SilentState) => (pipeline.silentState = state),
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
    renderer: { renderer: 'cpu' as const, reason: 'made-up' },
    adapter: '',
    backend: 'wasm',
    drawsInSoftware: true,
    isReady: false,
    assertAlive: vi.fn(),
    isLost: vi.fn(async () => false),
    draw: vi.fn(),
    drawn: async () => {},
  };
  const session = new LiveSession(
    animator as unknown as LiveAnimator,
    (event: AnimatorEvent) => {
      events.push(event);
      if (event.kind === 'state') states.push(event.state);
    },
    SILENT_LOGGER,
  );
  const setReady = (ready: boolean): void => {
    animator.isReady = ready;
    session.sync();
  };
  return { session, pipeline, animator, states, events, setReady };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('LiveSession', () => {
  it('is silent at the pace of the clock once there is a portrait, in the state that is set', async () => {
    const { session, pipeline, animator, states, setReady } = open();
    await vi.advanceTimersByTimeAsync(25 * FRAME_MS);
    expect(pipeline.made).toBe(0);
    setReady(true);
    await vi.advanceTimersByTimeAsync(25 * FRAME_MS);
    expect(pipeline.made).toBe(25);
    expect(animator.draw).toHaveBeenCalledTimes(25);
    session.setSilentState('attentive');
    expect(pipeline.silentState).toBe('attentive');
    session.setSilentState('attentive');
    session.setSilentState('idle');
    expect(pipeline.silentState).toBe('idle');
    expect(states).toEqual(['idle', 'attentive', 'idle']);
    session.close();
  });

  it('speaks, then returns to its silent state, even if that was changed meanwhile', async () => {
    const { session, pipeline, states, setReady } = open();
    setReady(true);
    void session.speak(fakeVoicePort(VOICE_FRAMES), 16_000);
    await vi.advanceTimersByTimeAsync(3 * FRAME_MS);
    session.setSilentState('attentive');
    expect(states).toEqual(['idle', 'speaking']); // The voice goes on.
    await vi.advanceTimersByTimeAsync(2 * VOICE_FRAMES * FRAME_MS);
    expect(states).toEqual(['idle', 'speaking', 'attentive']);
    expect(pipeline.silentState).toBe('attentive');
    session.close();
  });

  it('keeps a voice that has begun before the portrait was there, and tells when it can be seen', async () => {
    const { session, states, setReady } = open();
    const ready = vi.fn();
    void session.speak(fakeVoicePort(VOICE_FRAMES), 16_000).then(ready);
    await vi.advanceTimersByTimeAsync(0);
    expect(ready).not.toHaveBeenCalled();
    setReady(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(ready).toHaveBeenCalled();
    expect(states).toEqual(['speaking']);
    await vi.advanceTimersByTimeAsync(2 * VOICE_FRAMES * FRAME_MS);
    expect(states).toEqual(['speaking', 'idle']);
    session.close();
  });

  it('attends between the words of a live voice, whatever its silent state', async () => {
    const { session, pipeline, states, setReady } = open();
    setReady(true);
    const { port1, port2 } = new MessageChannel();
    session.listen(port2);
    expect(states).toEqual(['idle', 'following']);
    expect(pipeline.silentState).toBe('attentive');
    expect(pipeline.restartAudio).toHaveBeenLastCalledWith(true, 0);
    session.stop();
    expect(states).toEqual(['idle', 'following', 'idle']);
    expect(pipeline.silentState).toBe('idle');
    expect(pipeline.restartAudio).toHaveBeenLastCalledWith(false, 0);
    session.close();
    port1.close();
  });

  it('neither steps nor draws while the device is lost, and goes on afterwards', async () => {
    const { session, pipeline, animator, setReady } = open();
    setReady(true);
    await vi.advanceTimersByTimeAsync(5 * FRAME_MS);
    setReady(false);
    const [made, drawn] = [pipeline.made, animator.draw.mock.calls.length];
    await vi.advanceTimersByTimeAsync(50 * FRAME_MS);
    expect([pipeline.made, animator.draw.mock.calls.length]).toEqual([made, drawn]);
    setReady(true);
    await vi.advanceTimersByTimeAsync(5 * FRAME_MS);
    expect([pipeline.made, animator.draw.mock.calls.length]).toEqual([made + 5, drawn + 5]);
    session.close();
  });

  it('ends the voice and rejects later ones when the device is lost for good', async () => {
    const { session, animator, states, setReady } = open();
    setReady(true);
    session.listen(new MessageChannel().port2);
    setReady(false);
    const waiting = session.speak(new MessageChannel().port2, 16_000);
    const lost = new Error('lost for good');
    animator.assertAlive.mockImplementation(() => {
      throw lost;
    });
    session.sync();
    await expect(waiting).rejects.toBe(lost);
    await expect(session.speak(new MessageChannel().port2, 16_000)).rejects.toBe(lost);
    expect(() => session.listen(new MessageChannel().port2)).toThrow(lost);
    expect(states.at(-1)).toBe('idle');
    session.close();
  });

  it('reports a failure to draw, but not as an error when the device is lost', async () => {
    const { session, animator, events, setReady } = open();
    setReady(true);
    const failOnce = async () => {
      animator.draw.mockImplementationOnce(() => {
        throw new Error('nothing to draw on');
      });
      await vi.advanceTimersByTimeAsync(FRAME_MS);
      return events.filter(({ kind }) => kind === 'error').length;
    };
    expect(await failOnce()).toBe(1);
    animator.isLost.mockResolvedValueOnce(true);
    expect(await failOnce()).toBe(1);
    session.close();
  });

  it('tells its statistics about five times a second', async () => {
    const { session, events, setReady } = open();
    setReady(true);
    await vi.advanceTimersByTimeAsync(2000);
    const stats = events.filter((event) => event.kind === 'stats');
    expect(stats.length).toBeGreaterThanOrEqual(8);
    expect(stats.length).toBeLessThanOrEqual(11);
    expect(stats.at(-1)!.stats).toMatchObject({ state: 'idle', fps: 25, level: -100, backend: 'wasm' });
    session.close();
  });

  it('leaves no timer behind when it is closed', () => {
    const { session, setReady } = open();
    setReady(true);
    session.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
