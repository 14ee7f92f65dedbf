/** @file What the animator does when something refuses: made-up canvas, device and pipeline. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_CONTROLS } from '../../../src/options/controls';
import { DEFAULT_OUTPUT } from '../../../src/options/output';
import { Animator } from '../../../src/pipeline/animator';
import { PipelineStats } from '../../../src/pipeline/pipeline-stats';
import { FaceAnalyser } from '../../../src/portrait/analysis/face-analysis';
import { faceModel } from '../../fixtures/synthetic-face';

const BACKDROP = { kind: 'photo', blur: 0 } as const;

beforeEach(() => void vi.stubGlobal('navigator', { gpu: { getPreferredCanvasFormat: () => 'bgra8unorm' } }));
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** @param refused colour space that the canvas cannot show */
function open(refused: string) {
  const prepared = { apply: vi.fn(), discard: vi.fn() };
  const pipeline = { prepareOutput: vi.fn(async () => prepared), hasPortrait: false };
  const configured: string[] = [];
  const context = {
    configure: ({ colorSpace }: { colorSpace: string }) => {
      if (colorSpace === refused) throw new TypeError('refused');
      configured.push(colorSpace);
    },
  };
  const canvas = { width: 0, height: 0, getContext: () => context };
  const device = { addEventListener: () => {} };
  const gpu = { device, isFallback: true, adapterInfo: {}, lost: new Promise(() => {}) };
  const output = DEFAULT_OUTPUT;
  const options = { output, controls: DEFAULT_CONTROLS };
  const parts = [canvas, options, {}, {}, {}, faceModel(), gpu, pipeline, 'wasm', new PipelineStats(), BACKDROP];
  return { animator: Reflect.construct(Animator, parts) as Animator, output, prepared, configured, canvas };
}

describe('Animator.setOutput', () => {
  it('switches over when the canvas takes it', async () => {
    const { animator, output, prepared } = open('none');
    await animator.setOutput({ ...output, colorSpace: 'display-p3' });
    expect(prepared.apply).toHaveBeenCalledOnce();
    expect(prepared.discard).not.toHaveBeenCalled();
  });

  it('gives back what was prepared, and stays as it was, when the canvas refuses the colour space', async () => {
    const { animator, output, prepared, configured, canvas } = open('display-p3');
    const wanted = { ...output, colorSpace: 'display-p3' as const, width: 96 };
    await expect(animator.setOutput(wanted)).rejects.toMatchObject({ code: 'unsupported' });
    expect(prepared.discard).toHaveBeenCalledOnce();
    expect(prepared.apply).not.toHaveBeenCalled();
    expect(canvas.width).toBe(output.width);
    expect(configured.at(-1)).toBe('srgb');
  });
});

describe('Animator.prepareAnalysis', () => {
  const warmUp = vi.fn();
  beforeEach(() => {
    warmUp.mockClear();
    vi.spyOn(FaceAnalyser, 'create').mockResolvedValue({ warmUp } as unknown as FaceAnalyser);
  });

  it('runs the networks once before the first picture', async () => {
    await open('none').animator.prepareAnalysis();
    expect(warmUp).toHaveBeenCalledOnce();
  });

  it('does not when a portrait has come while they were loaded: it may be a saved one, or is waiting', async () => {
    const { animator } = open('none');
    const prepared = animator.prepareAnalysis();
    const signatureOnly = new Blob([Uint8Array.of(0x89, 0x54, 0x50, 0x46, 0x0d, 0x0a, 0x1a, 0x0a)]);
    await expect(animator.setPortrait(signatureOnly)).rejects.toMatchObject({ code: 'portrait-corrupt' });
    await prepared;
    expect(warmUp).not.toHaveBeenCalled();
  });
});
