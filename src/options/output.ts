/** @file Options of the picture (size, crop, mirroring, background, colour space), and their checks. */
import { checkObject } from '../core/check-arguments';
import { describeValue } from '../core/describe-value';
import { TalkingPortraitError } from '../errors';
import type { Source } from './source';

/**
 * What is behind the person.
 *
 * - 'photo': the photo's own background, which stays where it is when the head moves
 * - a CSS colour: 'white', '#0a7', 'rgb(0 0 0 / 40%)'; with 'transparent' the page shows through
 * - `image`: a picture, cropped to fill the frame
 * - `blur`: the photo's own background out of focus; standard deviation in pixels of the picture, 0 ... 200
 */
export type Background =
  | 'photo'
  | (string & {})
  | {
      /** A picture file: JPEG, PNG, WebP or AVIF. */
      image: Source;
    }
  | {
      /** Standard deviation of the blur in pixels of the picture, 0 ... 200. */
      blur: number;
    };

/**
 * The part of the photo that is shown. It never reaches beyond the photo.
 *
 * - 'photo': as much as fits, centred; 'bust': head and shoulders; 'face': the head
 * - `zoom` 1 ... 8 times 'photo', about the point (x, y) of the photo, 0 ... 1 from its upper left corner
 */
export type Crop =
  | 'photo'
  | 'bust'
  | 'face'
  | {
      /** Magnification relative to 'photo', 1 ... 8. */
      zoom: number;
      /** Centre, as a fraction of the photo's width from its left edge, 0 ... 1. */
      x: number;
      /** Centre, as a fraction of the photo's height from its top edge, 0 ... 1. */
      y: number;
    };

/** Size, crop, background and colours of the picture. What is absent stays as it is. */
export type OutputOptions = {
  /** Width of the picture in pixels, 64 ... 2048, rounded to a whole number; independent of the size of the photo. @defaultValue 512 */
  width?: number;
  /** Height of the picture in pixels, 64 ... 2048, rounded to a whole number. @defaultValue 512 */
  height?: number;
  /** What is behind the person. @defaultValue 'photo' */
  background?: Background;
  /** The part of the photo that is shown. @defaultValue 'photo' */
  crop?: Crop;
  /** Whether left and right are swapped, as in a mirror. @defaultValue false */
  mirror?: boolean;
  /**
   * Colour space of the canvas. A photo with colours beyond sRGB keeps them on 'display-p3' if this is set before the photo.
   * @defaultValue 'srgb'
   */
  colorSpace?: PredefinedColorSpace;
};

/** All options after their check, with the image of the background fetched. */
export type ResolvedOutput = {
  width: number;
  height: number;
  background: 'photo' | { color: string } | { image: Blob } | { blur: number };
  crop: Crop;
  mirror: boolean;
  colorSpace: PredefinedColorSpace;
};

export const DEFAULT_OUTPUT: ResolvedOutput = {
  width: 512,
  height: 512,
  background: 'photo',
  crop: 'photo',
  mirror: false,
  colorSpace: 'srgb',
};

/** The output that `size` and `output` of CreateOptions ask for. @throws as resolveOutput */
export function initialOutput(
  { size = DEFAULT_OUTPUT.width, output = {} }: { size?: number; output?: OutputOptions },
  fetchImage: (source: Source) => Promise<Blob>,
): Promise<ResolvedOutput> {
  return resolveOutput({ width: size, height: size, ...output }, DEFAULT_OUTPUT, fetchImage);
}

const [MIN_SIDE_PX, MAX_SIDE_PX] = [64, 2048];
const MAX_BLUR_PX = 200;
const MAX_ZOOM = 8;

/**
 * `now` with `changes` applied, checked. Whether a string is a CSS colour is found out later, in the worker.
 *
 * @param fetchImage fetches the image of a background
 * @throws TalkingPortraitError `invalid-option`, and what `fetchImage` throws
 */
export async function resolveOutput(
  changes: OutputOptions,
  now: ResolvedOutput,
  fetchImage: (source: Source) => Promise<Blob>,
): Promise<ResolvedOutput> {
  checkObject(changes, 'The options of the output', 'Give an object with options.');
  const [width, height] = [changes.width ?? now.width, changes.height ?? now.height].map(wholeSide) as [number, number];
  const { crop = now.crop, mirror = now.mirror } = changes;
  const { colorSpace = now.colorSpace } = changes;
  if (colorSpace !== 'srgb' && colorSpace !== 'display-p3')
    throw invalid('Unknown colour space.', 'Use "srgb" or "display-p3".', colorSpace);
  if (typeof mirror !== 'boolean') throw invalid('mirror is not a boolean.', 'Use true or false.', mirror);
  checkCrop(crop);
  const { background } = changes;
  const resolved = background === undefined ? now.background : await resolveBackground(background, fetchImage);
  return { width, height, background: resolved, crop, mirror, colorSpace };
}

/** Sizes measured on a page are rarely whole. @throws TalkingPortraitError `invalid-option` */
function wholeSide(side: number): number {
  const whole = typeof side === 'number' ? Math.round(side) : Number.NaN;
  if (whole >= MIN_SIDE_PX && whole <= MAX_SIDE_PX) return whole;
  throw invalid('The size is out of range.', 'Use 64 to 2048 pixels.', side);
}

function checkCrop(crop: Crop): void {
  if (crop === 'photo' || crop === 'bust' || crop === 'face') return;
  const { zoom, x, y } = (crop ?? {}) as Partial<Exclude<Crop, string>>;
  const isWithin = (value: unknown, least: number, most: number): boolean =>
    typeof value === 'number' && value >= least && value <= most;
  if (!isWithin(zoom, 1, MAX_ZOOM) || !isWithin(x, 0, 1) || !isWithin(y, 0, 1)) {
    const remedy = 'Use "photo", "bust", "face", or { zoom: 1 to 8, x: 0 to 1, y: 0 to 1 }.';
    throw invalid('The crop is not valid.', remedy, crop);
  }
}

async function resolveBackground(
  background: Background,
  fetchImage: (source: Source) => Promise<Blob>,
): Promise<ResolvedOutput['background']> {
  if (background === 'photo') return 'photo';
  if (typeof background === 'string') return { color: background };
  if (typeof background === 'object' && background !== null && 'image' in background)
    return { image: await fetchImage(background.image) };
  const blur = (background as { blur?: unknown } | null)?.blur;
  if (typeof blur !== 'number' || !(blur >= 0 && blur <= MAX_BLUR_PX)) {
    const remedy = 'Use "photo", a CSS colour, { image } or { blur: 0 to 200 }.';
    throw invalid('The background is not valid.', remedy, background);
  }
  return { blur };
}

function invalid(what: string, remedy: string, value: unknown): TalkingPortraitError {
  return new TalkingPortraitError('invalid-option', what, remedy, describeValue(value));
}
