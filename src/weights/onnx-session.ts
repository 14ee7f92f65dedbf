/**
 * @file onnxruntime sessions on WASM.
 *
 * The graph (.onnx) contains no weights. Its initialisers refer by offset to the model's safetensors file, which the WGSL
 * kernels read too, so both backends always have the same weights. The runtime is its plain WASM build (half the size of
 * the WebGPU build).
 *
 * This module fetches the .wasm file and hands its bytes to the runtime. The runtime itself would look for the file beside
 * its script, whose address is unknown in a worker that was started from a blob, and its errors would not name the address.
 */

import * as onnxRuntime from 'onnxruntime-web/wasm';
import type { InferenceSession } from 'onnxruntime-web/wasm';
import { TalkingPortraitError } from '../errors';
import { blockedError, fetchFile } from '../core/fetch-file';
import type { ModelLoader } from './model-loader';

export type { InferenceSession, Tensor as OnnxTensor } from 'onnxruntime-web/wasm';

/** The module of the runtime; its `Tensor` creates tensors. */
export type OnnxRuntime = typeof onnxRuntime;

/** Settings of the runtime. Only those of a thread's first session are used; the runtime cannot be configured twice. */
export type OnnxRuntimeOptions = {
  /** Address of ort-wasm-simd-threaded.wasm. Without it and `wasmBinary`, the runtime looks beside its own script. */
  wasmUrl?: string | undefined;
  /** Its bytes instead, for Node, where the runtime cannot fetch files. */
  wasmBinary?: ArrayBuffer | Uint8Array | undefined;
  /**
   * Number of WASM threads; more than one needs cross-origin isolation. A second thread does not help: a step of the
   * audio encoder for 40 ms of sound takes 2.0 ms with one thread or two, but the second spends 6 ms of a core on
   * spinning.
   * @defaultValue 1
   */
  threads?: number | undefined;
};

let runtime: Promise<OnnxRuntime> | undefined;

/**
 * Configures onnxruntime-web, once a thread: later calls get the runtime of the first.
 *
 * @throws TalkingPortraitError `runtime-missing`, `blocked`
 */
export function loadOnnxRuntime(options: OnnxRuntimeOptions = {}): Promise<OnnxRuntime> {
  runtime ??= configure(options);
  return runtime;
}

async function configure({ wasmUrl, wasmBinary, threads = 1 }: OnnxRuntimeOptions): Promise<OnnxRuntime> {
  checkWasmIsAllowed();
  const { env } = onnxRuntime;
  env.wasm.numThreads = threads;
  env.logLevel = 'error';
  const binary = wasmBinary ?? (wasmUrl && (await fetchRuntime(wasmUrl)));
  if (binary) env.wasm.wasmBinary = binary;
  return onnxRuntime;
}

const RUNTIME_CACHE = 'talking-portrait-runtime';

/** From the Cache API, because HTTP caches may refuse a file of this size; else from the server. */
async function fetchRuntime(url: string): Promise<ArrayBuffer> {
  const cache = await globalThis.caches?.open(RUNTIME_CACHE).catch(() => undefined);
  const key = `${url}?version=${onnxRuntime.env.versions.web}`;
  const stored = await cache?.match(key);
  if (stored) return stored.arrayBuffer();
  const remedy = 'Serve ort-wasm-simd-threaded.wasm beside the worker (dist/workers of the package).';
  const response = await fetchFile(url, { code: 'runtime-missing', remedy, refuseWebPage: true });
  const bytes = await response.arrayBuffer();
  // Full disk or private window: the file is downloaded again next time.
  await cache?.put(key, new Response(bytes)).catch(() => {});
  return bytes;
}

/** The shortest module there is: its magic number and version. */
const EMPTY_MODULE = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

/** @throws TalkingPortraitError `blocked` where the content security policy forbids WebAssembly */
function checkWasmIsAllowed(): void {
  try {
    void new WebAssembly.Module(EMPTY_MODULE);
  } catch (cause) {
    throw blockedError("script-src 'wasm-unsafe-eval'", undefined, { cause });
  }
}

let lastCall: Promise<unknown> = Promise.resolve();

/**
 * Runs calls into the runtime one after another, for all sessions. The runtime keeps pointers into one WASM stack
 * across its awaits, so overlapping runs would overwrite each other's tensors. This costs no time, because a thread can
 * only run one call at a time anyway.
 */
function exclusively<T>(call: () => Promise<T>): Promise<T> {
  const turn = lastCall.then(call);
  lastCall = turn.catch(() => {}); // the error goes to its caller only, not to the next call
  return turn;
}

/** Runs a session after all earlier calls of this thread. Use it instead of `session.run`. */
export function runSession(
  session: InferenceSession,
  feeds: InferenceSession.FeedsType,
): Promise<InferenceSession.ReturnType> {
  return exclusively(() => session.run(feeds));
}

/** Releases a session after all earlier calls of this thread. */
export function releaseSession(session: InferenceSession): Promise<void> {
  return exclusively(() => session.release());
}

/** Options of {@link createOnnxSession}: those of the runtime, and onnxruntime's own options of a session. */
export type OnnxSessionOptions = OnnxRuntimeOptions & { session?: InferenceSession.SessionOptions | undefined };

/**
 * Loads `<name>.onnx`, and `<name>.safetensors` if the manifest lists it, and creates a session on WASM.
 *
 * @param name without extension, for example `audio-encoder`
 * @throws TalkingPortraitError `weights-missing`, `weights-corrupt`, `aborted`
 */
export async function createOnnxSession(
  loader: ModelLoader,
  name: string,
  options: OnnxSessionOptions = {},
): Promise<InferenceSession> {
  const weights = `${name}.safetensors`;
  const [ort, graph, external] = await Promise.all([
    loadOnnxRuntime(options),
    loader.load(`${name}.onnx`),
    loader.has(weights).then((listed) => (listed ? loader.load(weights) : undefined)),
  ]);
  return createOnnxSessionFromBytes(
    ort,
    name,
    new Uint8Array(graph),
    external && new Uint8Array(external),
    options.session,
  );
}

/**
 * Creates a session on WASM from bytes.
 *
 * @param external the safetensors file that the graph refers to as `<name>.safetensors`
 * @throws TalkingPortraitError `weights-corrupt` if onnxruntime rejects the graph
 */
export async function createOnnxSessionFromBytes(
  ort: OnnxRuntime,
  name: string,
  graph: Uint8Array,
  external?: Uint8Array,
  options: InferenceSession.SessionOptions = {},
): Promise<InferenceSession> {
  try {
    return await exclusively(() =>
      ort.InferenceSession.create(graph, {
        executionProviders: ['wasm'],
        graphOptimizationLevel: 'all',
        ...(external && { externalData: [{ path: `${name}.safetensors`, data: external }] }),
        ...options,
      }),
    );
  } catch (cause) {
    throw new TalkingPortraitError(
      'weights-corrupt',
      'onnxruntime could not create a session for a model.',
      'Deploy graph, weights and ort-wasm-simd-threaded.wasm of one version.',
      name,
      { cause },
    );
  }
}
