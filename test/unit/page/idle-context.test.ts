/** @file When an AudioContext that nobody uses is suspended. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { IdleContext } from '../../../src/page/idle-context';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open(isUsed: () => boolean) {
  let finish: () => void = () => {};
  const suspend = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)));
  return { idle: new IdleContext({ suspend }, 1000, isUsed), suspend, finish: () => finish() };
}

it('suspends it once nobody has used it for a while', async () => {
  const { idle, suspend } = open(() => false);
  idle.restart();
  await vi.advanceTimersByTimeAsync(900);
  idle.restart();
  await vi.advanceTimersByTimeAsync(900);
  expect(suspend).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(200);
  expect(suspend).toHaveBeenCalledOnce();
});

it('leaves it alone while it is used, and after the end', async () => {
  const used = open(() => true);
  used.idle.restart();
  const ended = open(() => false);
  ended.idle.restart();
  ended.idle.stop();
  await vi.advanceTimersByTimeAsync(5000);
  expect(used.suspend).not.toHaveBeenCalled();
  expect(ended.suspend).not.toHaveBeenCalled();
});

it('lets whoever comes next wait for a suspension that has begun, which would otherwise stop the new voice', async () => {
  const { idle, finish } = open(() => false);
  idle.restart();
  await vi.advanceTimersByTimeAsync(1100);
  const settled = vi.fn<() => void>();
  void idle.settled().then(settled);
  await vi.advanceTimersByTimeAsync(10);
  expect(settled).not.toHaveBeenCalled();
  finish();
  await vi.advanceTimersByTimeAsync(10);
  expect(settled).toHaveBeenCalledOnce();
});
