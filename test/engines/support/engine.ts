/** @file A page in a browser other than Chromium, driven from a test. */

export type EnginePage = {
  /** Name and version of the browser. */
  readonly browser: string;
  goto(url: string): Promise<void>;
  /** Runs the body of an async function on the page, and returns what it returns as JSON. */
  run<Value>(body: string): Promise<Value>;
  /** Clicks with a user gesture. @param selector CSS */
  click(selector: string): Promise<void>;
  /** @returns PNG */
  screenshot(): Promise<Buffer>;
  close(): Promise<void>;
};

/** Waits until `body`, the body of an async function, returns true on the page. */
export async function waitOn(page: EnginePage, body: string, limitMs = 120_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await page.run<boolean>(body))) {
    if (Date.now() > end) throw new Error(`${page.browser}: still not true after ${limitMs} ms: ${body}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
