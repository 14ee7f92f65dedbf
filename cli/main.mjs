#!/usr/bin/env node
/** @file The command `talking-portrait`. */

import { readFileSync } from 'node:fs';
import { analyse } from './analyse.mjs';
import { copyFiles } from './copy-files.mjs';
import { render } from './render.mjs';
import { RenderError } from './render-session.mjs';
import { parseCommand, USAGE, UsageError } from './usage.mjs';

const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 };

/** @param {string[]} args */
async function main(args) {
  const command = parseCommand(args);
  if (command === 'help') {
    process.stdout.write(USAGE);
    return;
  }
  if (command === 'version') {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    process.stdout.write(`${version}\n`);
    return;
  }
  if (command.kind === 'copy') {
    process.stdout.write(`${await copyFiles(command)}\n`);
    return;
  }
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort(new Error('interrupted'));
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(name, interrupt);
  try {
    await (command.kind === 'analyse' ? analyse(command, interrupted.signal) : render(command, interrupted.signal));
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    process.stderr.write('Interrupted; no file was written.\n');
    process.exitCode = EXIT.interrupted;
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    process.exitCode = EXIT.usage;
  } else {
    const text = error instanceof RenderError ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`talking-portrait: ${text}\n`);
    process.exitCode = EXIT.failed;
  }
}
