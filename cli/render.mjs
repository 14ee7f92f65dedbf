/** @file `talking-portrait render`: renders a portrait and a voice to a video file. */

import { resolve } from 'node:path';
import { checkInput, checkOutput, Outputs } from './files.mjs';
import { FramesFolder } from './frames-folder.mjs';
import { withSession } from './with-session.mjs';

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
  const inputs = [
    command.portrait,
    command.audio,
    ...(command.backgroundFile === undefined ? [] : [command.backgroundFile]),
  ];
  const folder = frames === undefined ? undefined : new FramesFolder(frames, inputs);
  await withSession({ quiet: command.quiet, outputs, signal }, async (session) => {
    const { output, backgroundFile, fps, seed, renderer, backend, controls, container, markAsSynthetic } = command;
    await session.render({
      portrait: resolve(command.portrait),
      audio: resolve(command.audio),
      ...(backgroundFile !== undefined && { background: resolve(backgroundFile) }),
      options: {
        output,
        fps,
        seed,
        renderer,
        backend,
        controls,
        container,
        markAsSynthetic,
        wantFrames: folder !== undefined,
      },
      output: (name) => folder?.pathOf(name) ?? outputs.partOf(name),
    });
  });
}
