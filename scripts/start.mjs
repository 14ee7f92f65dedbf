/** @file `npm start`: installs missing packages, builds the demo, serves it and prints its address. */

import { installPackages, ROOT, runTool } from './lib/tools.mjs';

await installPackages();
const code = await runTool('vite', ['build', '--config', 'vite.config.ts', '--logLevel', 'warn']);
if (code !== 0) process.exit(code);

const { preview } = await import('vite');
const server = await preview({
  configFile: `${ROOT}/vite.config.ts`,
  preview: { port: Number(process.env['PORT'] ?? 4173), host: process.env['HOST'] ?? 'localhost' },
});
console.log('\ntalking-portrait runs at:');
server.printUrls();
console.log('Stop it with Ctrl-C.');
