/** @file Changes of portrait and output with a made-up device and renderer, alone and beside a loss of the device. */
import { describe, expect, it, vi } from 'vitest';
import { SILENT_LOGGER } from '../../../src/core/logger';
import { DEFAULT_OUTPUT } from '../../../src/options/output';
import { PortraitStage } from '../../../src/pipeline/portrait-stage';
import type { PortraitBundle } from '../../../src/portrait-bundle/portrait-bundle';
import type { PictureOutput } from '../../../src/renderer/picture-output';
import type { PortraitRenderer } from '../../../src/renderer/portrait-renderer';
import type { FaceModel } from '../../../src/weights/face-model';
import { deferred, type FakeDevice, fakeSession, settle } from './fake-device';

type FakeRenderer = PortraitRenderer & { bundle: string; device: FakeDevice };

/** @param refused colour space that the canvas cannot show */
async function open({ refused = 'none' } = {}) {
  const session = await fakeSession({ refused });
  const prepared = { apply: vi.fn(), discard: vi.fn() };
  const renderers: FakeRenderer[] = [];
  const createRenderer = vi.fn(
    async (bundle: PortraitBundle, _picture: PictureOutput, device: FakeDevice): Promise<PortraitRenderer> => {
      const renderer = {
        bundle: bundle as unknown as string,
        device,
        prepareOutput: async () => prepared,
        destroy: vi.fn(),
      } as unknown as FakeRenderer;
      renderers.push(renderer);
      return renderer;
    },
  );
  const requestNow = session.request.getMockImplementation()!;
  const wire = (device: FakeDevice): FakeDevice =>
    Object.assign(device, {
      createRenderer: (_: FaceModel, bundle: PortraitBundle, picture: PictureOutput) =>
        createRenderer(bundle, picture, device),
    });
  wire(session.devices[0]!);
  session.request.mockImplementation(async () => wire(await requestNow()));
  const recorder = { setRenderer: vi.fn(), draw: vi.fn() };
  const loader = { load: vi.fn(async (file: Blob) => bundleOf(await file.text())) };
  const stage = new PortraitStage(
    {
      session: session.session,
      queue: session.queue,
      loader,
      faceModel: {} as FaceModel,
      recorder,
      onDrawn: () => {},
      log: SILENT_LOGGER,
    },
    DEFAULT_OUTPUT,
    { kind: 'photo', blur: 0 },
  );
  await session.session.install(stage);
  /** The bundle that the recorder draws from, and on which device. */
  const shown = () => {
    const renderer = recorder.setRenderer.mock.lastCall?.[0] as FakeRenderer | undefined;
    return renderer && { bundle: renderer.bundle, device: renderer.device };
  };
  return { ...session, stage, prepared, renderers, createRenderer, recorder, loader, shown };
}

const bundleOf = (name: string): PortraitBundle =>
  Object.assign(new String(name), { photo: { width: 1, height: 1 } }) as unknown as PortraitBundle;
const file = (name: string): Blob => new Blob([name]);

