/**
 * @file Starts a worker and waits until its script runs, so that a script that does not load is told from a later fault.
 *
 * A worker's script has to come from the page's own origin. Where the library lies elsewhere (a CDN), and where the
 * browser cannot load the script by itself (offline, a missing isolation header), the page fetches the text and starts
 * it from a blob. The built workers are single files without imports, so that the text is all they need.
 */
import { checkedUrl } from '../core/check-arguments';
import { TalkingPortraitError } from '../errors';
import { blockedError, fetchFile, watchViolations } from '../core/fetch-file';
import { WORKER_STARTED } from '../protocol';

/**
 * Starts the module worker at `url`.
 *
 * @throws TalkingPortraitError `worker-failed`, `blocked`, `aborted`, `invalid-option`
 */
export async function startWorker(url: string | URL, name: string, signal?: AbortSignal): Promise<Worker> {
  const address = checkedUrl(url, document.baseURI, 'workerUrl');
  const violations = watchViolations();
  try {
    if (address.origin === location.origin) {
      const worker = await tryToStart(address.href, name, signal);
      if (worker) return worker;
    }
    return await startFromText(address.href, name, signal, violations);
  } catch (error) {
    if (!signal?.aborted) throw error;
    throw new TalkingPortraitError('aborted', 'The set-up was aborted.', 'Start it again when it is wanted.');
  } finally {
    violations.stop();
  }
}

/** Address of onnxruntime's WASM where the user has moved the workers; undefined where they are in their own place. */
export function wasmUrlBeside(workerUrl: string | URL | undefined): string | undefined {
  if (workerUrl === undefined) return undefined;
  const { href, protocol } = checkedUrl(workerUrl, document.baseURI, 'workerUrl');
  return /^https?:$/.test(protocol) ? new URL('ort-wasm-simd-threaded.wasm', href).href : undefined;
}

async function startFromText(
  address: string,
  name: string,
  signal: AbortSignal | undefined,
  violations: ReturnType<typeof watchViolations>,
): Promise<Worker> {
  const remedy = address.includes('/.vite/deps/')
    ? "Add optimizeDeps: { exclude: ['talking-portrait'] } to the configuration of Vite."
    : 'Serve the folder dist/workers of the package beside the bundle, or set workerUrl to where the script is.';
  const response = await fetchFile(address, { code: 'worker-failed', remedy, signal, refuseWebPage: true });
  const script = new Blob([await response.arrayBuffer()], { type: 'text/javascript' });
  const blobUrl = URL.createObjectURL(script);
  try {
    const worker = await tryToStart(blobUrl, name, signal);
    if (worker) return worker;
  } finally {
    URL.revokeObjectURL(blobUrl);
  }
  const directive = (await violations.directiveFor(address)) ?? (await violations.directiveFor(blobUrl));
  if (directive) throw blockedError(directive, address);
  throw new TalkingPortraitError(
    'worker-failed',
    'The browser did not start the worker, though its script could be fetched.',
    'Check that workerUrl names animator.worker.js or recorder.worker.js of this version.',
    address,
  );
}

/** @returns undefined when the script could not be loaded @throws what the script threw; the reason of `signal` */
async function tryToStart(address: string, name: string, signal?: AbortSignal): Promise<Worker | undefined> {
  signal?.throwIfAborted();
  let worker: Worker;
  try {
    worker = new Worker(address, { type: 'module', name });
  } catch {
    return undefined; // another origin, or the content security policy
  }
  const ended = new AbortController();
  const { promise, resolve, reject } = withResolvers<Worker | undefined>();
  const listen = { signal: ended.signal };
  worker.addEventListener('message', ({ data }) => data === WORKER_STARTED && resolve(worker), listen);
  worker.addEventListener(
    'error',
    ({ message }: ErrorEvent) => {
      if (!message) return resolve(undefined); // not loaded
      const remedy = 'Check that workerUrl names a worker of this version, and that the browser is up to date.';
      reject(new TalkingPortraitError('worker-failed', "The worker's script failed.", remedy, message));
    },
    listen,
  );
  signal?.addEventListener('abort', () => reject(signal.reason), listen);
  try {
    const started = await promise;
    if (!started) worker.terminate();
    return started;
  } catch (error) {
    worker.terminate();
    throw error;
  } finally {
    ended.abort();
  }
}

/** Promise.withResolvers, which is newer than the browsers that have WebGPU. */
function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: unknown) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
