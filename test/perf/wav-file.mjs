/** @file Any sound that Chrome decodes, as the WAV file that Chrome plays as its microphone. */

import { readFileSync, writeFileSync } from 'node:fs';

/** The rate at which Chrome's fake microphone runs, so that nothing is resampled. */
const RATE_HZ = 44_100;

/**
 * Decodes `sound` in `page` and writes it, repeated until it lasts `seconds`, to `file`.
 *
 * @param {import('playwright-core').Page} page
 * @param {string} sound
 * @param {string} file
 * @param {number} seconds
 */
export async function writeMicrophoneWav(page, sound, file, seconds) {
  const base64 = readFileSync(sound).toString('base64');
  const pcm = await page.evaluate(
    async ([encoded, rate]) => {
      const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
      const buffer = await new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes.buffer);
      return [...buffer.getChannelData(0)].map((value) => Math.round(Math.max(-1, Math.min(1, value)) * 32_767));
    },
    /** @type {[string, number]} */ ([base64, RATE_HZ]),
  );
  const length = Math.round(seconds * RATE_HZ);
  const data = Int16Array.from({ length }, (_, index) => pcm[index % pcm.length] ?? 0);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); // PCM
  header.writeUInt16LE(1, 22); // mono
  header.writeUInt32LE(RATE_HZ, 24);
  header.writeUInt32LE(RATE_HZ * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.byteLength, 40);
  writeFileSync(file, Buffer.concat([header, Buffer.from(data.buffer)]));
}
