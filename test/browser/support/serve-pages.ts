/** @file Serves the whole project by Vite while the browser tests run, with the demo's own settings. */

import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Address of the project's root on the test server, with a slash at its end. */
    pagesUrl: string;
  }
}

export default async function servePages(project: TestProject): Promise<() => Promise<void>> {
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
  if (!address || typeof address === 'string') throw new Error('The test server has no port.');
  project.provide('pagesUrl', `http://127.0.0.1:${address.port}/`);
  return () => server.close();
}
