/** @file The presenter with a made-up screen: pictures under way, pauses, display frames and statistics. */
import { epochMs } from '../../../src/core/time';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PipelineStats } from '../../../src/pipeline/pipeline-stats';
import { Presenter } from '../../../src/pipeline/presenter';
import { deferred } from './fake-device';

function open({ drawsInSoftware = true } = {}) {
  const pictures: ReturnType<typeof deferred<void>>[] = [];
  const screen = {
    drawsInSoftware,
    draw: vi.fn(),
    drawn: vi.fn(() => {
      pictures.push(deferred<void>());
      return pictures.at(-1)!.promise;
    }),
  };
  const stats = new PipelineStats();
  const onError = vi.fn();
  const presenter = new Presenter(screen, stats, onError);
  const show = (): void =>
    presenter.show({ count: 1, begunAtMs: performance.now(), heardAtEpochMs: epochMs() - 100, isPlayed: false });
  return { presenter, screen, stats, onError, pictures, show };
}

let displayFrames: Map<number, () => void>;
beforeEach(() => {
  vi.useFakeTimers();
  displayFrames = new Map();
  let count = 0;
  vi.stubGlobal('requestAnimationFrame', (callback: () => void) => {
    displayFrames.set(++count, callback);
    return count;
  });
  vi.stubGlobal('cancelAnimationFrame', (request: number) => displayFrames.delete(request));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** The display shows its next frame. */
function nextDisplayFrame(): void {
  const callbacks = [...displayFrames.values()];
  displayFrames.clear();
  for (const callback of callbacks) callback();
}

describe('Presenter', () => {
  it('draws nothing before it is resumed', () => {
    const { presenter, screen, show } = open();
    show();
    expect(screen.draw).not.toHaveBeenCalled();
    presenter.resume();
    show();
    expect(screen.draw).toHaveBeenCalledExactlyOnceWith(1);
  });

  it('has at most two pictures under way, and goes on when one of them is done', async () => {
    const { presenter, screen, pictures, show } = open();
    presenter.resume();
    for (let frame = 0; frame < 5; frame++) show();
    expect(screen.draw).toHaveBeenCalledTimes(2);
    pictures[0]!.resolve();
    await vi.advanceTimersByTimeAsync(0);
    for (let frame = 0; frame < 5; frame++) show();
    expect(screen.draw).toHaveBeenCalledTimes(3);
  });

  it('counts down a picture that fails, and reports it', async () => {
    const { presenter, screen, stats, onError, pictures, show } = open();
    presenter.resume();
    show();
    show();
    for (const picture of pictures) picture.reject(new Error('the device is lost'));
    await vi.advanceTimersByTimeAsync(0);
    show();
    show();
    expect(screen.draw).toHaveBeenCalledTimes(4);
    expect(onError).toHaveBeenCalledTimes(2);
    expect(stats.names).not.toContain('picture');
  });

  it('counts down a picture that cannot even be recorded', async () => {
    const { presenter, screen, show } = open();
    presenter.resume();
    for (let frame = 0; frame < 3; frame++) {
      screen.draw.mockImplementationOnce(() => {
        throw new Error('the device is lost');
      });
      show();
      await vi.advanceTimersByTimeAsync(0);
    }
    expect(screen.draw).toHaveBeenCalledTimes(3);
  });

  it('draws nothing while it is paused, and does not wait for pictures of before the pause', async () => {
    const { presenter, screen, stats, onError, pictures, show } = open();
    presenter.resume();
    show();
    show();
    presenter.pause();
    show();
    expect(screen.draw).toHaveBeenCalledTimes(2);
    presenter.resume();
    show();
    show();
    expect(screen.draw).toHaveBeenCalledTimes(4);
    // What the lost device finishes late must not be counted again.
    pictures[0]!.resolve();
    pictures[1]!.reject(new Error('the device is lost'));
    await vi.advanceTimersByTimeAsync(0);
    show();
    expect(screen.draw).toHaveBeenCalledTimes(4);
    expect(onError).not.toHaveBeenCalled();
    expect(stats.names).not.toContain('picture');
  });

  it('measures pictures, frames, intervals and latency', async () => {
    const { presenter, stats, pictures, show } = open();
    presenter.resume();
    for (let frame = 0; frame < 3; frame++) {
      show();
      await vi.advanceTimersByTimeAsync(8);
      pictures.at(-1)!.resolve();
      await vi.advanceTimersByTimeAsync(32);
    }
    expect(stats.quantile('picture', 0.5)).toBeCloseTo(8, 3);
    expect(stats.quantile('frame', 0.5)).toBeCloseTo(8, 3);
    expect(stats.quantile('interval', 0.5)).toBeCloseTo(40, 3);
    expect(stats.quantile('latency', 0.5)).toBeCloseTo(108, 3);
    expect(presenter.fps).toBe(3);
    await vi.advanceTimersByTimeAsync(2000);
    expect(presenter.fps).toBe(0);
  });

  it('does not count the latency of an earlier voice', async () => {
    const { presenter, stats, pictures, show } = open();
    presenter.resume();
    show();
    presenter.beginVoice();
    pictures[0]!.resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect(stats.names).toContain('picture');
    expect(stats.names).not.toContain('latency');
  });

  it('watches the display where pictures are cheap, but not on a software adapter', async () => {
    const run = async (drawsInSoftware: boolean) => {
      const { presenter, screen, pictures, show } = open({ drawsInSoftware });
      presenter.resume();
      show();
      await vi.advanceTimersByTimeAsync(2);
      pictures.at(-1)!.resolve();
      await vi.advanceTimersByTimeAsync(0);
      return { presenter, screen, pictures };
    };
    await run(true);
    expect(displayFrames.size).toBe(0);
    const { presenter } = await run(false);
    expect(displayFrames.size).toBe(1);
    nextDisplayFrame();
    expect(displayFrames.size).toBe(1); // It watches on.
    presenter.close();
    expect(displayFrames.size).toBe(0);
  });
});
