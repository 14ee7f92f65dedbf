/** @file Three kinds of tests: `unit` (pure), `kernels` (WGSL on Dawn in Node) and `browser` (real Chromium). */

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { findSwiftShader } from './cli/chrome.mjs';

// Vulkan's loader reads the variable from the process that loads it, so it is set before the tests' processes start.
// SwiftShader even where there is a GPU: the same figures on every machine.
const swiftShader = findSwiftShader();
if (swiftShader && !process.env['VK_ICD_FILENAMES']) process.env['VK_ICD_FILENAMES'] = swiftShader;

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
