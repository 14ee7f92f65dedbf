/**
 * @file Builds the library into dist/: the entries, and every worker and worklet as one self-contained file.
 *
 * Workers hold neither `import`, `export` nor `import.meta`. Such a file runs as a module, as a classic script and from a
 * blob, and every bundler can copy or bundle it.
 *
 * `new URL('./workers/x.js', import.meta.url)` stays literal in the entries, because that is what the bundlers of the
 * library's users look for. Vite's own library mode would replace it.
 */

import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { defineConfig, type Rolldown, type UserConfig } from 'tsdown';

/** Supports `?raw`, the import form of Vite for the text of a file. */
function rawTexts(): Rolldown.Plugin {
  const TEXT = '\0text:';
  return {
    name: 'talking-portrait:raw-texts',
    resolveId: {
      filter: { id: /\?raw$/ },
      handler(source, importer) {
        return importer ? `${TEXT}${resolve(dirname(importer), source.replace('?raw', ''))}` : null;
      },
    },
    load: {
      // oxlint-disable-next-line no-control-regex -- a leading zero byte marks modules that are no files
      filter: { id: /^\0text:/ },
      handler(id) {
        const text = readFileSync(id.slice(TEXT.length), 'utf8');
        return { code: `export default ${JSON.stringify(text)};`, moduleType: 'js' };
      },
    },
  };
}

/** Takes `x.packed.ts` in place of `x.ts` where there is one. */
function packedModules(): Rolldown.Plugin {
  return {
    name: 'talking-portrait:packed-modules',
    resolveId: {
      filter: { id: /^\.\.?\// },
      handler(source, importer) {
        const packed = importer && resolve(dirname(importer), `${source}.packed.ts`);
        return packed && existsSync(packed) ? packed : null;
      },
    },
  };
}

/**
 * Takes out of onnxruntime's bundle what a single file cannot hold: the import of another runtime's script at run time,
 * and its own address, which it needs for threads only. The library gives it the WASM as bytes and runs it on one thread.
 */
function oneFileRuntime(): Rolldown.Plugin {
  const IMPORT = /await import\(\/\*webpackIgnore:true\*\/ ?\/\*@vite-ignore\*\/\w+\)/g;
  return {
    name: 'talking-portrait:one-file-runtime',
    transform: {
      filter: { id: /onnxruntime-web[\\/]dist[\\/]ort\.wasm\.bundle\.min\.mjs$/ },
      handler(code) {
        if (code.match(IMPORT)?.length !== 1)
          throw new Error('onnxruntime-web has changed: look at its import() again.');
        return code
          .replace(IMPORT, "await Promise.reject(new Error('onnxruntime is part of this file.'))")
          .replaceAll('import.meta.url', 'globalThis.location.href');
      },
    },
  };
}

function copyRuntime(): void {
  const name = 'ort-wasm-simd-threaded.wasm';
  copyFileSync(createRequire(import.meta.url).resolve(`onnxruntime-web/${name}`), `dist/workers/${name}`);
}

const common: UserConfig = {
  format: 'esm',
  platform: 'browser',
  target: 'es2023',
  plugins: [rawTexts(), packedModules(), oneFileRuntime()],
  outExtensions: () => ({ js: '.js', dts: '.d.ts' }),
  clean: false,
  hash: false,
  inputOptions: { checks: { pluginTimings: false } },
};

/**
 * Vite inlines files below 4 kB as data: URLs, which a content security policy refuses. The worklet is smaller than that,
 * so a comment fills it up.
 */
const FILLING = `/*! Larger than 4 kB, so that bundlers do not inline this file. ${' '.repeat(4096)} */`;

/** Each in a build of its own, so that they share no chunk. */
const workers = ['animator.worker', 'recorder.worker', 'audio.worklet'].map((name): UserConfig => ({
  ...common,
  name,
  entry: [`workers/${name}.ts`],
  outDir: 'dist/workers',
  dts: false,
  minify: true,
  deps: { alwaysBundle: [/.*/] },
  ...(name.endsWith('.worklet') && { banner: { js: FILLING } }),
}));

export default defineConfig([
  {
    ...common,
    name: 'library',
    entry: {
      index: 'src/index.ts',
      recorder: 'src/recorder/index.ts',
      element: 'src/element/index.ts',
      react: 'src/react/index.ts',
    },
    dts: true,
    // The types use Symbol.asyncDispose, which users' `lib` may lack.
    banner: { dts: '/// <reference lib="esnext.disposable" />' },
    outputOptions: {
      chunkFileNames: ({ moduleIds }) =>
        moduleIds.some((id) => id.includes('mediabunny')) ? 'decoders.js' : 'shared.js',
    },
    // A copy of its own: nothing that the page does to Comlink reaches the library, nor the other way round.
    deps: { alwaysBundle: ['comlink', 'mediabunny'] },
    onSuccess: copyRuntime,
  },
  ...workers,
  {
    ...common,
    name: 'page of the command line',
    entry: { 'render-page': 'cli/page/render-page.ts' },
    outputOptions: { chunkFileNames: 'render-page-[name].js' },
    dts: false,
    deps: { alwaysBundle: [/.*/] },
  },
]);
