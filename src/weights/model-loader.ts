/**
 * @file ModelLoader: loads model files by name, from the network or from the browser's Cache API, and checks each of
 * them.
 *
 * Cached files are stored under their hash, so a new release never uses an old file. A damaged cache entry is detected,
 * deleted and downloaded again.
 */

import { TalkingPortraitError } from '../errors';
import { fetchFile } from '../core/fetch-file';
import { sha256Hex } from './integrity';
import { type Manifest, type ManifestEntry, parseManifest, readManifest } from './manifest';
import type { ModelFiles } from '../core/model-files';

/** Progress of one file. */
export type LoadProgress = { file: string; loadedBytes: number; totalBytes: number };

/** Options of {@link ModelLoader}. */
type ModelLoaderOptions = {
  files: ModelFiles;
  /** Aborts every load with the error `aborted`. */
  signal?: AbortSignal | undefined;
  /** `fraction`, 0 ... 1, is the loaded share of the bytes of all files requested so far. */
  onProgress?: ((fraction: number, progress: LoadProgress) => void) | undefined;
  /** Replaces the global fetch, for tests and for files under Node. */
  fetch?: typeof globalThis.fetch | undefined;
};

const CACHE_NAME = 'talking-portrait-models';
const MANIFEST_NAME = 'manifest.json';

/** Loads model files. Concurrent requests for a file share one download; the bytes are not kept afterwards. */
export class ModelLoader {
  readonly #files: ModelFiles;
  readonly #signal: AbortSignal | undefined;
  readonly #onProgress: ModelLoaderOptions['onProgress'];
  readonly #fetch: typeof globalThis.fetch | undefined;
  readonly #pending = new Map<string, Promise<ArrayBuffer>>();
  readonly #loaded = new Map<string, number>();
  readonly #total = new Map<string, number>();
  #manifest: Promise<Manifest> | undefined;

  constructor(options: ModelLoaderOptions) {
    this.#files = options.files;
    this.#signal = options.signal;
    this.#onProgress = options.onProgress;
    this.#fetch = options.fetch;
  }

