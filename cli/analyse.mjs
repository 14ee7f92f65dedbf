/** @file `talking-portrait analyse`: a picture becomes a .portrait file, which renders and starts without analysis. */

import { resolve } from 'node:path';
import { checkInput, checkOutput, Outputs } from './files.mjs';
import { ProgressBar } from './progress-bar.mjs';
import { RenderSession } from './render-session.mjs';

/**
 * Analyses one picture.
 *
 * @param {import('./usage.mjs').AnalyseCommand} command
 * @param {AbortSignal} signal ends everything and leaves no file behind
 * @returns {Promise<void>}
 * @throws {import('./render-session.mjs').RenderError} with a message for the user
 */
export async function analyse(command, signal) {
  checkInput('the picture', command.portrait);
  checkOutput('--out', command.out);
  const outputs = new Outputs();
  outputs.add('portrait', command.out);
  const progress = new ProgressBar({ quiet: command.quiet });

  /** @type {RenderSession | undefined} */
  let session;
  try {
    session = await RenderSession.open({
      signal,
      onProgress: (stage, fraction) => progress.show(stage, fraction),
      onWarning: (text) => progress.print(`warning: ${text}`),
    });
    await session.analyse({ portrait: resolve(command.portrait), output: (name) => outputs.partOf(name) });
    outputs.keep();
  } finally {
    progress.clear();
    await session?.close();
    outputs.discard();
  }
}
