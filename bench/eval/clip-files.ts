/**
 * @file Paths of the results of a clip, and keys of the inputs that they were made from: a result with the same key is
 * reused.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../scripts/lib/tools.mjs';
import type { EvalClip } from './manifest';
import type { EvalOptions } from './options';

/** The beginning of the SHA-256 of a file. */
export function fileHash(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16);
}

/**
 * One hash of all scripts in a folder and its subfolders, because the bundler decides which file contains a piece of
 * code.
 */
function scriptsHash(folder: string): string {
  const hash = createHash('sha256');
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'));
  for (const name of names.sort()) hash.update(name).update(readFileSync(join(folder, name)));
  return hash.digest('hex').slice(0, 16);
}

/** Everything that a video depends on, except the voice. */
export type RenderKey = {
  /** models/manifest.json, which holds the hashes of all weights. */
  weights: string;
  /** The library as it was built. */
  library: string;
  portrait: string;
  size: number;
  seed: number;
  backend: string;
};

export function renderKey({ portrait, size, seed, backend }: EvalOptions): RenderKey {
  return {
    weights: fileHash(join(ROOT, 'models/manifest.json')),
    library: scriptsHash(join(ROOT, 'dist')),
    portrait: fileHash(portrait),
    size,
    seed,
    backend,
  };
}

export class ClipFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    for (const part of ['video', 'tracks']) mkdirSync(join(folder, part), { recursive: true });
  }

  get trackFolder(): string {
    return join(this.#folder, 'tracks');
  }

  video(clip: EvalClip): string {
    return join(this.#folder, 'video', `${clip.name}.mp4`);
  }

  /** Written last, so a video that has a key is complete. */
  key(clip: EvalClip): string {
    return join(this.#folder, 'video', `${clip.name}.key`);
  }

  track(clip: EvalClip): string {
    return join(this.trackFolder, `${clip.name}.f32`);
  }

  /** Size of the tracked picture; the tracker writes it last. */
  trackInfo(clip: EvalClip): string {
    return join(this.trackFolder, `${clip.name}.json`);
  }

  keyText(key: RenderKey, clip: EvalClip): string {
    return JSON.stringify({ ...key, voice: fileHash(clip.audio) });
  }

  isRendered(key: RenderKey, clip: EvalClip): boolean {
    const file = this.key(clip);
    return existsSync(this.video(clip)) && existsSync(file) && readFileSync(file, 'utf8') === this.keyText(key, clip);
  }

  isTracked(clip: EvalClip): boolean {
    return existsSync(this.track(clip)) && existsSync(this.trackInfo(clip));
  }

  /** Removes what is left of an earlier state. */
  clear(clip: EvalClip): void {
    for (const file of [this.key(clip), this.video(clip), this.track(clip), this.trackInfo(clip)])
      rmSync(file, { force: true });
  }
}
