/**
 * @file Builds the library into dist/: the entries, and every worker and worklet as an ES module of its own.
 *
 * `new URL('./workers/x.js', import.meta.url)` stays literal in the output, because that is what the bundlers of the
 * library's users look for. Vite's own library mode would replace it.
 */

import { copyFileSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, resolve } from 'node:path';
import { defineConfig, type Rolldown, type UserConfig } from 'tsdown';

/** Supports the import forms of Vite that the sources use: `?raw` texts, `?worker&url`, and URLs of TypeScript workers. */
function viteImports(): Rolldown.Plugin {
  const TEXT = '\0text:';
  const URL_OF = '\0url:';
  const WORKER_URL = /new URL\(\s*'(?:\.\.\/)+workers\/([\w-]+\.(?:worker|worklet))\.ts'/g;
  return {
    name: 'talking-portrait:vite-imports',
    resolveId: {
      filter: { id: /\?(raw|worker&url)$/ },
      handler(source, importer) {
        if (!importer) return null;
        const [file = '', query] = source.split('?');
        return `${query === 'raw' ? TEXT : URL_OF}${resolve(dirname(importer), file)}`;
      },
    },
    load: {
      // oxlint-disable-next-line no-control-regex -- a leading zero byte marks modules that are not files
      filter: { id: /^\0(text|url):/ },
      handler(id) {
        const path = id.slice(id.indexOf(':') + 1);
        if (id.startsWith(TEXT)) {
          return { code: `export default ${JSON.stringify(readFileSync(path, 'utf8'))};`, moduleType: 'js' };
        }
        const name = basename(path).replace(/\.ts$/, '.js');
        return { code: `export default new URL('./workers/${name}', import.meta.url).href;`, moduleType: 'js' };
      },
    },
    transform: {
      filter: { code: WORKER_URL },
      handler: (code) => code.replaceAll(WORKER_URL, "new URL('./workers/$1.js'"),
    },
  };
}

/** onnxruntime looks for its WASM file beside the module that it is bundled in. */
function copyRuntime(): void {
  const name = 'ort-wasm-simd-threaded.wasm';
  copyFileSync(createRequire(import.meta.url).resolve(`onnxruntime-web/${name}`), `dist/workers/${name}`);
}

const common: UserConfig = {
  format: 'esm',
  platform: 'browser',
  target: 'es2023',
  plugins: [viteImports()],
  outExtensions: () => ({ js: '.js', dts: '.d.ts' }),
  clean: false,
  hash: false,
  inputOptions: { checks: { pluginTimings: false } },
};

export default defineConfig([
  {
    ...common,
    name: 'library',
    entry: { index: 'src/index.ts', recorder: 'src/recorder/index.ts' },
    dts: true,
  },
  {
    ...common,
    name: 'workers',
    entry: ['workers/*.worker.ts'],
    outDir: 'dist/workers',
    dts: false,
    minify: true,
    deps: { alwaysBundle: [/.*/] },
    onSuccess: copyRuntime,
  },
  { ...common, name: 'worklet', entry: ['workers/*.worklet.ts'], outDir: 'dist/workers', dts: false, minify: true },
  {
    ...common,
    name: 'page of the command line',
    entry: { 'render-page': 'cli/page/render-page.ts' },
    dts: false,
    deps: { alwaysBundle: [/.*/] },
  },
]);
