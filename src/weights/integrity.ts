/**
 * @file SHA-256 of downloaded and saved files. One wrong byte in a weight would not be visible, so every file is
 * checked.
 */

import { TalkingPortraitError } from '../errors';

/** SHA-256, 32 bytes. @throws TalkingPortraitError `unsupported` on pages without crypto.subtle */
export async function sha256(bytes: ArrayBuffer): Promise<Uint8Array> {
  if (!globalThis.crypto?.subtle) {
    throw new TalkingPortraitError(
      'unsupported',
      'This page has no crypto.subtle, so files cannot be checked.',
      'Serve the page over https or from localhost.',
    );
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/** SHA-256 as 64 lower-case hexadecimal digits. */
export async function sha256Hex(bytes: ArrayBuffer): Promise<string> {
  return Array.from(await sha256(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
