/** @file The life of an animator's worker, with made-up workers: every call settles, and there is one final error. */
import * as Comlink from 'comlink';
import { describe, expect, it, vi } from 'vitest';
import { TalkingPortraitError } from '../../../src/errors';
import type { AnimatorOptions } from '../../../src/options/create-options';
import { AnimatorWorker } from '../../../src/page/animator-worker';
import type { AnimatorApi } from '../../../src/protocol';

type Answers = Record<string, () => Promise<unknown>>;

/** A worker whose calls answer as `answers` say; others answer at once. It can be killed. */
class FakeWorker extends EventTarget {
  readonly #channel = new MessageChannel();
  isTerminated = false;

  constructor(answers: Answers = {}) {
    super();
    const answering = (name: string) => async () => ({ value: await (answers[name]?.() ?? undefined) });
    const names = ['open', 'setState', 'setPortrait', 'setControls', 'savePortrait', 'ping', 'close'];
    Comlink.expose(Object.fromEntries(names.map((name) => [name, answering(name)])), this.#channel.port2);
    this.#channel.port1.onmessage = ({ data }) =>
      this.isTerminated || this.dispatchEvent(new MessageEvent('message', { data }));
  }
  postMessage(message: unknown, transfers: Transferable[] = []): void {
    if (!this.isTerminated) this.#channel.port1.postMessage(message, transfers);
  }
  terminate(): void {
    this.isTerminated = true;
    this.#channel.port1.close();
  }
  die(): void {
    this.dispatchEvent(Object.assign(new Event('error'), { message: 'killed' }));
  }
}

const never = (): Promise<never> => new Promise(() => {});
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));
/** How a call ended, or 'pending' when it has not. */
const outcome = (call: Promise<unknown>): Promise<string> =>
  Promise.race([
    call.then(
      () => 'ok',
      (error: unknown) => (error instanceof TalkingPortraitError ? error.code : String(error)),
    ),
    new Promise<string>((resolve) => setTimeout(resolve, 300, 'pending')),
  ]);

/** @param workers what each start gives; 'never' does not settle */
async function open(
  workers: (FakeWorker | Error | 'never')[],
  restore: (api: AnimatorApi) => Promise<void> = async () => {},
) {
  const left = [...workers];
  const onDeath = vi.fn();
  const owner = new AnimatorWorker({
    start: async () => {
      const next = left.shift();
      if (next instanceof FakeWorker) return next as unknown as Worker;
      if (next === 'never') return never();
      throw next ?? new Error('no more workers');
    },
    onEvent: () => {},
    onDeath,
    restore,
  });
  await owner.open(() => ({}) as AnimatorOptions);
  return { owner, onDeath };
}

describe('AnimatorWorker', () => {
  it('restarts once, and calls wait for the restart', async () => {
    const first = new FakeWorker();
    const { owner, onDeath } = await open([first, new FakeWorker()]);
    first.die();
    expect(await outcome(owner.api.savePortrait())).toBe('ok');
    expect(onDeath).toHaveBeenCalledTimes(1);
    await owner.close();
  });

  it('a restart whose script does not load is the final error', async () => {
    const first = new FakeWorker();
    const unloadable = new TalkingPortraitError('worker-failed', 'The script is gone.', 'Check the connection.');
    const { owner, onDeath } = await open([first, unloadable]);
    first.die();
    await pause();
    expect(onDeath.mock.calls.map(([, isFinal]) => isFinal)).toEqual([false, true]);
    await expect(owner.api.savePortrait()).rejects.toThrow('The script is gone.');
    await owner.close();
  });

  it('calls made during the second restart wait for it', async () => {
    const [first, second, third] = [new FakeWorker(), new FakeWorker({ open: never }), new FakeWorker({ open: pause })];
    const { owner } = await open([first, second, third]);
    first.die();
    await new Promise((resolve) => setTimeout(resolve, 10));
    second.die();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await outcome(owner.api.savePortrait())).toBe('ok');
    await owner.close();
  });

  it('a call that waits for a restart settles when the new worker dies while it is restored', async () => {
    const [first, second] = [new FakeWorker(), new FakeWorker({ setPortrait: never })];
    const { owner } = await open([first, second, new FakeWorker()], (api) => api.setPortrait(new Blob()));
    first.die();
    const call = outcome(owner.api.setControls({} as never));
    await pause();
    second.die();
    expect(await call).not.toBe('pending');
    await owner.close();
  });

  it('closing settles a call that waits for a restart', async () => {
    const [first, second] = [new FakeWorker(), new FakeWorker({ setPortrait: never })];
    const { owner } = await open([first, second], (api) => api.setPortrait(new Blob()));
    first.die();
    const call = outcome(owner.api.setControls({} as never));
    await pause();
    await owner.close();
    expect(await call).toBe('closed');
  });

  it('closing settles a call while the script of another worker loads', async () => {
    const first = new FakeWorker();
    const { owner } = await open([first, 'never']);
    first.die();
    const call = outcome(owner.api.setControls({} as never));
    await owner.close();
    expect(await call).toBe('closed');
  });
});
