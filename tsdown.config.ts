/**
 * @file Builds the library into dist/: the entries, and every worker and worklet as an ES module of its own.
 *
 * `new URL('./workers/x.js', import.meta.url)` stays literal in the output, because that is what the bundlers of the
 * library's users look for. Vite's own library mode would replace it.
 */

import { copyFileSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { defineConfig, type Rolldown, type UserConfig } from 'tsdown';

/** Understands what the sources say in Vite's words: `?raw` texts, `?worker&url`, and URLs of workers in TypeScript. */
function viteWords(): Rolldown.Plugin {
  const TEXT = '\0text:';
  const URL_OF = '\0url:';
  return {
    name: 'talking-portrait:vite-words',
    resolveId(source, importer) {
      const [file = '', query] = source.split('?');
      if (query === undefined || !importer) return null;
      const path = resolve(dirname(importer), file);
      if (query === 'raw') return `${TEXT}${path}`;
      if (query === 'worker&url') return `${URL_OF}${path}`;
      return null;
    },
    load(id) {
      if (id.startsWith(TEXT)) {
        const path = id.slice(TEXT.length);
        this.addWatchFile(path);
        return { code: `export default ${JSON.stringify(readFileSync(path, 'utf8'))};`, moduleType: 'js' };
      }
      if (id.startsWith(URL_OF)) {
        const name = id.slice(id.lastIndexOf('/') + 1).replace(/\.ts$/, '.js');
        return { code: `export default new URL('./workers/${name}', import.meta.url).href;`, moduleType: 'js' };
      }
      return null;
    },
    transform(code) {
      const literal = /new URL\(\s*'(?:\.\.\/)+workers\/([\w-]+\.(?:worker|worklet))\.ts'/g;
      if (!literal.test(code)) return null;
      return code.replace(literal, "new URL('./workers/$1.js'");
    },
  };
}

/** onnxruntime looks for its WASM beside the module that it is bundled in. */
function copyRuntime(): void {
  const name = 'ort-wasm-simd-threaded.wasm';
  copyFileSync(createRequire(import.meta.url).resolve(`onnxruntime-web/${name}`), `dist/workers/${name}`);
}

const common: UserConfig = {
  format: 'esm',
  platform: 'browser',
  target: 'es2023',
  plugins: [viteWords()],
  outExtensions: () => ({ js: '.js', dts: '.d.ts' }),
  clean: false,
  hash: false,
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
