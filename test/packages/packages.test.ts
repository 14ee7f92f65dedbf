/** @file The packed library in projects of users: bundlers, bundler-less pages, and kinds of hosting. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { launchChrome } from '../../cli/chrome.mjs';
import { PageHost } from './support/page-host';
import { installProject, packLibrary, ROOT } from './support/project';

const VITE_VERSIONS = { 5: '5.4.21', 6: '6.4.6', 7: '7.3.8', 8: '8.4.0' };
const TOOLS = {
  ...Object.fromEntries(
    Object.entries(VITE_VERSIONS).map(([major, version]) => [`vite-${major}`, `npm:vite@${version}`]),
  ),
  webpack: '5.113.0',
  esbuild: '0.28.2',
  rollup: '4.68.8',
  '@rollup/plugin-node-resolve': '16.0.3',
  publint: '0.3.25',
  '@arethetypeswrong/cli': '0.18.5',
};
const NEXT = { next: '16.4.6', react: '19.3.1', 'react-dom': '19.3.1' };
const READY = { code: 'ready', message: '' };
const APP = join(ROOT, 'test/packages/app');
/** Rough enough for a busy machine without a GPU. */
const START_TIMEOUT_MS = 180_000;

type Outcome = { code: string; message: string };

let library: string;
let tools: string | null;
let browser: Browser;
let host: PageHost;

/** A tool of the project, which has no types here. */
// oxlint-disable-next-line typescript/no-explicit-any -- every bundler has its own interface
async function load(path: string): Promise<any> {
  return import(/* @vite-ignore */ pathToFileURL(join(tools!, 'node_modules', path)).href);
}

async function open(url: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(url);
  return page;
}

async function outcomeOf(page: Page): Promise<Outcome> {
  const outcome = await page.waitForFunction(() => (globalThis as { outcome?: Outcome }).outcome, null, {
    timeout: START_TIMEOUT_MS,
  });
  return (await outcome.jsonValue()) as Outcome;
}

/** Opens a page, waits until the portrait is shown or not, and closes the page. */
async function show(url: string): Promise<Outcome> {
  const page = await open(url);
  try {
    return await outcomeOf(page);
  } finally {
    await page.context().close();
  }
}

const withOptions = (url: string, options: object): string =>
  `${url}?options=${encodeURIComponent(JSON.stringify(options))}`;

/** A page without a bundler, whose import map names the library at `address`. */
function plainPage(address: string): string {
  const folder = mkdtempSync(join(dirname(library), 'plain-'));
  cpSync(join(APP, 'main.js'), join(folder, 'main.js'));
  const importMap = JSON.stringify({ imports: { 'talking-portrait': `${address}dist/index.js` } });
  const page = readFileSync(join(APP, 'index.html'), 'utf8');
  writeFileSync(
    join(folder, 'index.html'),
    page.replace('<script type="module"', `<script type="importmap">${importMap}</script><script type="module"`),
  );
  return folder;
}

beforeAll(async () => {
  library = await packLibrary();
  tools = installProject('bundlers', TOOLS, library);
  if (tools) cpSync(APP, tools, { recursive: true });
  host = await PageHost.start();
  browser = await launchChrome();
  // The photo is analysed once; all other pages show the saved portrait.
  host.face = readFileSync(join(ROOT, 'demo/portraits/eileen-collins.jpg'));
  const packed = host.mount('/packed/', library);
  const page = await open(host.mount('/plain/', plainPage(packed)));
  expect(await outcomeOf(page)).toEqual(READY);
  const saved = await page.evaluate(async () => {
    const blob = await (globalThis as unknown as { savePortrait(): Promise<Blob> }).savePortrait();
    const reader = new FileReader();
    reader.readAsDataURL(blob);
    await new Promise((resolve) => (reader.onload = resolve));
    return String(reader.result);
  });
  host.face = Buffer.from(saved.slice(saved.indexOf(',') + 1), 'base64');
  await page.context().close();
});

afterAll(async () => {
  await browser?.close();
  host?.close();
  if (library) rmSync(dirname(library), { recursive: true, force: true });
});

