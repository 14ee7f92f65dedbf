/** @file What every command has in common: Chrome with a progress bar around it, and results that are kept whole or not at all. */

import { ProgressBar } from './progress-bar.mjs';
import { RenderSession } from './render-session.mjs';

/**
 * Opens a session, works with it and closes it; the outputs are kept when all went well.
 *
 * @param {{ quiet: boolean, outputs: import('./files.mjs').Outputs, signal: AbortSignal }} options signal: ends everything and leaves no file behind
 * @param {(session: RenderSession) => Promise<void>} work
 * @throws {import('./render-session.mjs').RenderError} with a message for the user
 */
export async function withSession({ quiet, outputs, signal }, work) {
  const progress = new ProgressBar({ quiet });
  /** @type {RenderSession | undefined} */
  let session;
  try {
    session = await RenderSession.open({
      signal,
      onProgress: (stage, fraction) => progress.show(stage, fraction),
      onWarning: (text) => progress.print(`warning: ${text}`),
    });
    await work(session);
    outputs.keep();
  } finally {
    progress.clear();
    await session?.close();
    outputs.discard();
  }
}
