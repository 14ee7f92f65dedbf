#!/usr/bin/env node
/**
 * @file Runs one of the tools in this folder. They are written in TypeScript and import WGSL: Vite loads them, Dawn
 * (npm `webgpu`) draws.
 *
 *   node bench/run.mjs gallery|lives|openings|render|motion|sync ARGUMENTS      see bench/TOOL/TOOL.ts
 */
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';
import { findSwiftShader } from '../cli/chrome.mjs';

const swiftShader = findSwiftShader();
if (swiftShader && !process.env['VK_ICD_FILENAMES']) process.env['VK_ICD_FILENAMES'] = swiftShader;

const [tool, ...args] = process.argv.slice(2);
const server = await createServer({
  configFile: false,
  root: fileURLToPath(new URL('..', import.meta.url)),
  server: { middlewareMode: true, watch: null, hmr: false, ws: false },
  appType: 'custom',
  logLevel: 'error',
  optimizeDeps: { noDiscovery: true },
});
const { main } = await server.ssrLoadModule(`/bench/${tool}/${tool}.ts`);
await main(args);
await server.close();
process.exit(); // Dawn keeps threads alive
