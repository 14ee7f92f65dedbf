import { describe, expect, it } from 'vitest';
import { SerialQueue } from '../../../src/core/serial-queue';

describe('SerialQueue', () => {
  it('runs tasks one after another, in the order of the calls', async () => {
    const queue = new SerialQueue();
    const steps: string[] = [];
    const task = (name: string, ms: number) => async () => {
      steps.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, ms));
      steps.push(`${name} ends`);
      return name;
    };
    expect(await Promise.all([queue.run(task('slow', 5)), queue.run(task('quick', 0))])).toEqual(['slow', 'quick']);
    expect(steps).toEqual(['slow begins', 'slow ends', 'quick begins', 'quick ends']);
  });

  it('hands the error of a task to its caller, and goes on with the next task', async () => {
    const queue = new SerialQueue();
    const failed = queue.run(() => Promise.reject(new Error('broken')));
    const next = queue.run(async () => 'done');
    await expect(failed).rejects.toThrow('broken');
    expect(await next).toBe('done');
  });

  it('lets the running task end when it is closed, and rejects all others with the reason', async () => {
    const queue = new SerialQueue();
    let finish = (): void => {};
    const running = queue.run(() => new Promise<void>((resolve) => (finish = resolve)));
    const waiting = queue.run(async () => {});
    await Promise.resolve();
    const closed = queue.close(new Error('closed'));
    const late = queue.run(async () => {});
    finish();
    await running;
    await closed;
    await expect(waiting).rejects.toThrow('closed');
    await expect(late).rejects.toThrow('closed');
  });
});
