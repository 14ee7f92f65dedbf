/** @file SHA-256 of model files: a wrong byte in a weight is not visible, so every file is compared with the manifest. */

import { TalkingPortraitError } from '../errors';

/** SHA-256 as 64 lower-case hexadecimal digits. */
export async function sha256Hex(bytes: ArrayBuffer): Promise<string> {
  if (!globalThis.crypto?.subtle) {
    throw new TalkingPortraitError(
      'unsupported',
      'This page has no crypto.subtle, so model files cannot be checked.',
      'Serve it over https or from localhost.',
    );
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
