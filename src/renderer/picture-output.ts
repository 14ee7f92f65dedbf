/** @file Which part of the photo a picture shows, at which size, and in front of which backdrop. */
import type { Crop } from '../options/output';
import type { PortraitPose } from '../portrait-bundle/portrait-bundle';
import type { RgbaImage } from '../core/rgba-image';

/**
 * What is behind the person.
 *
 * - photo: the background of the photo, which does not move; `blur` is a standard deviation, px of the picture
 * - colour: red, green, blue, alpha, 0 ... 1, not premultiplied, in the colour space of the picture
 * - image: fills the picture
 */
export type Backdrop =
  | { kind: 'photo'; blur: number }
  | { kind: 'colour'; colour: readonly [number, number, number, number] }
  | { kind: 'image'; image: RgbaImage };

export type PictureOutput = {
  /** Size of the picture, px. */
  width: number;
  height: number;
  /** Format of the target view. An -srgb format blends in linear light and requires an opaque backdrop. */
  format: GPUTextureFormat;
  /** Samples per pixel; 1 on software adapters. */
  sampleCount: 1 | 4;
  crop: Crop;
  /** Swaps left and right. */
  mirror: boolean;
  backdrop: Backdrop;
  colorSpace: PredefinedColorSpace;
};

/** The photo unchanged, with four samples per pixel. */
export const DEFAULT_PICTURE: Omit<PictureOutput, 'width' | 'height' | 'format'> = {
  sampleCount: 4,
  crop: 'photo',
  mirror: false,
  backdrop: { kind: 'photo', blur: 0 },
  colorSpace: 'srgb',
};

/** clip = px * (x, y) + (z, w). */
export type PhotoToClip = [number, number, number, number];

/** Heights of the named crops, and heights of their centres above the neck joint along the head's axis, IOD. */
const NAMED_CROPS = { bust: { height: 4.3, centre: 0.3 }, face: { height: 3.2, centre: 0.65 } } as const;

/** Whether the backdrop is the sharp background of the photo. */
export function showsPlainPhoto({ backdrop }: Pick<PictureOutput, 'backdrop'>): boolean {
  return backdrop.kind === 'photo' && backdrop.blur === 0;
}

/** Whether any pixel of the picture may be transparent. */
export function isTransparent({ backdrop }: Pick<PictureOutput, 'backdrop'>): boolean {
  if (backdrop.kind === 'colour') return backdrop.colour[3] < 1;
  if (backdrop.kind === 'photo') return false;
  for (let i = 3; i < backdrop.image.data.length; i += 4) if (backdrop.image.data[i]! < 255) return true;
  return false;
}

/** The map from pixels of the photo to clip space. */
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

/** Pixels of the photo per pixel of the picture. */
export function photoPixels(toClip: PhotoToClip, { height }: { height: number }): number {
  return 2 / height / Math.abs(toClip[1]);
}
