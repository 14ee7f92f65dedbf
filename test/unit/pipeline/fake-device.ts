/** @file Made-up drawing devices that can be lost on command. */
import { vi } from 'vitest';
import { SILENT_LOGGER } from '../../../src/core/logger';
import { SerialQueue } from '../../../src/core/serial-queue';
import { TalkingPortraitError } from '../../../src/errors';
import { DeviceSession } from '../../../src/pipeline/device-session';
import type { DrawingDevice } from '../../../src/pipeline/drawing/drawing-device';
import type { PictureOutput } from '../../../src/renderer/picture-output';
import type { PortraitRenderer } from '../../../src/renderer/portrait-renderer';

export type FakeDevice = DrawingDevice & { lose(): void; raise(error: { message: string }): void };

/** @param refused colour space that the canvas cannot show @param configured notes the others */
function fakeDevice(refused: string, configured: PictureOutput[]): FakeDevice {
  let lose = (): void => {};
  const lost = new Promise<{ reason: string; message: string }>((resolve) => {
    lose = () => resolve({ reason: 'unknown', message: 'gone' });
  });
  let listener: (error: Error) => void = () => {};
  return {
    renderer: 'webgpu',
    reason: '',
    adapter: 'made-up',
    isSoftware: true,
    gpu: undefined,
    lost,
    canvas: {} as OffscreenCanvas,
    encoder: undefined,
    submit: vi.fn(),
    done: async () => {},
    quality: () => ({ format: 'rgba8unorm', sampleCount: 1 }),
    configure: (picture) => {
      if (picture.colorSpace === refused) throw new TalkingPortraitError('unsupported', 'Refused.', 'None.');
      configured.push(picture);
    },
    createRenderer: vi.fn(async (): Promise<PortraitRenderer> => ({
      advance: () => {},
      prepareOutput: async () => ({ apply: () => {}, discard: () => {} }),
      draw: () => {},
      destroy: vi.fn(),
    })),
    onError: (added) => (listener = added),
    destroy: vi.fn(lose),
    lose,
    raise: (error) => listener(error as Error),
  };
}

/** A session whose devices are made up: `devices` has all that were requested. */
export async function fakeSession({
  recoveriesPerMinute = 2,
  patienceMs = 15_000,
  refused = 'none',
  lastResort = undefined as (() => DrawingDevice) | undefined,
} = {}) {
  const devices: FakeDevice[] = [];
  const configured: PictureOutput[] = [];
  const queue = new SerialQueue();
  const hooks = { onLost: vi.fn(), onRestored: vi.fn(), onError: vi.fn() };
  const request = vi.fn(async () => {
    devices.push(fakeDevice(refused, configured));
    return devices.at(-1)!;
  });
  const session = await DeviceSession.open(
    { queue, log: SILENT_LOGGER, recoveriesPerMinute, request, patienceMs, lastResort },
    hooks,
  );
  return { session, queue, hooks, devices, configured, request };
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
