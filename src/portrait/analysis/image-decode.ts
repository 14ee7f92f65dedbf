/** @file Decodes a picture to upright RGBA. The browser applies the EXIF orientation and the colour profile. */

import { TalkingPortraitError } from '../../errors';
import type { RgbaImage } from '../../core/rgba-image';
import { FORMAT_BYTES, nameFormat } from './image-format';
import { IMAGE_HEADER_BYTES, readImageHeader } from './image-header';

/** 16 384 x 16 384. A header that claims more is treated as an attack or a mistake. */
const LARGEST_IMAGE_PIXELS = 1 << 28;
/** Pictures with more pixels are reduced while they are decoded; faces are still found. */
const DECODED_PIXELS_LIMIT = 1 << 24;
/** A picture with a shorter side cannot contain a usable face. */
const SMALLEST_SIDE_PX = 32;
/** Colour behind transparent parts: a light neutral grey. */
const BACKDROP = '#d9d9d9';

/**
 * Decodes a picture.
 *
 * @param image PNG, JPEG, WebP or any other format of the browser; a bitmap is used as it is and not closed
 * @param colorSpace colour space of the result
 * @returns upright, opaque, at most about 16 million pixels
 * @throws TalkingPortraitError `image-corrupt`, `image-too-small`, `invalid-option` if it is too large, `unsupported`
 */
export async function decodeImage(
  image: Blob | ImageBitmap,
  colorSpace: PredefinedColorSpace = 'srgb',
): Promise<RgbaImage> {
  if (!(image instanceof Blob)) return toRgba(image, colorSpace);
  if (image.size === 0) throw corrupt('The picture file is empty.');
  const header = readImageHeader(new Uint8Array(await image.slice(0, IMAGE_HEADER_BYTES).arrayBuffer()));
  if (header) checkSize(header.width, header.height);
  const bitmap = await decode(image, header?.width, header?.height);
  try {
    return toRgba(bitmap, colorSpace);
  } finally {
    bitmap.close();
  }
}

async function decode(blob: Blob, width = 0, height = 0): Promise<ImageBitmap> {
  const factor = Math.sqrt(DECODED_PIXELS_LIMIT / Math.max(1, width * height));
  try {
    return await createImageBitmap(blob, {
      imageOrientation: 'from-image',
      premultiplyAlpha: 'default',
      // Only one side is given, because the EXIF orientation may swap them; the browser keeps the aspect ratio.
      ...(factor < 1 && { resizeWidth: Math.round(width * factor), resizeQuality: 'high' as const }),
    });
  } catch (cause) {
    const format = nameFormat(new Uint8Array(await blob.slice(0, FORMAT_BYTES).arrayBuffer()));
    throw corrupt(format?.what ?? 'The picture could not be decoded.', cause, format?.remedy);
  }
}

function toRgba(bitmap: ImageBitmap, colorSpace: PredefinedColorSpace): RgbaImage {
  const { width, height } = bitmap;
  checkSize(width, height);
  const context = new OffscreenCanvas(width, height).getContext('2d', {
    willReadFrequently: true,
    alpha: false,
    colorSpace,
  });
  if (!context)
    throw new TalkingPortraitError('unsupported', 'The browser provides no 2-D canvas.', 'Use a current browser.');
  context.fillStyle = BACKDROP;
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  return { width, height, data: context.getImageData(0, 0, width, height).data };
}

function checkSize(width: number, height: number): void {
  const size = `${width} x ${height}`;
  if (Math.min(width, height) < SMALLEST_SIDE_PX) {
    throw new TalkingPortraitError(
      'image-too-small',
      'The picture is too small to contain a face.',
      'Use a picture of at least 256 x 256 pixels.',
      size,
    );
  }
  if (width * height > LARGEST_IMAGE_PIXELS) {
    throw new TalkingPortraitError(
      'invalid-option',
      'The picture is too large.',
      'Reduce it to 16 000 x 16 000 pixels or less.',
      size,
    );
  }
}

function corrupt(
  what: string,
  cause?: unknown,
  remedy = 'Use an intact PNG, JPEG or WebP file.',
): TalkingPortraitError {
  return new TalkingPortraitError('image-corrupt', what, remedy, undefined, { cause });
}
