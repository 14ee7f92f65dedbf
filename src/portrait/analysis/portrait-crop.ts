/**
 * @file Chooses the square of a picture that becomes the portrait: the head with room for hair, neck and shoulders, so
 * that all portraits have similar proportions, however the picture was framed.
 */

import { TalkingPortraitError } from '../../errors';
import { extentOf } from '../../core/polygon';
import type { RgbaImage } from '../../core/rgba-image';
import { blurOutside } from './edge-blur';
import { type PictureRect, resizeImage } from './image-resize';

/** Height of the face, from landmark 10 (hairline) to 152 (chin), as a fraction of the portrait's. */
const FACE_FRACTION = 0.4;
/** If the picture has no room, the crop shrinks until the face has this fraction; then the picture is extended. */
const LARGEST_FACE_FRACTION = 0.55;
/** Vertical position of the middle of the face in the portrait, as a fraction. */
const FACE_CENTRE_HEIGHT = 0.51;
/** A hairline closer to the picture's upper edge than this fraction of the face's height counts as cut off. */
const CUT_FRACTION = 0.03;
const SMALLEST_PORTRAIT_PX = 512;
const LARGEST_PORTRAIT_PX = 1024;
/** In a smaller face the lips have too few pixels to be animated. */
const SMALLEST_FACE_PX = 48;
/** The portrait of a smaller face is visibly blurred. */
const SOFT_FACE_PX = 96;
const [FOREHEAD, CHIN] = [10, 152];

type PortraitCrop = {
  /** The square in the picture, px; extends beyond the picture only if `continued`. */
  square: PictureRect;
  /** Side of the portrait, px. */
  size: number;
  /** The picture has to be extended beyond its edge. */
  continued: boolean;
  /** The face has few pixels. */
  soft: boolean;
};

/**
 * Chooses the crop.
 *
 * @param landmarks f32[478 x 3], px
 * @throws TalkingPortraitError `image-too-small` if the face is too small to be animated
 */
export function portraitCrop(landmarks: Float32Array, width: number, height: number): PortraitCrop {
  const at = (index: number): [number, number] => [landmarks[3 * index]!, landmarks[3 * index + 1]!];
  const [top, chin] = [at(FOREHEAD), at(CHIN)];
  const faceHeight = Math.hypot(chin[0] - top[0], chin[1] - top[1]);
  if (!(faceHeight >= SMALLEST_FACE_PX)) {
    throw new TalkingPortraitError(
      'image-too-small',
      'The face is too small in the picture.',
      `Use a picture whose face is at least ${SOFT_FACE_PX} pixels high.`,
      `${Math.round(faceHeight)} px`,
    );
  }
  const [left, , right] = extentOf(landmarks, 3);
  const wanted = faceHeight / FACE_FRACTION;
  const least = faceHeight / LARGEST_FACE_FRACTION;
  // Whole pixels, so that a crop of the right size is not resampled.
  const side = Math.round(Math.max(least, Math.min(wanted, width, height)));
  const x = start((left + right) / 2, side, width);
  // Extending a picture above a cut-off forehead would draw a column of skin, so its upper edge stays the portrait's.
  const cutAbove = top[1] < CUT_FRACTION * faceHeight && side > height;
  const y = cutAbove ? 0 : start((top[1] + chin[1]) / 2 + (0.5 - FACE_CENTRE_HEIGHT) * side, side, height);
  const square = { x, y, width: side, height: side };
  return {
    square,
    size: Math.min(Math.max(side, SMALLEST_PORTRAIT_PX), LARGEST_PORTRAIT_PX),
    continued: x < 0 || y < 0 || x + side > width || y + side > height,
    soft: faceHeight < SOFT_FACE_PX,
  };
}

/**
 * First pixel of the square along one axis: shifted until the square lies inside the picture, or else the picture
 * inside it.
 */
function start(centre: number, side: number, length: number): number {
  return Math.min(Math.max(Math.round(centre - side / 2), Math.min(0, length - side)), Math.max(0, length - side));
}

/** Crops the portrait. */
export function cutPortrait(image: RgbaImage, crop: PortraitCrop): RgbaImage {
  const { square, size } = crop;
  const portrait = resizeImage(image, square, size, size);
  if (!crop.continued) return portrait;
  const scale = size / square.width;
  return blurOutside(portrait, {
    x: -square.x * scale,
    y: -square.y * scale,
    width: image.width * scale,
    height: image.height * scale,
  });
}
