/** @file Three kinds of tests: `unit` (plain code in Node), `kernels` (WGSL on Dawn in Node) and `browser` (Chromium). */

import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { findSwiftShader } from './cli/chrome.mjs';

// The test processes inherit these variables. SwiftShader is used even where there is a GPU, so that every machine
// computes the same figures. Its folder also holds the Vulkan loader, which machines without graphics lack.
const swiftShader = findSwiftShader();
if (swiftShader && !process.env['VK_ICD_FILENAMES']) {
  process.env['VK_ICD_FILENAMES'] = swiftShader;
  const libraries = [process.env['LD_LIBRARY_PATH'], dirname(swiftShader)].filter(Boolean);
  process.env['LD_LIBRARY_PATH'] = libraries.join(':');
}

const root = fileURLToPath(new URL('.', import.meta.url));
// A test whose expectations lie in a loop over nothing would pass without them.
const expect = { requireAssertions: true };

export default defineConfig({
  test: {
    projects: [
      {
        root,
        test: { name: 'unit', environment: 'node', include: ['test/unit/**/*.test.ts'], expect, testTimeout: 60_000 },
      },
      {
        root,
        test: {
          name: 'kernels',
          environment: 'node',
          pool: 'forks',
          include: ['test/kernels/**/*.test.ts'],
          expect,
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
          expect,
          globalSetup: ['test/browser/support/serve-pages.ts'],
          fileParallelism: false,
          // Real sound and real processes on shared machines: what fails once runs again, and is reported as retried.
          retry: 1,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        root,
        test: {
          name: 'engines',
          environment: 'node',
          include: ['test/engines/**/*.test.ts'],
          expect,
          globalSetup: ['test/browser/support/serve-pages.ts'],
          fileParallelism: false,
          retry: 1,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        root,
        test: {
          name: 'packages',
          environment: 'node',
          include: ['test/packages/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
