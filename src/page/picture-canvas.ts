/**
 * @file PictureCanvas: shows the pictures of the worker on the page's canvas.
 *
 * The canvas stays the page's: its control is not transferred to the worker. So it can be used again after the portrait was closed,
 * could not be created or has lost its worker, and it shows pictures again after the browser's GPU process has crashed, which a
 * transferred canvas does not (Chromium).
 *
 * Several portraits may use one canvas for a while: a page creates the next one before it closes the one before. Then the newest
 * that has a picture is shown, and the one before again when that is closed.
 */
import { TalkingPortraitError } from '../errors';

/** What shows its pictures on a canvas, oldest first. */
const users = new WeakMap<HTMLCanvasElement, PictureCanvas[]>();

export class PictureCanvas {
  /** The page's canvas. */
  readonly element: HTMLCanvasElement;
  readonly #context: ImageBitmapRenderingContext;
  readonly #onCovered: () => void;
  #hasPicture = false;
  #wasCovered = false;

  /**
   * @param onCovered called once when another portrait is shown in place of this one
   * @throws TalkingPortraitError `invalid-option` when the canvas is used in another way
   */
  constructor(element: HTMLCanvasElement, onCovered: () => void) {
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
    this.#onCovered = onCovered;
    users.set(element, [...(users.get(element) ?? []), this]);
  }

  /** Whether a newer portrait is shown. */
  get isCovered(): boolean {
    const all = users.get(this.element) ?? [];
    return all.slice(all.indexOf(this) + 1).some((newer) => newer.#hasPicture);
  }

  /** The picture that is shown, as a PNG. @throws TalkingPortraitError `no-portrait` */
  async snapshot(): Promise<Blob> {
    if (this.isCovered) {
      const what = 'Another portrait is shown on the canvas of this one.';
      throw new TalkingPortraitError('no-portrait', what, 'Close one of them, or give each a canvas of its own.');
    }
    const picture = this.#hasPicture && (await new Promise<Blob | null>((resolve) => this.element.toBlob(resolve)));
    if (picture) return picture;
    throw new TalkingPortraitError('no-portrait', 'There is no picture yet.', 'Set a portrait first.');
  }

  /** Shows a picture and takes its size, unless a newer portrait is shown. @param picture is used up */
  show(picture: ImageBitmap): void {
    if (this.isCovered) {
      picture.close();
      if (!this.#wasCovered) this.#onCovered();
      this.#wasCovered = true;
      return;
    }
    const { width, height } = picture;
    if (this.element.width !== width) this.element.width = width;
    if (this.element.height !== height) this.element.height = height;
    this.#context.transferFromImageBitmap(picture);
    this.#hasPicture = true;
  }

  /** Leaves the canvas to others; the picture stays. */
  release(): void {
    users.set(
      this.element,
      (users.get(this.element) ?? []).filter((user) => user !== this),
    );
  }
}

function contextOf(element: HTMLCanvasElement): ImageBitmapRenderingContext | null {
  try {
    return element.getContext('bitmaprenderer');
  } catch {
    return null; // Its control was transferred.
  }
}
