/** @file The demo page: development server, build and preview. The library itself is built by tsdown. */

import { createReadStream, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Connect, type Plugin } from 'vite';

const ROOT = fileURLToPath(new URL('.', import.meta.url));
const MODELS = join(ROOT, 'models');

/** onnxruntime's WASM threads need SharedArrayBuffer, which browsers offer only to isolated pages. */
const ISOLATION_HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

const MIME_TYPES: Record<string, string> = { '.json': 'application/json', '.onnx': 'application/octet-stream' };

/** Makes models/ appear as `models/` beside the page, in development and in the build. */
function models(): Plugin {
  const serve: Connect.NextHandleFunction = (request, response, next) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://page').pathname);
    const file = resolve(MODELS, `.${path}`);
    if (!file.startsWith(MODELS) || !statSync(file, { throwIfNoEntry: false })?.isFile()) return next();
    response.setHeader('Content-Type', MIME_TYPES[extname(file)] ?? 'application/octet-stream');
    response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
    for (const [name, value] of Object.entries(ISOLATION_HEADERS)) response.setHeader(name, value);
    createReadStream(file).pipe(response);
  };
  return {
    name: 'talking-portrait:models',
    configureServer(server) {
      // The tests serve the whole project, where the demo lies one folder deeper.
      server.middlewares.use('/models', serve);
      server.middlewares.use('/demo/models', serve);
    },
    generateBundle() {
      for (const name of readdirSync(MODELS)) {
        if (!/\.(safetensors|onnx|json)$/.test(name)) continue;
        this.emitFile({ type: 'asset', fileName: `models/${name}`, source: readFileSync(join(MODELS, name)) });
      }
    },
  };
}

export default defineConfig({
  root: join(ROOT, 'demo'),
  base: './',
  plugins: [models()],
  worker: { format: 'es' },
  // Pre-bundling would move onnxruntime away from the WASM file that lies beside it.
  optimizeDeps: { exclude: ['onnxruntime-web'] },
  server: { headers: ISOLATION_HEADERS, fs: { allow: [ROOT] } },
  preview: { headers: ISOLATION_HEADERS },
  build: {
    outDir: join(ROOT, 'demo/dist'),
    emptyOutDir: true,
    target: 'es2023',
    // Inlining would turn the small audio worklet into a data: address, which strict pages refuse.
    assetsInlineLimit: 0,
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
});