describe('without a bundler', () => {
  test('a page with an import map shows a saved portrait', async () => {
    expect(await show(`${host.origin}/plain/`)).toEqual(READY);
  });

  test('the library works from another origin than the page', async () => {
    const cdn = await PageHost.start();
    try {
      const address = cdn.mount('/npm/talking-portrait/', library, { headers: { 'Access-Control-Allow-Origin': '*' } });
      expect(await show(host.mount('/cdn/', plainPage(address)))).toEqual(READY);
    } finally {
      cdn.close();
    }
  });

  test('a second portrait starts without a connection', async () => {
    const server = await PageHost.start();
    server.face = host.face;
    const folder = plainPage(server.mount('/offline/packed/', library));
    const page = await open(server.mount('/offline/', folder));
    try {
      expect(await outcomeOf(page)).toEqual(READY);
      await page.evaluate(() => (globalThis as unknown as { close(): Promise<void> }).close());
      server.close();
      await page.evaluate(() => void (globalThis as unknown as { start(): void }).start());
      expect(await outcomeOf(page)).toEqual(READY);
    } finally {
      server.close();
      await page.context().close();
    }
  });

  test('a server that answers every path with a web page is named as the cause', async () => {
    const page = host.mount('/single-page/', plainPage(`${host.origin}/packed/`), { singlePage: true });
    expect(await show(withOptions(page, { modelBaseUrl: 'nested/route/models/' }))).toEqual({
      code: 'weights-missing',
      message: expect.stringMatching(/web page.*single-page\/nested\/route\/models\/manifest\.json/),
    });
    expect(await show(withOptions(page, { workerUrl: 'nested/animator.worker.js' }))).toEqual({
      code: 'worker-failed',
      message: expect.stringMatching(/web page.*single-page\/nested\/animator\.worker\.js/),
    });
  });

  test('importing the library leaves the Comlink of the page as it was', () => {
    const project = join(dirname(library), 'comlink');
    mkdirSync(join(project, 'node_modules'), { recursive: true });
    symlinkSync(library, join(project, 'node_modules/talking-portrait'), 'junction');
    symlinkSync(join(ROOT, 'node_modules/comlink'), join(project, 'node_modules/comlink'), 'junction');
    const code = `
      const { transferHandlers } = await import('comlink');
      const before = [...transferHandlers];
      await import('talking-portrait'); await import('talking-portrait/recorder');
      console.log(JSON.stringify([...transferHandlers].map(([name, handler], i) => handler === before[i][1])));`;
    const args = ['--input-type=module', '-e', code];
    expect(execFileSync(process.execPath, args, { cwd: project, encoding: 'utf8' })).toBe('[true,true]\n');
  });
});

describe('bundlers', () => {
  test.for(Object.keys(VITE_VERSIONS))('Vite %s builds it, also below a base path', async (major, context) => {
    if (!tools) return context.skip('the npm registry cannot be reached');
    const vite = await load(`vite-${major}/dist/node/index.js`);
    const base = `/vite-${major}/`;
    const outDir = join(tools, `built-vite-${major}`);
    await vite.build({ configFile: false, root: tools, base, logLevel: 'error', build: { outDir, emptyOutDir: true } });
    expect(await show(host.mount(base, outDir))).toEqual(READY);
  });

  test.for(Object.keys(VITE_VERSIONS))('the development server of Vite %s serves it', async (major, context) => {
    if (!tools) return context.skip('the npm registry cannot be reached');
    const vite = await load(`vite-${major}/dist/node/index.js`);
    writeFileSync(join(tools, 'face.portrait'), host.face);
    const server = await vite.createServer({
      configFile: false,
      root: tools,
      logLevel: 'error',
      cacheDir: join(tools, `cache-vite-${major}`),
      optimizeDeps: { exclude: ['talking-portrait'] },
      server: { port: 0, host: '127.0.0.1', hmr: false, watch: null, fs: { strict: false } },
    });
    try {
      await server.listen();
      const { port } = server.httpServer.address();
      expect(await show(`http://127.0.0.1:${port}/`)).toEqual(READY);
    } finally {
      await server.close();
    }
  });

  test('webpack 5 builds it', async (context) => {
    if (!tools) return context.skip('the npm registry cannot be reached');
    const { default: webpack } = await load('webpack/lib/index.js');
    const path = join(tools, 'built-webpack');
    const config = { mode: 'production', context: tools, entry: './main.js', output: { path }, performance: false };
    const stats = await new Promise<{ toJson(options: object): unknown }>((resolve, reject) =>
      webpack(config, (error: unknown, result: { toJson(options: object): unknown }) =>
        error ? reject(error) : resolve(result),
      ),
    );
    expect(stats.toJson({ all: false, errors: true, warnings: true })).toMatchObject({ errors: [], warnings: [] });
    cpSync(join(APP, 'index.html'), join(path, 'index.html'));
    expect(await show(host.mount('/webpack/', path))).toEqual(READY);
  });

  test.for(['esbuild', 'rollup'])('%s builds it; the command line copies workers and models', async (name, context) => {
    if (!tools) return context.skip('the npm registry cannot be reached');
    const folder = join(tools, `built-${name}`);
    const entry = join(tools, 'main.js');
    const file = join(folder, 'assets/main.js');
    if (name === 'esbuild') {
      const { build } = await load('esbuild/lib/main.js');
      await build({ entryPoints: [entry], bundle: true, format: 'esm', outfile: file, logLevel: 'error' });
    } else {
      const { rollup } = await load('rollup/dist/es/rollup.js');
      const { default: resolve } = await load('@rollup/plugin-node-resolve/dist/es/index.js');
      const bundle = await rollup({ input: entry, plugins: [resolve({ browser: true })] });
      await bundle.write({ dir: join(folder, 'assets'), entryFileNames: 'main.js', format: 'es' });
    }
    const main = join(library, 'cli/main.mjs');
    execFileSync(process.execPath, [main, 'copy-workers', join(folder, 'assets/workers')]);
    execFileSync(process.execPath, [main, 'copy-models', join(folder, 'models')]);
    const page = readFileSync(join(APP, 'index.html'), 'utf8');
    writeFileSync(join(folder, 'index.html'), page.replace('./main.js', './assets/main.js'));
    expect(await show(host.mount(`/${name}/`, folder))).toEqual(READY);
  });

  test('Next.js renders the page on the server, and builds it', async (context) => {
    const project = installProject('next', NEXT, library);
    if (!project) return context.skip('the npm registry cannot be reached');
    mkdirSync(join(project, 'app'), { recursive: true });
    const main = readFileSync(join(APP, 'main.js'), 'utf8');
    const files = {
      'next.config.mjs': `export default { output: 'export', basePath: '/next', turbopack: { root: ${JSON.stringify(project)} } };`,
      'app/layout.jsx': 'export default ({ children }) => <html lang="en"><body>{children}</body></html>;',
      'app/page.jsx': `import { getSupport } from 'talking-portrait';
        import Face from './face';
        export default () => <main><p>{typeof getSupport}</p><Face /></main>;`,
      'app/face.jsx': `'use client';
        import { useEffect } from 'react';
        import { TalkingPortrait } from 'talking-portrait';
        export default () => { useEffect(() => { ${main.slice(main.indexOf('const options'))} }, []); return null; };`,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(project, 'node_modules/next/dist/bin/next'), 'build'],
      { cwd: project, encoding: 'utf8', env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' } },
    );
    expect(status, `${stdout}${stderr}`).toBe(0);
    expect(await show(host.mount('/next/', join(project, 'out')))).toEqual(READY);
  });
});

