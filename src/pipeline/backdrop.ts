/** @file Turns the option `background` into the renderer's backdrop: the browser parses colours and decodes images. */
import { TalkingPortraitError } from '../errors';
import type { ResolvedOutput } from '../options/output';
import type { Backdrop } from '../renderer/picture-output';

/** @throws TalkingPortraitError `invalid-option`, `image-corrupt` */
export async function resolveBackdrop(output: ResolvedOutput): Promise<Backdrop> {
  const { background } = output;
  if (background === 'photo') return { kind: 'photo', blur: 0 };
  if ('blur' in background) return { kind: 'photo', blur: background.blur };
  if ('color' in background) return { kind: 'colour', colour: parseColour(background.color, output.colorSpace) };
  return { kind: 'image', image: await fillFrame(background.image, output) };
}

function context2d(width: number, height: number, colorSpace: PredefinedColorSpace): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true, colorSpace });
  if (!context)
    throw new TalkingPortraitError('unsupported', 'The browser provides no 2D canvas.', 'Use a current browser.');
  return context;
}

/** @returns red, green, blue, alpha, 0 ... 1 */
function parseColour(text: string, colorSpace: PredefinedColorSpace): [number, number, number, number] {
  const context = context2d(1, 1, colorSpace);
  // A string that is not a colour leaves fillStyle as it was.
  const taken = ['#000000', '#ffffff'].map((before) => {
    context.fillStyle = before;
    context.fillStyle = text;
    return context.fillStyle;
  });
  if (taken[0] !== taken[1]) {
    throw new TalkingPortraitError('invalid-option', 'This is not a CSS colour.', 'Use one such as "#0a7".', text);
  }
  context.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
  return [r! / 255, g! / 255, b! / 255, a! / 255];
}

/** The image scaled and cropped about its centre to fill the frame. */
async function fillFrame(
  file: Blob,
  { width, height, colorSpace }: ResolvedOutput,
): Promise<{ width: number; height: number; data: Uint8ClampedArray }> {
  const bitmap = await createImageBitmap(file).catch((cause: unknown) => {
    const remedy = 'Use an intact PNG, JPEG or WebP file.';
    throw new TalkingPortraitError('image-corrupt', 'The background image could not be decoded.', remedy, undefined, {
      cause,
    });
  });
  const context = context2d(width, height, colorSpace);
  context.imageSmoothingQuality = 'high';
  const scale = Math.max(width / bitmap.width, height / bitmap.height);
  const [w, h] = [bitmap.width * scale, bitmap.height * scale];
  context.drawImage(bitmap, (width - w) / 2, (height - h) / 2, w, h);
  bitmap.close();
  return { width, height, data: context.getImageData(0, 0, width, height).data };
}
