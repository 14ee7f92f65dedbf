/** @file models/manifest.json: the list of model files with their sizes and hashes. training/manifest.py writes it. */

import { TalkingPortraitError } from '../errors';

/** What the manifest says about one file. */
export type ManifestEntry = {
  bytes: number;
  /** 64 lower-case hexadecimal digits. */
  sha256: string;
  licence: string;
  about: string;
};

/** The list of model files by name. */
export type Manifest = { version: 1; files: Map<string, ManifestEntry> };

function corrupt(what: string, value?: string | number): TalkingPortraitError {
  return new TalkingPortraitError(
    'weights-corrupt',
    `models/manifest.json is invalid: ${what}.`,
    'Fetch it again or rebuild it with training/manifest.py.',
    value,
  );
}

/**
 * Parses and checks the text of a manifest.
 *
 * @throws TalkingPortraitError `weights-corrupt`
 */
export function parseManifest(text: string): Manifest {
  try {
    return readManifest(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) throw corrupt('it is not JSON');
    throw error;
  }
}

/**
 * Checks the contents of a manifest.
 *
 * @throws TalkingPortraitError `weights-corrupt`
 */
export function readManifest(json: unknown): Manifest {
  const { version, files } = (json ?? {}) as { version?: unknown; files?: unknown };
  if (version !== 1) throw corrupt('its version is not 1', String(version));
  if (typeof files !== 'object' || files === null || Array.isArray(files)) throw corrupt('it lists no files');
  const entries = new Map<string, ManifestEntry>();
  for (const [name, entry] of Object.entries(files as Record<string, Partial<ManifestEntry> | null>)) {
    if (!/^[\w.-]+$/.test(name) || name.startsWith('.')) throw corrupt('a file name has unexpected characters', name);
    const { bytes, sha256, licence = '', about = '' } = entry ?? {};
    if (!Number.isSafeInteger(bytes) || bytes! < 0) throw corrupt('the size of a file is missing', name);
    if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256))
      throw corrupt('the SHA-256 of a file is missing', name);
    entries.set(name, { bytes: bytes!, sha256, licence: String(licence), about: String(about) });
  }
  return { version, files: entries };
}
