/**
 * @file The small local server between the command line and its page: serves built files, models and inputs, and stores
 * results.
 */

import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** @type {Record<string, string>} */
const MIME_TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** WASM threads need SharedArrayBuffer, which Chrome only provides to cross-origin isolated pages. */
const HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

/**
 * @typedef {object} Job
 * @property {string} root folder of the package, with cli/page, dist and models
 * @property {(name: string) => string | null} input path of an input that the page requests; null if there is none
 * @property {(name: string) => string | null} output path for a result that the page posts; null if it was not
 * requested
 */

/**
 * Serves on a free port of this machine, under a path that other programs cannot guess.
 *
 * @param {Job} job
 * @returns {Promise<{ url: string, close: () => void }>} `url` ends in a slash
 */
export async function serveJob({ root, input, output }) {
  const prefix = `/${randomBytes(12).toString('hex')}/`;
  /** Files that have been started; further pieces are appended. */
  const started = new Set();

  /** @param {string} path below the prefix */
  const find = (path) => {
    if (path === '') return join(root, 'cli/page/render-page.html');
    if (path.startsWith('input/')) return input(path.slice(6));
    if (!/^(dist|models)\//.test(path)) return null;
    const file = resolve(root, path);
    return file.startsWith(resolve(root) + sep) ? file : null;
  };

  const server = createServer(async (request, response) => {
    const answer = (/** @type {number} */ status, text = '') => response.writeHead(status, HEADERS).end(text);
    try {
      const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
      if (!path.startsWith(prefix)) return answer(404);
      const name = path.slice(prefix.length);
      if (request.method === 'POST' && name.startsWith('output/')) {
        const file = output(name.slice(7));
        if (file === null) request.resume();
        else await pipeline(request, createWriteStream(file, { flags: started.has(file) ? 'a' : 'w' }));
        started.add(file);
        return answer(204);
      }
      const file = find(name);
      const info = file ? await stat(file).catch(() => null) : null;
      if (!file || !info?.isFile()) return answer(404, `${name} does not exist`);
      response.writeHead(200, {
        ...HEADERS,
        'Content-Type': MIME_TYPES[extname(file)] ?? 'application/octet-stream',
        'Content-Length': info.size,
      });
      await pipeline(createReadStream(file), response);
    } catch (error) {
      if (!response.headersSent) answer(500, error instanceof Error ? error.message : String(error));
      else response.destroy();
    }
  });
  await new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => done(undefined));
  });
  const address = server.address();
  if (!address || typeof address === 'string') throw new Error('The local server has no port.');
  return {
    url: `http://127.0.0.1:${address.port}${prefix}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
