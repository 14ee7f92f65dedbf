/** @file Fetches a file of the library or the user, and says plainly why it could not be had. */
import { TalkingPortraitError, type ErrorCode } from '../errors';

/** Options of {@link fetchFile}. */
export type FetchFileOptions = {
  /** Code of the error. */
  code: ErrorCode;
  /** What the error advises where the cause alone does not say it. */
  remedy: string;
  signal?: AbortSignal | undefined;
  cache?: RequestCache;
  /** A web page is never what was asked for: servers that answer every path with their index.html send one. */
  refuseWebPage?: boolean;
  /** Replacement for the global fetch: tests and Node read files with it. */
  fetch?: typeof globalThis.fetch | undefined;
};

/**
 * Fetches `url`. Without a connection, the HTTP cache answers, however old its entry is.
 *
 * @throws TalkingPortraitError `code`, or `blocked` when a content security policy forbids it; the reason of `signal`
 */
export async function fetchFile(url: string | URL, options: FetchFileOptions): Promise<Response> {
  const { code, remedy, signal, cache = 'default', refuseWebPage = false } = options;
  const address = String(url);
  const send = options.fetch ?? globalThis.fetch.bind(globalThis);
  const request = (mode: RequestCache) => send(address, { cache: mode, ...(signal && { signal }) });
  let response: Response;
  const violations = watchViolations();
  try {
    response = await request(cache).catch((error: unknown) => {
      signal?.throwIfAborted();
      if (cache === 'force-cache') throw error;
      return request('force-cache');
    });
  } catch (cause) {
    signal?.throwIfAborted();
    const directive = await violations.directiveFor(address);
    if (directive) throw blockedError(directive, address, { cause });
    throw new TalkingPortraitError(code, 'A file could not be fetched.', remedy, address, { cause });
  } finally {
    violations.stop();
  }
  if (!response.ok) {
    const what = `A file could not be fetched: the server answered HTTP ${response.status}.`;
    throw new TalkingPortraitError(code, what, remedy, address);
  }
  if (refuseWebPage && isWebPage(response)) {
    const what = 'The server sent a web page in place of a file. Some servers answer every unknown path so.';
    throw new TalkingPortraitError(code, what, remedy, address);
  }
  return response;
}

/** Whether a response is HTML by its type. */
function isWebPage(response: Response): boolean {
  return /^text\/html\b/i.test(response.headers.get('Content-Type') ?? '');
}

/** The error for something that the page's content security policy forbids. */
export function blockedError(directive: string, value?: string, options?: ErrorOptions): TalkingPortraitError {
  const what = `The content security policy of the page blocks what the library needs (${directive}).`;
  const remedy = `Allow it in the Content-Security-Policy header: ${REMEDIES[directive] ?? `extend ${directive}`}.`;
  return new TalkingPortraitError('blocked', what, remedy, value, options);
}

/** What to write for a directive. */
const REMEDIES: Record<string, string> = {
  "script-src 'wasm-unsafe-eval'": "script-src 'self' 'wasm-unsafe-eval'",
  'worker-src': "worker-src 'self', and blob: where the library lies on another origin",
  'connect-src': "connect-src 'self' and the origin of the file",
};

/** Long enough for the browser to deliver the event of a violation after the request has failed. */
const VIOLATION_DELAY_MS = 50;

/** Collects violations of the content security policy from now on. */
export function watchViolations(): { directiveFor(url: string): Promise<string | undefined>; stop(): void } {
  const seen: { blockedURI: string; directive: string }[] = [];
  const target = globalThis as Partial<EventTarget>;
  const listener = (event: Event): void => {
    const { blockedURI, effectiveDirective } = event as SecurityPolicyViolationEvent;
    seen.push({ blockedURI, directive: effectiveDirective });
  };
  target.addEventListener?.('securitypolicyviolation', listener);
  return {
    async directiveFor(url) {
      await new Promise((resolve) => setTimeout(resolve, VIOLATION_DELAY_MS));
      // Browsers cut the address down to its scheme (blob) or origin in some cases.
      return seen.find(({ blockedURI }) => blockedURI !== '' && url.startsWith(blockedURI))?.directive;
    },
    stop: () => target.removeEventListener?.('securitypolicyviolation', listener),
  };
}
