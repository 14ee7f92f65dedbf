/** @file Serves the project's pages while the browser tests run. */

import type { TestProject } from 'vitest/node';
import { startPageServer } from '../../fixtures/page-server';

declare module 'vitest' {
  // oxlint-disable-next-line consistent-type-definitions -- only an interface can be extended here
  export interface ProvidedContext {
    /** Address of the project's root on the test server, with a slash at its end. */
    pagesUrl: string;
  }
}

export default async function servePages(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPageServer();
  project.provide('pagesUrl', server.url);
  return () => server.close();
}
