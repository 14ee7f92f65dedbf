/** @file The page of output.test.ts: one portrait whose output options change, and what the page then shows. */
import { type OutputOptions, type Source, TalkingPortrait, TalkingPortraitError } from '../../../src/index';

const PHOTO = '/demo/portraits/eileen-collins.jpg';
const canvas = document.querySelector('canvas')!;
let portrait: TalkingPortrait;
let saved: Blob;

/** Width, height and RGBA of the canvas, drawn over an opaque colour. */
function seenOver(colour: string): { width: number; height: number; data: number[] } {
  const { width, height } = canvas;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
  context.fillStyle = colour;
  context.fillRect(0, 0, width, height);
  context.drawImage(canvas, 0, 0);
  return { width, height, data: [...context.getImageData(0, 0, width, height).data] };
}

/**
 * Resolves when the canvas certainly shows the current picture: after several `stats` events, which come every 200 ms.
 */
async function presented(): Promise<void> {
  for (let k = 0; k < 3; k++) {
    await new Promise<void>((resolve) => {
      const off = portrait.on('stats', () => {
        off();
        resolve();
      });
    });
  }
  for (let k = 0; k < 3; k++) await new Promise((resolve) => requestAnimationFrame(resolve));
}

async function failure(action: () => Promise<unknown>): Promise<string> {
  try {
    await action();
    return 'none';
  } catch (error) {
    return error instanceof TalkingPortraitError ? error.code : String(error);
  }
}

const outputPage = {
  seenOver,
  /** The same picture over two colours, read in one go because the picture changes from frame to frame. */
  seenOverBoth: (one: string, other: string) => [seenOver(one), seenOver(other)] as const,
  /** Creates the portrait. @returns time until its first pictures, ms */
  async create(output: OutputOptions): Promise<number> {
    const start = performance.now();
    const controls = { stillness: 1, secondaryMotion: 0 };
    portrait = await TalkingPortrait.create({ canvas, portrait: PHOTO, output, controls, modelBaseUrl: '/models/' });
    await presented();
    return performance.now() - start;
  },
  async setOutput(output: OutputOptions): Promise<void> {
    await portrait.setOutput(output);
    await presented();
  },
  setOutputFailure: (output: OutputOptions) => failure(() => portrait.setOutput(output)),
  /** Sets a background image: left half blue, right half red. */
  async setImageBackground(): Promise<void> {
    const context = new OffscreenCanvas(300, 100).getContext('2d')!;
    context.fillStyle = '#ff0000';
    context.fillRect(0, 0, 300, 100);
    context.fillStyle = '#0000ff';
    context.fillRect(0, 0, 150, 100);
    await outputPage.setOutput({ background: { image: await context.canvas.convertToBlob() } });
  },
  /** Duration of setPortrait for a photo and for the file saved from it, ms. */
  async saveAndLoad(): Promise<{ analysed: number; loaded: number; bytes: number; type: string }> {
    const time = async (source: Source): Promise<number> => {
      const start = performance.now();
      await portrait.setPortrait(source);
      return performance.now() - start;
    };
    const analysed = await time(PHOTO);
    saved = await portrait.savePortrait();
    const loaded = await time(saved);
    await presented();
    return { analysed, loaded, bytes: saved.size, type: saved.type };
  },
  /** Shows a photo whose left edge is the pure red of Display P3. @returns that red in the picture, in Display P3 */
  async showWideGamut(colorSpace: PredefinedColorSpace): Promise<number[]> {
    const bitmap = await createImageBitmap(await (await fetch(PHOTO)).blob());
    const { width, height } = bitmap;
    const context = new OffscreenCanvas(width, height).getContext('2d', { colorSpace: 'display-p3' })!;
    context.drawImage(bitmap, 0, 0);
    context.fillStyle = 'color(display-p3 1 0 0)';
    context.fillRect(0, 0, width / 5, height);
    await portrait.setOutput({ colorSpace, background: 'photo', crop: 'photo', mirror: false });
    await portrait.setPortrait(await context.canvas.convertToBlob());
    await presented();
    const seen = new OffscreenCanvas(1, 1).getContext('2d', { colorSpace: 'display-p3' })!;
    seen.drawImage(canvas, -2, -2);
    return [...seen.getImageData(0, 0, 1, 1).data.subarray(0, 3)];
  },
  setDamagedPortrait: () => failure(() => portrait.setPortrait(saved.slice(0, saved.size >> 1))),
};

export type OutputPage = typeof outputPage;
Object.assign(globalThis, { outputPage });
