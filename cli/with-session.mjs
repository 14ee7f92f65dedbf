/**
 * @file Runs the work of a command in a session of Chrome, with a progress bar, and keeps its results only if it
 * succeeds.
 */

import { ProgressBar } from './progress-bar.mjs';
import { RenderSession } from './render-session.mjs';

/**
 * Opens a session, does the work and closes the session. The outputs are kept only if the work succeeds.
 *
 * @param {{ quiet: boolean, outputs: import('./files.mjs').Outputs, signal: AbortSignal }} options `signal` stops the work
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
