/** @file `npm run typecheck`: page, workers and worklet, each with the globals of its own thread. */

import { runTool } from './lib/tools.mjs';

const PROJECTS = ['tsconfig.json', 'workers/tsconfig.json', 'workers/tsconfig.worklet.json'];

const codes = await Promise.all(PROJECTS.map((project) => runTool('tsc', ['-p', project, '--noEmit'])));
process.exit(codes.some((code) => code !== 0) ? 1 : 0);
