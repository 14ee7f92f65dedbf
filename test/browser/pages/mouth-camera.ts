/** @file Watches the mouth in the pictures that a page shows: how far it is open, and when. */

import { TimeSeries } from './time-series';

/** The mouth of a head that fills the picture, as shares of its sides. */
const MOUTH = { x: 0.35, y: 0.55, width: 0.3, height: 0.3 };
const SIDE_PX = 48;

/** How different the mouth is from the mouth at rest, 0 ... 255, in everything that has been shown, by `performance.now()`. */
export const seen = new TimeSeries();

const context = new OffscreenCanvas(SIDE_PX, SIDE_PX).getContext('2d', { willReadFrequently: true })!;
let rest: Uint8ClampedArray | undefined;

/** Looks at every picture from now on. Until `restNow` every opening is 0. */
export function watchPictures(): void {
  const show = ImageBitmapRenderingContext.prototype.transferFromImageBitmap;
  ImageBitmapRenderingContext.prototype.transferFromImageBitmap = function (picture) {
    if (picture) look(picture);
    show.call(this, picture);
  };
}

let last: Uint8ClampedArray | undefined;

/** The mouth that was seen last is the mouth at rest. */
export function restNow(): void {
  rest = last;
}

function look(picture: ImageBitmap): void {
  const { width, height } = picture;
  const source = [MOUTH.x * width, MOUTH.y * height, MOUTH.width * width, MOUTH.height * height] as const;
  context.drawImage(picture, ...source, 0, 0, SIDE_PX, SIDE_PX);
  last = context.getImageData(0, 0, SIDE_PX, SIDE_PX).data;
  let sum = 0;
  if (rest) for (let i = 0; i < last.length; i++) sum += Math.abs(last[i]! - rest[i]!);
  seen.add(performance.now(), sum / last.length);
}
