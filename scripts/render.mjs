/** @file `npm run render -- ...`: the command line from the repository; installs packages and builds the library first if needed. */

import { join } from 'node:path';
import { buildLibraryIfStale } from './lib/build-library.mjs';
import { installPackages, ROOT, runCommand } from './lib/tools.mjs';

await installPackages();
if (!(await buildLibraryIfStale())) process.exit(1);
// Ctrl-C also reaches the command line, which cleans up; this process waits for it to exit.
process.on('SIGINT', () => {});
const cwd = process.env['INIT_CWD'] ?? process.cwd();
const args = [join(ROOT, 'cli/main.mjs'), 'render', ...process.argv.slice(2)];
process.exitCode = await runCommand(process.execPath, args, { cwd });
