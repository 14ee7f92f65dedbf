/** @file What part of the photo a picture shows, how large, and before which background. */
import type { PortraitPose } from '../portrait-bundle/portrait-bundle';
import type { RgbaImage } from '../core/rgba-image';

/**
 * The part of the photo that fills the picture; it never reaches beyond the photo.
 *
 * - 'photo': as much as fits, centred
 * - 'bust', 'face': a square round the head, taken from the fit
 * - `zoom` 1 ... 8 enlarges 'photo'; (x, y) is the point of the photo in the middle, 0 ... 1 from its upper left
 */
export type Crop = 'photo' | 'bust' | 'face' | { zoom: number; x: number; y: number };

/**
 * What is behind the person.
 *
 * - photo: the photo's own background, at rest; `blur` its standard deviation, px of the picture
 * - colour: red, green, blue, alpha, 0 ... 1, not premultiplied, in the colour space of the picture
 * - image: fills the picture
 */
export type Backdrop =
  | { kind: 'photo'; blur: number }
  | { kind: 'colour'; colour: readonly [number, number, number, number] }
  | { kind: 'image'; image: RgbaImage };

export type PictureOutput = {
  /** Of the picture, pixels. */
  width: number;
  height: number;
  /** Of the target view. With an -srgb format blending works on light; it needs an opaque backdrop. */
  format: GPUTextureFormat;
  /** Samples a pixel; 1 where the adapter is a software one. */
  sampleCount: 1 | 4;
  crop: Crop;
  /** Left and right exchanged, as in a mirror. */
  mirror: boolean;
  backdrop: Backdrop;
  colorSpace: PredefinedColorSpace;
};

/** The photo as it is, four samples a pixel. */
export const DEFAULT_PICTURE: Omit<PictureOutput, 'width' | 'height' | 'format'> = {
  sampleCount: 4,
  crop: 'photo',
  mirror: false,
  backdrop: { kind: 'photo', blur: 0 },
  colorSpace: 'srgb',
};

/** clip = px * (x, y) + (z, w). */
export type PhotoToClip = [number, number, number, number];

/** Heights of the named crops and where their middles lie above the neck joint, IOD along the head's axis. */
const NAMED_CROPS = { bust: { height: 4.3, centre: 0.3 }, face: { height: 3.2, centre: 0.65 } } as const;

/** Whether the person stands before the photo's own, sharp background. */
export function showsPlainPhoto({ backdrop }: Pick<PictureOutput, 'backdrop'>): boolean {
  return backdrop.kind === 'photo' && backdrop.blur === 0;
}

/** Whether anything shines through the picture. */
export function isTransparent({ backdrop }: Pick<PictureOutput, 'backdrop'>): boolean {
  if (backdrop.kind === 'colour') return backdrop.colour[3] < 1;
  if (backdrop.kind === 'photo') return false;
  for (let i = 3; i < backdrop.image.data.length; i += 4) if (backdrop.image.data[i]! < 255) return true;
  return false;
}

/** Where the photo's pixels fall in clip space. */
export function photoToClip(
  photo: { width: number; height: number },
  pose: PortraitPose,
  { width, height, crop, mirror }: Pick<PictureOutput, 'width' | 'height' | 'crop' | 'mirror'>,
): PhotoToClip {
  const cover = Math.max(width / photo.width, height / photo.height);
  let scale = cover;
  let [cx, cy] = [photo.width / 2, photo.height / 2];
  if (typeof crop === 'object') {
    scale *= crop.zoom;
    [cx, cy] = [crop.x * photo.width, crop.y * photo.height];
  } else if (crop !== 'photo') {
    const { height: tall, centre } = NAMED_CROPS[crop];
    scale = Math.max(cover, Math.min(width, height) / (tall * pose.scale));
    // Row 1 of the rotation is where the head's own y axis (down) points in the picture.
    cx = pose.translation[0] - centre * pose.scale * pose.rotation[3]!;
    cy = pose.translation[1] - centre * pose.scale * pose.rotation[4]!;
  }
  const inside = (middle: number, side: number, shown: number): number =>
    Math.min(side - shown / 2, Math.max(shown / 2, middle));
  cx = inside(cx, photo.width, width / scale);
  cy = inside(cy, photo.height, height / scale);
  const x = ((mirror ? -2 : 2) * scale) / width;
  const y = (-2 * scale) / height;
  return [x, y, -x * cx, -y * cy];
}

/** Pixels of the photo a pixel of the picture. */
export function photoPixels(toClip: PhotoToClip, { height }: { height: number }): number {
  return 2 / height / Math.abs(toClip[1]);
}