describe('PortraitStage.setPortrait', () => {
  it('shows the portrait, and destroys the renderer of the previous one', async () => {
    const { stage, recorder, renderers, shown, devices } = await open();
    expect(stage.isShowing).toBe(false);
    await stage.setPortrait(file('first'));
    expect(stage.isShowing).toBe(true);
    await stage.setPortrait(file('second'));
    expect(String(shown()!.bundle)).toBe('second');
    expect(shown()!.device).toBe(devices[0]);
    expect(renderers[0]!.destroy).toHaveBeenCalledOnce();
    expect(renderers[1]!.destroy).not.toHaveBeenCalled();
    expect(recorder.draw).toHaveBeenCalledTimes(2);
  });

  it('keeps the previous portrait if the next one cannot be loaded or drawn', async () => {
    const { stage, loader, createRenderer, renderers, shown } = await open();
    await stage.setPortrait(file('first'));
    loader.load.mockRejectedValueOnce(new Error('no face'));
    await expect(stage.setPortrait(file('second'))).rejects.toThrow('no face');
    createRenderer.mockRejectedValueOnce(new Error('no memory'));
    await expect(stage.setPortrait(file('third'))).rejects.toThrow('no memory');
    expect(String(shown()!.bundle)).toBe('first');
    expect(renderers[0]!.destroy).not.toHaveBeenCalled();
  });

  it('ends before the recovery if the device is lost during the change; the recovery shows the new portrait', async () => {
    const { stage, loader, devices, createRenderer, shown, session } = await open();
    await stage.setPortrait(file('first'));
    const loaded = deferred<PortraitBundle>();
    loader.load.mockReturnValueOnce(loaded.promise);
    const change = stage.setPortrait(file('second'));
    await settle();
    devices[0]!.lose();
    await settle();
    expect(devices).toHaveLength(1); // The recovery waits.
    loaded.resolve(bundleOf('second'));
    await change;
    expect(session.isReady).toBe(true);
    expect(String(shown()!.bundle)).toBe('second');
    expect(shown()!.device).toBe(devices[1]);
    // Not once on the lost device.
    expect(createRenderer.mock.calls.map(([, , device]) => device)).toEqual([devices[0], devices[1]]);
  });

  it('leaves a renderer that fails because of the loss to the recovery', async () => {
    const { stage, devices, createRenderer, shown } = await open();
    createRenderer.mockImplementationOnce(async () => {
      setTimeout(() => devices[0]!.lose(), 5); // The news of the loss comes after the failure.
      throw new Error('a valid external instance reference no longer exists');
    });
    await stage.setPortrait(file('first'));
    expect(String(shown()!.bundle)).toBe('first');
    expect(shown()!.device).toBe(devices[1]);
  });

  it('waits for a recovery that has begun', async () => {
    const { stage, loader, devices, request, shown } = await open();
    await stage.setPortrait(file('first'));
    const next = deferred();
    const requestNow = request.getMockImplementation()!;
    request.mockImplementationOnce(async () => {
      await next.promise;
      return requestNow();
    });
    devices[0]!.lose();
    await settle();
    loader.load.mockClear();
    const change = stage.setPortrait(file('second'));
    await settle();
    expect(loader.load).not.toHaveBeenCalled();
    next.resolve();
    await change;
    expect(String(shown()!.bundle)).toBe('second');
    expect(shown()!.device).toBe(devices[1]);
  });

  it('is rejected with the final error once the device is permanently lost', async () => {
    const { stage, devices, session } = await open();
    for (let loss = 0; loss < 3; loss++) {
      devices.at(-1)!.lose();
      await settle();
    }
    expect(session.isReady).toBe(false);
    await expect(stage.setPortrait(file('first'))).rejects.toMatchObject({ code: 'device-lost' });
  });
});

describe('PortraitStage.setOutput', () => {
  it('switches over when the canvas accepts it', async () => {
    const { stage, prepared, configured } = await open();
    await stage.setPortrait(file('first'));
    await stage.setOutput({ ...DEFAULT_OUTPUT, colorSpace: 'display-p3', width: 96 });
    expect(prepared.apply).toHaveBeenCalledOnce();
    expect(prepared.discard).not.toHaveBeenCalled();
    expect(configured.at(-1)!.width).toBe(96);
  });

  it('discards the prepared output and keeps the old one if the canvas rejects the colour space', async () => {
    const { stage, prepared, configured } = await open({ refused: 'display-p3' });
    await stage.setPortrait(file('first'));
    const wanted = { ...DEFAULT_OUTPUT, colorSpace: 'display-p3' as const, width: 96 };
    await expect(stage.setOutput(wanted)).rejects.toMatchObject({ code: 'unsupported' });
    expect(prepared.discard).toHaveBeenCalledOnce();
    expect(prepared.apply).not.toHaveBeenCalled();
    expect(configured.at(-1)).toMatchObject({ width: DEFAULT_OUTPUT.width, colorSpace: 'srgb' });
  });

  it('applies to a portrait that is set later', async () => {
    const { stage, createRenderer } = await open();
    await stage.setOutput({ ...DEFAULT_OUTPUT, mirror: true });
    await stage.setPortrait(file('first'));
    expect(createRenderer.mock.lastCall![1]).toMatchObject({ mirror: true });
  });

  it('survives the loss of the device', async () => {
    const { stage, devices, createRenderer } = await open();
    await stage.setPortrait(file('first'));
    await stage.setOutput({ ...DEFAULT_OUTPUT, mirror: true });
    devices[0]!.lose();
    await settle();
    expect(createRenderer.mock.lastCall![1]).toMatchObject({ mirror: true });
  });
});

it('a closed stage frees its renderer', async () => {
  const { stage, renderers, shown } = await open();
  await stage.setPortrait(file('first'));
  stage.close();
  expect(shown()).toBeUndefined();
  expect(renderers[0]!.destroy).toHaveBeenCalledOnce();
  expect(stage.isShowing).toBe(false);
});
