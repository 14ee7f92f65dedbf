/** @file `talking-portrait render`: renders a portrait and a voice to a video file. */

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { checkInput, checkOutput, Outputs } from './files.mjs';
import { withSession } from './with-session.mjs';

const PICTURE_NAME = /^\d+\.png$/;

/**
 * Renders one file.
 *
 * @param {import('./usage.mjs').RenderCommand} command
 * @param {AbortSignal} signal stops the command; no incomplete file is left behind
 * @returns {Promise<void>}
 * @throws {import('./render-session.mjs').RenderError} with a message for the user
 */
export async function render(command, signal) {
  checkInput('--portrait', command.portrait);
  checkInput('--audio', command.audio);
  if (command.backgroundFile !== undefined) checkInput('--background', command.backgroundFile);
  checkOutput('--out', command.out);
  if (command.motion !== undefined) checkOutput('--motion', command.motion);
  if (command.stats !== undefined) checkOutput('--stats', command.stats);

  const outputs = new Outputs();
  outputs.add('video', command.out);
  outputs.add('motion', command.motion);
  outputs.add('stats', command.stats);
  const { frames } = command;
  if (frames !== undefined) emptyFrames(frames);
  await withSession({ quiet: command.quiet, outputs, signal }, async (session) => {
    const { output, backgroundFile, fps, seed, backend, controls, container } = command;
    await session.render({
      portrait: resolve(command.portrait),
      audio: resolve(command.audio),
      ...(backgroundFile !== undefined && { background: resolve(backgroundFile) }),
      options: { output, fps, seed, backend, controls, container, wantFrames: frames !== undefined },
      output(name) {
        const picture = name.startsWith('frames/') && PICTURE_NAME.test(name.slice(7)) ? name.slice(7) : undefined;
        if (picture === undefined) return outputs.partOf(name);
        return frames === undefined ? null : join(frames, picture);
      },
    });
  });
}

/**
 * Makes the folder, or deletes the pictures of an earlier run in it, so that two runs are never mixed. Other files stay.
 *
 * @param {string} folder
 */
function emptyFrames(folder) {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (PICTURE_NAME.test(name)) rmSync(join(folder, name));
}
