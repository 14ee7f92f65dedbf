/** @file Loss and recovery of a made-up drawing device. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deferred, fakeSession, settle } from './fake-device';

/** Notes when it is built and released. */
function resident(notes: string[], name: string, work: () => Promise<void> = async () => {}) {
  return {
    build: async () => {
      notes.push(`build ${name}`);
      await work();
    },
    release: async () => void notes.push(`release ${name}`),
  };
}

describe('DeviceSession', () => {
  it('releases residents in reverse order and builds them again in order on the next device', async () => {
    const { session, hooks, devices } = await fakeSession();
    const notes: string[] = [];
    await session.install(resident(notes, 'motion'));
    await session.install(resident(notes, 'stage'));
    devices[0]!.lose();
    await settle();
    expect(notes).toEqual([
      'build motion',
      'build stage',
      'release stage',
      'release motion',
      'build motion',
      'build stage',
    ]);
    expect(session.device).toBe(devices[1]);
    expect(session.isReady).toBe(true);
    expect(hooks.onLost).toHaveBeenCalledOnce();
    expect(hooks.onRestored).toHaveBeenCalledOnce();
    expect(hooks.onError).not.toHaveBeenCalled();
  });

  it('is not ready from the loss until everything has been rebuilt', async () => {
    const { session, devices, hooks } = await fakeSession();
    const rebuilt = deferred();
    let first = true;
    await session.install(
      resident([], 'motion', async () => {
        if (!first) await rebuilt.promise;
        first = false;
      }),
    );
    devices[0]!.lose();
    await settle();
    expect(session.isReady).toBe(false);
    const ready = session.ready();
    rebuilt.resolve();
    await ready;
    expect(session.isReady).toBe(true);
    expect(hooks.onRestored).toHaveBeenCalledOnce();
  });

  it('asks again while the browser offers no adapter after a loss', async () => {
    const { session, devices, hooks, request } = await fakeSession();
    request.mockRejectedValueOnce(new Error('no adapter')).mockRejectedValueOnce(new Error('no adapter'));
    devices[0]!.lose();
    await settle();
    await session.ready();
    expect(request).toHaveBeenCalledTimes(4);
    expect(hooks.onRestored).toHaveBeenCalledOnce();
    expect(hooks.onError).not.toHaveBeenCalled();
  });

  it('fails with one final error when there is no adapter for long', async () => {
    const { session, devices, hooks, request } = await fakeSession({ patienceMs: 150 });
    request.mockRejectedValue(new Error('no adapter'));
    await settle();
    devices[0]!.lose();
    await settle();
    await expect(session.ready()).rejects.toMatchObject({ code: 'device-lost', value: 'no adapter' });
    expect(hooks.onError).toHaveBeenCalledOnce();
  });

  it('waits for the running task of the queue before it recovers', async () => {
    const { session, queue, devices } = await fakeSession();
    const notes: string[] = [];
    await session.install(resident(notes, 'motion'));
    const change = deferred();
    const running = queue.run(() => change.promise);
    devices[0]!.lose();
    await settle();
    expect(session.isReady).toBe(false);
    expect(notes).toEqual(['build motion']);
    change.resolve();
    await running;
    await session.ready();
    expect(notes).toEqual(['build motion', 'release motion', 'build motion']);
  });

  it('reports the third loss within a minute as one final error', async () => {
    const { session, devices, hooks } = await fakeSession();
    for (let loss = 0; loss < 3; loss++) {
      devices.at(-1)!.lose();
      await settle();
    }
    expect(devices).toHaveLength(3);
    expect(hooks.onLost).toHaveBeenCalledTimes(3);
    expect(hooks.onRestored).toHaveBeenCalledTimes(2);
    expect(hooks.onError).toHaveBeenCalledOnce();
    const [[error]] = hooks.onError.mock.calls as [[unknown]];
    expect(error).toMatchObject({ code: 'device-lost', what: 'The GPU device was lost 3 times within a minute.' });
    await expect(session.ready()).rejects.toBe(error);
    expect(() => session.assertAlive()).toThrow(error as Error);
  });

  it('treats the first loss as final if no recovery is allowed', async () => {
    const { session, devices, hooks, request } = await fakeSession({ recoveriesPerMinute: 0 });
    devices[0]!.lose();
    await settle();
    expect(request).toHaveBeenCalledOnce();
    expect(hooks.onError).toHaveBeenCalledOnce();
    await expect(session.ready()).rejects.toMatchObject({ code: 'device-lost', what: 'The GPU device was lost.' });
  });

  it('tries again when the new device is lost while everything is being built on it', async () => {
    const { session, devices, hooks } = await fakeSession();
    let builds = 0;
    await session.install(
      resident([], 'motion', async () => {
        if (++builds !== 2) return;
        devices[1]!.lose();
        throw new Error('the device is lost');
      }),
    );
    devices[0]!.lose();
    await settle();
    await session.ready();
    expect(builds).toBe(3);
    expect(session.device).toBe(devices[2]);
    expect(hooks.onError).not.toHaveBeenCalled();
    // The second loss came before there was anything to lose.
    expect(hooks.onLost).toHaveBeenCalledOnce();
    expect(hooks.onRestored).toHaveBeenCalledOnce();
  });

  it('fails permanently, with one error, if building on a working device fails', async () => {
    const { session, devices, hooks } = await fakeSession();
    const broken = new Error('a shader does not compile');
    let builds = 0;
    await session.install(
      resident([], 'motion', async () => {
        if (++builds > 1) throw broken;
      }),
    );
    devices[0]!.lose();
    await expect(settle().then(() => session.ready())).rejects.toBe(broken);
    expect(hooks.onError.mock.calls).toEqual([[broken]]);
    devices[1]!.lose();
    await settle();
    expect(devices).toHaveLength(2);
  });

  it('throws the error of an installation to the caller', async () => {
    const { session } = await fakeSession();
    const broken = resident([], 'motion', () => Promise.reject(new Error('no memory')));
    await expect(session.install(broken)).rejects.toThrow('no memory');
  });

  it('installs on the next device if the first is lost during the installation', async () => {
    const { session, devices } = await fakeSession();
    let builds = 0;
    await session.install(
      resident([], 'motion', async () => {
        if (++builds > 1) return;
        devices[0]!.lose();
        throw new Error('the device is lost');
      }),
    );
    expect(builds).toBe(2);
    expect(session.device).toBe(devices[1]);
  });

  it('settles when it is closed during a recovery, and destroys the device that arrives late', async () => {
    const { session, queue, devices, hooks, request } = await fakeSession();
    const late = deferred();
    const requestNow = request.getMockImplementation()!;
    request.mockImplementationOnce(async () => {
      await late.promise;
      return requestNow();
    });
    devices[0]!.lose();
    await settle();
    const ready = session.ready();
    ready.catch(() => {});
    session.close();
    const closed = queue.close(new Error('closed'));
    late.resolve();
    await closed;
    await expect(ready).rejects.toMatchObject({ code: 'closed' });
    expect(devices[1]!.destroy).toHaveBeenCalledOnce();
    expect(hooks.onRestored).not.toHaveBeenCalled();
    expect(hooks.onError).not.toHaveBeenCalled();
  });

  it('goes on with its last resort when the device is lost too often', async () => {
    const cpu = { ...(await fakeSession()).devices[0]!, lost: new Promise<never>(() => {}) };
    const { session, devices, hooks } = await fakeSession({ lastResort: () => cpu });
    const notes: string[] = [];
    await session.install(resident(notes, 'motion'));
    for (let loss = 0; loss < 3; loss++) {
      devices.at(-1)!.lose();
      await settle();
    }
    await session.ready();
    expect(session.device).toBe(cpu);
    expect(notes.at(-1)).toBe('build motion');
    expect(hooks.onError).not.toHaveBeenCalled();
  });

  it('goes on with its last resort when there is no adapter for long', async () => {
    const cpu = { ...(await fakeSession()).devices[0]!, lost: new Promise<never>(() => {}) };
    const { session, devices, hooks, request } = await fakeSession({ patienceMs: 150, lastResort: () => cpu });
    request.mockRejectedValue(new Error('no adapter'));
    devices[0]!.lose();
    await settle();
    await session.ready();
    expect(session.device).toBe(cpu);
    expect(hooks.onRestored).toHaveBeenCalledOnce();
    expect(hooks.onError).not.toHaveBeenCalled();
  });

  it('does not treat its own closing as a loss', async () => {
    const { session, devices, hooks, request } = await fakeSession();
    session.close();
    await settle();
    expect(devices[0]!.destroy).toHaveBeenCalledOnce();
    expect(hooks.onLost).not.toHaveBeenCalled();
    expect(request).toHaveBeenCalledOnce();
  });

  it('reports uncaptured errors of the device, but none that follow from its loss', async () => {
    const { devices, hooks } = await fakeSession();
    devices[0]!.raise({ message: 'validation' });
    expect(hooks.onError.mock.calls).toEqual([[{ message: 'validation' }]]);
    devices[0]!.lose();
    await settle();
    devices[0]!.raise({ message: 'late' });
    expect(hooks.onError).toHaveBeenCalledOnce();
  });
});

describe('losses more than a minute apart', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('are recovered from without limit', async () => {
    const { session, devices, hooks } = await fakeSession();
    for (let loss = 0; loss < 5; loss++) {
      devices.at(-1)!.lose();
      await vi.advanceTimersByTimeAsync(31_000);
      expect(session.isReady).toBe(true);
    }
    expect(hooks.onRestored).toHaveBeenCalledTimes(5);
    expect(hooks.onError).not.toHaveBeenCalled();
  });
});