  /** The manifest, fetched once where it is a file. */
  manifest(): Promise<Manifest> {
    this.#manifest ??= this.#readManifest().catch((error: unknown) => {
      this.#manifest = undefined;
      throw this.#wrap(error, MANIFEST_NAME);
    });
    return this.#manifest;
  }

  async #readManifest(): Promise<Manifest> {
    if ('manifest' in this.#files) return readManifest(this.#files.manifest);
    const response = await this.#request(MANIFEST_NAME, 'no-cache');
    return parseManifest(await response.text());
  }

  #urlOf(name: string): string {
    if ('urls' in this.#files) return this.#files.urls[name] ?? name;
    const { baseUrl } = this.#files;
    return `${baseUrl}${baseUrl.endsWith('/') ? '' : '/'}${name}`;
  }

  /** Whether the manifest lists the file. */
  async has(name: string): Promise<boolean> {
    return (await this.manifest()).files.has(name);
  }

  /**
   * Loads a model file and checks its SHA-256.
   *
   * @param name as in the manifest, for example `motion.safetensors`
   * @throws TalkingPortraitError `weights-missing`, `weights-corrupt` or `aborted`
   */
  load(name: string): Promise<ArrayBuffer> {
    let pending = this.#pending.get(name);
    if (!pending) {
      pending = this.#load(name)
        .catch((error: unknown) => {
          throw this.#wrap(error, name);
        })
        .finally(() => this.#pending.delete(name));
      this.#pending.set(name, pending);
    }
    return pending;
  }

  async #load(name: string): Promise<ArrayBuffer> {
    this.#signal?.throwIfAborted();
    const entry = (await this.manifest()).files.get(name);
    if (!entry) {
      throw new TalkingPortraitError(
        'weights-missing',
        'A model file is not listed in the manifest.',
        'Check modelBaseUrl, and that library and model files have the same version.',
        name,
      );
    }
    this.#total.set(name, entry.bytes);
    this.#report(name, 0);
    const cached = await this.#fromCache(name, entry);
    if (cached) {
      this.#report(name, entry.bytes);
      return cached;
    }
    const bytes = await this.#download(name, entry);
    await this.#check(name, entry, bytes);
    await this.#toCache(name, entry, bytes);
    return bytes;
  }

  async #download(name: string, entry: ManifestEntry): Promise<ArrayBuffer> {
    const response = await this.#request(name, 'default');
    if (!response.body) return response.arrayBuffer();
    const bytes = new Uint8Array(entry.bytes);
    let length = 0;
    for (const reader = response.body.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (length + value.length > entry.bytes) {
        await reader.cancel();
        throw sizeError(name, entry, `more than ${entry.bytes}`);
      }
      bytes.set(value, length);
      length += value.length;
      this.#report(name, length);
      this.#signal?.throwIfAborted();
    }
    if (length !== entry.bytes) throw sizeError(name, entry, length);
    return bytes.buffer;
  }

  async #check(name: string, entry: ManifestEntry, bytes: ArrayBuffer): Promise<void> {
    if (bytes.byteLength !== entry.bytes) throw sizeError(name, entry, bytes.byteLength);
    const hash = await sha256Hex(bytes);
    if (hash !== entry.sha256) {
      throw new TalkingPortraitError(
        'weights-corrupt',
        `The SHA-256 of ${name} differs from the manifest's.`,
        'Reload the page, or deploy manifest and model files of the same version.',
        hash,
      );
    }
  }

  #cacheKey(name: string, entry: ManifestEntry): string {
    return `${this.#urlOf(name)}?sha256=${entry.sha256}`;
  }

  /** The cache; undefined where the Cache API does not exist, does not apply (it needs http or https) or is blocked. */
  async #cache(): Promise<Cache | undefined> {
    if (!('caches' in globalThis)) return undefined;
    try {
      return await caches.open(CACHE_NAME);
    } catch {
      return undefined;
    }
  }

  async #fromCache(name: string, entry: ManifestEntry): Promise<ArrayBuffer | undefined> {
    const cache = await this.#cache();
    const key = this.#cacheKey(name, entry);
    const response = await cache?.match(key);
    if (!cache || !response) return undefined;
    const bytes = await response.arrayBuffer();
    try {
      await this.#check(name, entry, bytes);
      return bytes;
    } catch {
      await cache.delete(key);
      return undefined;
    }
  }

  async #toCache(name: string, entry: ManifestEntry, bytes: ArrayBuffer): Promise<void> {
    const cache = await this.#cache();
    if (!cache) return;
    try {
      await cache.delete(this.#urlOf(name), { ignoreSearch: true }); // older versions of this file
      await cache.put(this.#cacheKey(name, entry), new Response(bytes));
    } catch {
      // Full disk or private window: the file is downloaded again next time.
    }
  }

  #request(name: string, cache: RequestCache): Promise<Response> {
    return fetchFile(this.#urlOf(name), {
      code: 'weights-missing',
      remedy: 'Serve the model files (npx talking-portrait copy-models FOLDER) and set modelBaseUrl to their folder.',
      signal: this.#signal,
      cache,
      refuseWebPage: true,
      fetch: this.#fetch,
    });
  }

  #report(file: string, loadedBytes: number): void {
    this.#loaded.set(file, loadedBytes);
    const sum = (of: Map<string, number>) => [...of.values()].reduce((total, bytes) => total + bytes, 0);
    this.#onProgress?.(sum(this.#loaded) / Math.max(1, sum(this.#total)), {
      file,
      loadedBytes,
      totalBytes: this.#total.get(file) ?? loadedBytes,
    });
  }

  #wrap(error: unknown, name: string): TalkingPortraitError {
    if (error instanceof TalkingPortraitError) return error;
    if (this.#signal?.aborted) {
      return new TalkingPortraitError('aborted', 'Loading was aborted.', 'Start it again.', name, {
        cause: error,
      });
    }
    return new TalkingPortraitError(
      'weights-missing',
      `${name} could not be downloaded.`,
      'Check modelBaseUrl and the network connection.',
      undefined,
      { cause: error },
    );
  }
}

function sizeError(name: string, entry: ManifestEntry, length: number | string): TalkingPortraitError {
  return new TalkingPortraitError(
    'weights-corrupt',
    `${name} does not have ${entry.bytes} bytes, the size in the manifest.`,
    'Reload the page, or deploy manifest and model files of the same version.',
    `${length} bytes`,
  );
}
