/**
 * @file `talking-portrait analyse`: saves the analysis of a picture as a .portrait file, which needs no further
 * analysis.
 */

import { resolve } from 'node:path';
import { checkInput, checkOutput, Outputs } from './files.mjs';
import { withSession } from './with-session.mjs';

/**
 * Analyses one picture.
 *
 * @param {import('./usage.mjs').AnalyseCommand} command
 * @param {AbortSignal} signal stops the command; no file is left behind
 * @returns {Promise<void>}
 * @throws {import('./render-session.mjs').RenderError} with a message for the user
 */
export async function analyse(command, signal) {
  checkInput('the picture', command.portrait);
  checkOutput('--out', command.out);
  const outputs = new Outputs();
  outputs.add('portrait', command.out);
  await withSession({ quiet: command.quiet, outputs, signal }, (session) =>
    session.analyse({ portrait: resolve(command.portrait), output: (name) => outputs.partOf(name) }),
  );
}
