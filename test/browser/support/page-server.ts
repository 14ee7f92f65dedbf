/** @file Serves the whole project by Vite with the demo's own settings, to browser tests and to the tools in bench/. */

import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

/** @returns address of the project's root, with a slash at its end */
export async function startPageServer(): Promise<{ url: string; close(): Promise<void> }> {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  const server = await createServer({
    configFile: `${root}vite.config.ts`,
    root,
    logLevel: 'warn',
    // Restarting the page in the middle of a test when a file changes would make the test fail for no reason.
    server: { port: 0, host: '127.0.0.1', hmr: false, watch: null },
    cacheDir: `${root}node_modules/.vite-tests`,
    optimizeDeps: { noDiscovery: true, include: ['comlink', 'mediabunny'] },
  });
  await server.listen();
  const address = server.httpServer?.address();
  if (!address || typeof address === 'string') throw new Error('The page server has no port.');
  return { url: `http://127.0.0.1:${address.port}/`, close: () => server.close() };
}
