/** @file WebKitGTK's MiniBrowser over WebDriver, on a virtual display. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { Builder, By, Capabilities } from 'selenium-webdriver';
import { findProgram } from './programs';
import type { EnginePage } from './engine';

const SCRIPT_LIMIT_MS = 120_000;

/** @returns undefined if WebKitGTK, its driver or Xvfb is not installed */
export async function openWebKit(): Promise<EnginePage | undefined> {
  const driver = findProgram('WEBKIT_DRIVER', ['WebKitWebDriver']);
  const xvfb = findProgram('XVFB', ['Xvfb']);
  const binary = findMiniBrowser();
  if (!driver || !xvfb || !binary) return undefined;
  const children: ChildProcess[] = [];
  try {
    const display = await startDisplay(xvfb, children);
    const port = await freePort();
    const env = { ...process.env, DISPLAY: display, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' };
    children.push(spawn(driver, [`--port=${port}`], { stdio: 'ignore', env }));
    const capabilities = new Capabilities({
      browserName: 'MiniBrowser',
      'webkitgtk:browserOptions': { binary, args: ['--automation'] },
    });
    const session = await untilItWorks(() =>
      new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(capabilities).build(),
    );
    await session.manage().setTimeouts({ script: SCRIPT_LIMIT_MS });
    await session.manage().window().setRect({ width: 1280, height: 860 });
    const info = await session.getCapabilities();
    return {
      browser: `WebKitGTK ${info.getBrowserVersion()}`,
      goto: (url) => session.get(url),
      run: async (body) => {
        const outcome = await session.executeAsyncScript<{ value?: never; error?: string }>(
          `const done = arguments[arguments.length - 1];
           (async () => { ${body} })().then((value) => done({ value }), (error) => done({ error: String(error) }));`,
        );
        if (outcome.error !== undefined) throw new Error(outcome.error);
        return outcome.value as never;
      },
      click: (selector) => session.findElement(By.css(selector)).click(),
      screenshot: async () => Buffer.from(await session.takeScreenshot(), 'base64'),
      close: async () => {
        await session.quit().catch(() => {});
        for (const child of children) child.kill();
      },
    };
  } catch (error) {
    for (const child of children) child.kill();
    throw error;
  }
}

/** Its folder is named after the processor. */
function findMiniBrowser(): string | undefined {
  if (!existsSync('/usr/lib')) return undefined;
  const paths = readdirSync('/usr/lib').map((folder) => `/usr/lib/${folder}/webkit2gtk-4.1/MiniBrowser`);
  return paths.find((path) => existsSync(path));
}

/** Starts a virtual display. @returns its name */
async function startDisplay(xvfb: string, children: ChildProcess[]): Promise<string> {
  let number = 90;
  while (existsSync(`/tmp/.X${number}-lock`)) number++;
  const child = spawn(xvfb, [`:${number}`, '-screen', '0', '1280x900x24'], { stdio: 'ignore' });
  children.push(child);
  while (!existsSync(`/tmp/.X11-unix/X${number}`)) {
    if (child.exitCode !== null) throw new Error('Xvfb did not start.');
    await pause(50);
  }
  return `:${number}`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (!address || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
}

/** Calls `work` again until it succeeds: the driver needs a moment before it takes connections. */
async function untilItWorks<Value>(work: () => Promise<Value>): Promise<Value> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 100) throw error;
      await pause(100);
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
