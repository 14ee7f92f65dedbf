import { beforeEach, describe, expect, it, vi } from 'vitest';
import { PortraitLoader } from '../../../src/pipeline/portrait-loader';
import { FaceAnalyser } from '../../../src/portrait/analysis/face-analysis';
import type { ModelLoader } from '../../../src/weights/model-loader';
import { faceModel } from '../../fixtures/synthetic-face';
import { settle } from './fake-device';

const analyser = { warmUp: vi.fn(), analyse: vi.fn(), close: vi.fn() };
const create = vi.spyOn(FaceAnalyser, 'create');
const open = () => new PortraitLoader({} as ModelLoader, faceModel(), {});
const savedPortrait = () => new Blob([Uint8Array.of(0x89, 0x54, 0x50, 0x46, 0x0d, 0x0a, 0x1a, 0x0a)]);

beforeEach(() => {
  vi.clearAllMocks();
  create.mockResolvedValue(analyser as unknown as FaceAnalyser);
});

describe('PortraitLoader', () => {
  it('runs the networks once before the first picture', async () => {
    await open().prepare();
    expect(analyser.warmUp).toHaveBeenCalledOnce();
  });

  it('does not run them if a portrait was requested while they were loading', async () => {
    const loader = open();
    const prepared = loader.prepare();
    await expect(loader.load(savedPortrait(), 'srgb')).rejects.toMatchObject({ code: 'portrait-corrupt' });
    await prepared;
    expect(analyser.warmUp).not.toHaveBeenCalled();
  });

  it('loads the networks once, and again only after a failure', async () => {
    create.mockRejectedValueOnce(new Error('offline'));
    const loader = open();
    await expect(loader.prepare()).rejects.toThrow('offline');
    await loader.prepare();
    await loader.prepare();
    expect(create).toHaveBeenCalledTimes(2);
  });

  it('aborts a running analysis and frees the networks when it is closed', async () => {
    analyser.analyse.mockReturnValueOnce(new Promise(() => {}));
    const loader = open();
    void loader.load(new Blob(['a picture']), 'srgb');
    await vi.waitFor(() => expect(analyser.analyse).toHaveBeenCalledOnce());
    const { signal } = analyser.analyse.mock.lastCall![1] as { signal: AbortSignal };
    expect(signal.aborted).toBe(false);
    loader.close();
    expect(signal.aborted).toBe(true);
    await settle();
    expect(analyser.close).toHaveBeenCalledOnce();
  });
});
