/** @file `npm run build`: the library in dist/. */

import { buildLibrary } from './lib/build-library.mjs';
import { installPackages } from './lib/tools.mjs';

await installPackages();
process.exitCode = (await buildLibrary()) ? 0 : 1;
