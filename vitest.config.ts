/** @file Three kinds of tests: `unit` (pure), `kernels` (WGSL on Dawn in Node) and `browser` (real Chromium). */

import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { findSwiftShader } from './cli/chrome.mjs';

// Read by the processes that the tests run in. SwiftShader even where there is a GPU: the same figures on every machine.
// Beside it lies Vulkan's loader, which a machine without graphics has nowhere else.
const swiftShader = findSwiftShader();
if (swiftShader && !process.env['VK_ICD_FILENAMES']) {
  process.env['VK_ICD_FILENAMES'] = swiftShader;
  const libraries = [process.env['LD_LIBRARY_PATH'], dirname(swiftShader)].filter(Boolean);
  process.env['LD_LIBRARY_PATH'] = libraries.join(':');
}

const root = fileURLToPath(new URL('.', import.meta.url));

export default defineConfig({
  test: {
    projects: [
      { root, test: { name: 'unit', environment: 'node', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 } },
      {
        root,
        test: {
          name: 'kernels',
          environment: 'node',
          pool: 'forks',
          include: ['test/kernels/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        root,
        test: {
          name: 'browser',
          environment: 'node',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/browser/support/serve-pages.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
