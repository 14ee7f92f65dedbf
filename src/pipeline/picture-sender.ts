/**
 * @file PictureSender: sends pictures to the page and bounds how many are on their way. While the page is busy only the newest
 * picture waits.
 */

/** Pictures that the page has not shown yet. */
const MAX_UNDERWAY = 2;

export class PictureSender {
  #underway = 0;
  #waiting: ImageBitmap | undefined;
  /** Called when nothing is on its way. */
  #onShown: (() => void)[] = [];
  readonly #post: (picture: ImageBitmap) => void;

  /** @param post transfers a picture to the page, which answers with `shown` */
  constructor(post: (picture: ImageBitmap) => void) {
    this.#post = post;
  }

  /** Sends what is on the canvas, which is empty afterwards. */
  send(canvas: OffscreenCanvas): void {
    const picture = canvas.transferToImageBitmap();
    if (this.#underway < MAX_UNDERWAY) {
      this.#underway++;
      this.#post(picture);
      return;
    }
    this.#waiting?.close();
    this.#waiting = picture;
  }

  /** The page has shown a picture. */
  shown(): void {
    const next = this.#waiting;
    this.#waiting = undefined;
    if (next) {
      this.#post(next);
      return;
    }
    this.#underway--;
    if (this.#underway === 0) for (const resolve of this.#onShown.splice(0)) resolve();
  }

  /** Resolves when the page has shown everything that was sent. */
  async allShown(): Promise<void> {
    if (this.#underway > 0) await new Promise<void>((resolve) => this.#onShown.push(resolve));
  }

  close(): void {
    this.#waiting?.close();
    this.#waiting = undefined;
    this.#underway = 0;
    for (const resolve of this.#onShown.splice(0)) resolve();
  }
}
