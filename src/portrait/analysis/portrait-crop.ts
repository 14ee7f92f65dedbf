/**
 * @file The square of a picture that becomes the portrait: the head with room for hair, neck and shoulders, so that every
 * portrait has about the same proportions, whatever the photographer framed.
 */

import { TalkingPortraitError } from '../../errors';
import type { RgbaImage } from '../../portrait-bundle/portrait-bundle';
import { blurBeyond } from './edge-blur';
import { type PictureRect, resizeImage } from './image-resize';

/** Height of the face, landmark 10 (hairline) to 152 (chin), as a fraction of the portrait. */
const FACE_FRACTION = 0.4;
/** Where the picture has no room: up to this fraction the crop shrinks, beyond it the picture is continued. */
const LARGEST_FACE_FRACTION = 0.55;
/** Height of the middle of the face in the portrait. */
const FACE_CENTRE_HEIGHT = 0.51;
/** A hairline nearer to the upper edge than this part of the face is cut. */
const CUT_FRACTION = 0.03;
const SMALLEST_PORTRAIT_PX = 512;
const LARGEST_PORTRAIT_PX = 1024;
/** A face of fewer pixels has no lips to move. */
const SMALLEST_FACE_PX = 48;
/** Below this the portrait is visibly soft. */
const SOFT_FACE_PX = 96;
const [FOREHEAD, CHIN] = [10, 152];

export type PortraitCrop = {
  /** The square in the picture, px; reaches beyond it only where `continued`. */
  square: PictureRect;
  /** Side of the portrait, px. */
  size: number;
  /** The picture had to be continued beyond its edge. */
  continued: boolean;
  /** The face has few pixels. */
  soft: boolean;
};

/**
 * Chooses the crop.
 *
 * @param landmarks f32[478 x 3], px
 * @throws TalkingPortraitError `image-too-small` when the face is too small to animate
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
  let [left, right] = [Infinity, -Infinity];
  for (let i = 0; i < landmarks.length; i += 3) {
    left = Math.min(left, landmarks[i]!);
    right = Math.max(right, landmarks[i]!);
  }
  const wanted = faceHeight / FACE_FRACTION;
  const least = faceHeight / LARGEST_FACE_FRACTION;
  // Whole pixels, so that a crop that needs no resampling gets none.
  const side = Math.round(Math.max(least, Math.min(wanted, width, height)));
  const x = start((left + right) / 2, side, width);
  // A forehead that is cut would be continued as a pillar of skin: the picture's edge stays the portrait's.
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

/** First pixel of the square on one axis: shifted until it, or else the picture, lies wholly inside the other. */
function start(centre: number, side: number, length: number): number {
  return Math.min(Math.max(Math.round(centre - side / 2), Math.min(0, length - side)), Math.max(0, length - side));
}

/** Cuts the portrait out. */
export function cutPortrait(image: RgbaImage, crop: PortraitCrop): RgbaImage {
  const { square, size } = crop;
  const portrait = resizeImage(image, square, size, size);
  if (!crop.continued) return portrait;
  const scale = size / square.width;
  return blurBeyond(portrait, {
    x: -square.x * scale,
    y: -square.y * scale,
    width: image.width * scale,
    height: image.height * scale,
  });
}
