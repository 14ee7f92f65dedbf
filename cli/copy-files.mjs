/** @file The commands `copy-models` and `copy-workers`: put files of the package where a web server finds them. */

import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * @param {import('./usage.mjs').CopyCommand} command
 * @returns {Promise<string>} what was done, for people
 */
export async function copyFiles({ what, folder }) {
  await mkdir(folder, { recursive: true });
  if (what === 'workers') {
    await cp(join(ROOT, 'dist/workers'), folder, { recursive: true });
    return `The workers are in ${folder}. Pass { workerUrl, workletUrl } unless the bundle lies beside this folder.`;
  }
  const manifest = join(ROOT, 'models/manifest.json');
  const { files } = JSON.parse(await readFile(manifest, 'utf8'));
  const names = ['manifest.json', 'LICENSE.mediapipe.txt', ...Object.keys(files)];
  await Promise.all(names.map((name) => cp(join(ROOT, 'models', name), join(folder, name))));
  return `The models are in ${folder}. Pass { modelBaseUrl } with the address of this folder.`;
}
