/** @file Exports, files and packages that nothing uses: the settings of knip, for `npm test -- unused`. */

/** @type {import('knip').KnipConfig} */
export default {
  // Files that are started or loaded by name. Knip detects what package.json, vitest, vite and tsdown start from.
  entry: [
    'scripts/checks/*.mjs',
    'cli/page/*.ts',
    'bench/*/page.ts',
    'bench/*/{eval,gallery,lives,motion,openings,render,sync}.ts',
    'bench/eval/baselines/wawa-page.js',
    'test/browser/pages/*.ts',
    'test/engines/pages/*.ts',
    'test/packages/app/main.js',
    // tsdown.config.ts puts them in place of their namesakes.
    'src/**/*.packed.ts',
  ],
  project: ['**/*.{ts,mjs,js}', '!training/**'],
  // A type may be exported for the sake of an exported function that has it in its signature.
  ignoreExportsUsedInFile: { type: true },
  // Programs of the system.
  ignoreBinaries: ['unshare', 'ffmpeg'],
  ignoreDependencies: [
    '@types/audioworklet', // named in workers/tsconfig.worklet.json
    'wawa-lipsync', // read as text by bench/eval/baselines/wawa.ts
    // Started by name, in scripts/test.mjs and scripts/lib/install-chrome.mjs
    'jscpd',
    'oxlint',
    'playwright',
  ],
  treatConfigHintsAsErrors: true,
};