describe('under a content security policy', () => {
  const builtWith = (name: string, policy: string): string =>
    host.mount(`/${name}/vite-8/`, join(tools!, 'built-csp'), { headers: { 'Content-Security-Policy': policy } });

  beforeAll(async () => {
    if (!tools) return;
    const vite = await load('vite-8/dist/node/index.js');
    const build = { outDir: join(tools, 'built-csp'), emptyOutDir: true };
    await vite.build({ configFile: false, root: tools, base: './', logLevel: 'error', build });
  });

  test.for([
    ['default-src names the directive that is missing', "default-src 'self'", 'blocked', /'wasm-unsafe-eval'/],
    ['without workers it names worker-src', "default-src 'self'; worker-src 'none'", 'blocked', /worker-src/],
    ['the documented policy is enough', "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'", 'ready', /^$/],
  ] as const)('%s', async ([title, policy, code, message], context) => {
    if (!tools) return context.skip('the npm registry cannot be reached');
    const page = builtWith(title.replaceAll(' ', '-'), policy);
    expect(await show(page)).toEqual({ code, message: expect.stringMatching(message) });
  });
});

describe('the package for tools', () => {
  test.for([
    ['bundler', 'esnext'],
    ['node16', 'node16'],
    ['node10', 'esnext'],
  ] as const)(
    'its types compile with moduleResolution %s, lib ES2022 and DOM, and skipLibCheck off',
    ([resolution, module]) => {
      const project = join(dirname(library), 'types');
      mkdirSync(join(project, 'node_modules'), { recursive: true });
      cpSync(library, join(project, 'node_modules/talking-portrait'), { recursive: true });
      writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
      writeFileSync(
        join(project, 'use.ts'),
        `import { type CreateOptions, TalkingPortrait, TalkingPortraitError } from 'talking-portrait';
       import { renderVideo } from 'talking-portrait/recorder';
       export async function use(options: CreateOptions): Promise<number> {
         const portrait = await TalkingPortrait.create(options);
         portrait.on('error', (error: TalkingPortraitError) => console.log(error.code));
         await portrait.close();
         return (await renderVideo({ portrait: new Blob(), audio: new Blob() })).video.size;
       }`,
      );
      const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
      const flags = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022,dom', '--skipLibCheck', 'false'];
      const args = [tsc, ...flags, '--module', module, '--moduleResolution', resolution, 'use.ts'];
      const { status, stdout } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' });
      expect([status, stdout]).toEqual([0, '']);
    },
  );

  test('publint and attw find nothing', (context) => {
    if (!tools) return context.skip('the npm registry cannot be reached');
    const run = (...args: string[]) => spawnSync(process.execPath, args, { cwd: tools!, encoding: 'utf8' });
    const bin = join(tools, 'node_modules');
    const publint = run(join(bin, 'publint/src/cli.js'), 'run', library, '--strict', '--pack', 'false');
    expect(publint.status, `${publint.stdout}${publint.stderr}`).toBe(0);
    const tarball = execFileSync('npm', ['pack', '--ignore-scripts', '--silent'], { cwd: library, encoding: 'utf8' });
    const file = join(library, tarball.trim());
    const attw = run(
      join(bin, '@arethetypeswrong/cli/dist/index.js'),
      file,
      '--profile',
      'esm-only',
      '--format',
      'ascii',
    );
    rmSync(file);
    expect(attw.status, `${attw.stdout}${attw.stderr}`).toBe(0);
  });
});
