/**
 * @file PictureCanvas: shows the pictures of the worker on the page's canvas.
 *
 * The canvas stays the page's: its control is not transferred to the worker. So it can be used again after the portrait was closed,
 * could not be created or has lost its worker, and it shows pictures again after the browser's GPU process has crashed, which a
 * transferred canvas does not (Chromium).
 */
import { TalkingPortraitError } from '../errors';

export class PictureCanvas {
  /** The page's canvas. */
  readonly element: HTMLCanvasElement;
  readonly #context: ImageBitmapRenderingContext;
  #hasPicture = false;

  /** @throws TalkingPortraitError `invalid-option` when the canvas is used in another way */
  constructor(element: HTMLCanvasElement) {
    const context = contextOf(element);
    if (!context) {
      throw new TalkingPortraitError(
        'invalid-option',
        'The canvas has a context of another kind, or its control was transferred.',
        'Use a canvas on which nothing else draws.',
      );
    }
    this.element = element;
    this.#context = context;
  }

  /** The picture that is shown, as a PNG. @throws TalkingPortraitError `no-portrait` */
  async snapshot(): Promise<Blob> {
    const picture = this.#hasPicture && (await new Promise<Blob | null>((resolve) => this.element.toBlob(resolve)));
    if (picture) return picture;
    throw new TalkingPortraitError('no-portrait', 'There is no picture yet.', 'Set a portrait first.');
  }

  /** Shows a picture and takes its size. @param picture is used up */
  show(picture: ImageBitmap): void {
    const { width, height } = picture;
    if (this.element.width !== width) this.element.width = width;
    if (this.element.height !== height) this.element.height = height;
    this.#context.transferFromImageBitmap(picture);
    this.#hasPicture = true;
  }
}

function contextOf(element: HTMLCanvasElement): ImageBitmapRenderingContext | null {
  try {
    return element.getContext('bitmaprenderer');
  } catch {
    return null; // Its control was transferred.
  }
}
