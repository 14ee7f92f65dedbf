/**
 * @file Controls the page of the gallery in Chrome from Node: it analyses picture files of any format and draws
 * labelled contact sheets.
 */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { launchChrome } from '../../cli/chrome.mjs';
import type { PortraitBundle } from '../../src/portrait-bundle/portrait-bundle';
import type { RgbaImage, PersonMatte } from '../../src/core/rgba-image';
import { loadPortraitBundle } from '../../src/portrait-bundle/portrait-file';
import { startPageServer } from '../../test/fixtures/page-server';
// A type only: the page's module runs in the browser.
import type { PageAnalysis } from './page';

export type GalleryPortrait = Pick<PageAnalysis, 'warnings' | 'fitError' | 'mouthClosed' | 'seconds'> & {
  bundle: PortraitBundle;
  /** The cropped photo, before the preparation changes it. */
  photo: RgbaImage;
  /** f32[478 x 3], px of `photo`. */
  landmarks: Float32Array;
  matte: PersonMatte;
};

/** A picture from which no portrait can be made: unreadable, without a face, or too small. */
export class NoPortraitError extends Error {}

type PictureType = 'jpeg' | 'png' | 'webp';

export type SheetRow = { label: string; tiles: RgbaImage[] };

/** Timeout for loading modules and networks, generous for busy machines. */
const LOADING_TIMEOUT_MS = 300_000;

export class GalleryPage {
  readonly #browser: Browser;
  readonly #page: Page;
  readonly #stopServer: () => Promise<void>;

  private constructor(browser: Browser, page: Page, stopServer: () => Promise<void>) {
    this.#browser = browser;
    this.#page = page;
    this.#stopServer = stopServer;
  }

  /** @param url of the project root, if it is served already */
  static async open(url?: string): Promise<GalleryPage> {
    const server = url ? { url, close: async () => {} } : await startPageServer();
    const browser = await launchChrome();
    const page = await browser.newPage();
    page.on('pageerror', (error) => console.error(error));
    page.setDefaultTimeout(LOADING_TIMEOUT_MS);
    await page.goto(`${server.url}bench/gallery/page.html`);
    await page.waitForFunction('globalThis.gallery');
    return new GalleryPage(browser, page, server.close);
  }

  /** @throws NoPortraitError */
  async analyse(file: string): Promise<GalleryPortrait> {
    const picture = readFileSync(file).toString('base64');
    const result = await this.#page.evaluate((data) => gallery.analyse(data), picture);
    if ('error' in result) throw new NoPortraitError(result.error);
    const { warnings, fitError, mouthClosed, seconds } = result;
    return {
      bundle: loadPortraitBundle(bytesOf(result.bundle).buffer),
      photo: { ...result.photo, data: new Uint8ClampedArray(bytesOf(result.photo.data).buffer) },
      landmarks: Float32Array.from(result.landmarks),
      matte: { ...result.matte, data: new Float32Array(bytesOf(result.matte.data).buffer) },
      warnings,
      fitError,
      mouthClosed,
      seconds,
    };
  }

  /** An image file of tiles in rows. @param columns labels, '' for none; @param quality 0 ... 1, for lossy types */
  async contactSheet(columns: string[], rows: SheetRow[], type: PictureType, quality = 0.85): Promise<Buffer> {
    const tile = rows[0]!.tiles[0]!.width;
    const encoded = rows.map(({ label, tiles }) => ({
      label,
      tiles: tiles.map((image) => encodePng(image).toString('base64')),
    }));
    const file = await this.#page.evaluate(({ sheet, type, quality }) => gallery.drawSheet(sheet, type, quality), {
      sheet: { columns, rows: encoded, tile },
      type: `image/${type}`,
      quality,
    });
    return Buffer.from(file, 'base64');
  }

  async decode(file: Buffer): Promise<RgbaImage> {
    const image = await this.#page.evaluate((data) => gallery.decode(data), file.toString('base64'));
    return { ...image, data: new Uint8ClampedArray(bytesOf(image.data).buffer) };
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#stopServer();
  }
}

export function encodePng({ width, height, data }: RgbaImage): Buffer {
  const png = new PNG({ width, height });
  png.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return PNG.sync.write(png);
}

/** In a buffer of its own, so that it is aligned for every number type. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}
