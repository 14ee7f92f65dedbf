/** @file Made-up GPU devices that can be lost on command. */
import { vi } from 'vitest';
import { SILENT_LOGGER } from '../../../src/core/logger';
import { SerialQueue } from '../../../src/core/serial-queue';
import type { GpuDevice } from '../../../src/gpu/device';
import { GpuSession } from '../../../src/pipeline/gpu-session';

export type FakeGpu = GpuDevice & { lose(): void; raise(error: { message: string }): void };

function fakeGpu(): FakeGpu {
  let lose = (): void => {};
  const lost = new Promise<GPUDeviceLostInfo>((resolve) => {
    lose = () => resolve({ reason: 'unknown', message: 'gone' } as GPUDeviceLostInfo);
  });
  let listener: (event: { error: { message: string } }) => void = () => {};
  const device = {
    lost,
    addEventListener: (name: string, added: typeof listener) => void (name === 'uncapturederror' && (listener = added)),
    destroy: vi.fn(lose),
    queue: { submit: vi.fn(), onSubmittedWorkDone: async () => {} },
    createCommandEncoder: () => ({ finish: () => ({}) }),
  } as unknown as GPUDevice;
  const adapterInfo = { vendor: 'made-up', architecture: '', device: '', description: '' };
  return { device, adapterInfo, isFallback: true, lost, lose, raise: (error) => listener({ error }) };
}

/** A session whose devices are made up: `devices` has all that were requested. */
export async function fakeSession({ recoveriesPerMinute = 2, patienceMs = 15_000 } = {}) {
  const devices: FakeGpu[] = [];
  const queue = new SerialQueue();
  const hooks = { onLost: vi.fn(), onRestored: vi.fn(), onError: vi.fn() };
  const request = vi.fn(async () => {
    devices.push(fakeGpu());
    return devices.at(-1)!;
  });
  const session = await GpuSession.open({ queue, log: SILENT_LOGGER, recoveriesPerMinute, request, patienceMs }, hooks);
  return { session, queue, hooks, devices, request };
}

/** Lets everything run that waits for nothing but promises. */
export const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** A promise to be resolved or rejected from outside. */
export function deferred<Value = void>() {
  let resolve: (value: Value) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<Value>((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}
