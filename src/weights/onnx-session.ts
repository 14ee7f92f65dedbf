/**
 * @file onnxruntime sessions on WASM.
 *
 * The graph (.onnx) carries no numbers: its initializers point by offset into the model's safetensors file, the same
 * file the WGSL kernels read, so both backends cannot drift apart. The runtime is imported on first use only, and only
 * its plain WASM build (half the size of the WebGPU one).
 *
 * Where the runtime's .wasm comes from: by default from next to the runtime's own module (`new URL(..., import.meta.url)`
 * inside onnxruntime-web's bundle, which Vite and webpack turn into an asset). Set `wasmUrl` to serve it from elsewhere.
 */

import type { InferenceSession } from 'onnxruntime-web/wasm';
import { TalkingPortraitError } from '../errors';
import type { ModelLoader } from './model-loader';

export type { InferenceSession, Tensor as OnnxTensor } from 'onnxruntime-web/wasm';

/** The runtime's module: tensors are made with its `Tensor`. */
export type OnnxRuntime = typeof import('onnxruntime-web/wasm');

/** Settings of the runtime. They count for the first session of a thread; the runtime cannot be set up twice. */
export type OnnxRuntimeOptions = {
  /** Address of ort-wasm-simd-threaded.wasm, for CDNs and strict content security policies. */
  wasmUrl?: string | URL | undefined;
  /** Its bytes instead, for Node, where the runtime cannot fetch files. */
  wasmBinary?: ArrayBuffer | Uint8Array | undefined;
  /**
   * WASM threads; more than one needs cross-origin isolation. One is the default even there: a 40 ms step of the audio
   * encoder took 2.0 ms on one thread and 2.0 ms on two, but the second burnt 6 ms of a core in spinning.
   * @defaultValue 1
   */
  threads?: number | undefined;
};

let runtime: Promise<OnnxRuntime> | undefined;

/** Imports and configures onnxruntime-web once a thread. */
export function loadOnnxRuntime(options: OnnxRuntimeOptions = {}): Promise<OnnxRuntime> {
  runtime ??= import('onnxruntime-web/wasm').then((ort) => {
    const { wasm } = ort.env;
    wasm.numThreads = options.threads ?? 1;
    if (options.wasmUrl !== undefined) wasm.wasmPaths = { wasm: String(options.wasmUrl) };
    if (options.wasmBinary !== undefined) wasm.wasmBinary = options.wasmBinary;
    ort.env.logLevel = 'error';
    return ort;
  });
  return runtime;
}

let lastCall: Promise<unknown> = Promise.resolve();

/**
 * Calls of the runtime one after another, whatever their session: it keeps pointers into one WASM stack across its
 * awaits, so that two runs that overlap overwrite each other's tensors. Nothing is lost, as a thread does one at a time.
 */
function exclusively<T>(call: () => Promise<T>): Promise<T> {
  const turn = lastCall.then(call);
  lastCall = turn.catch(() => {}); // the caller sees the error; the next call must not
  return turn;
}

/** Runs a session when all earlier calls of this thread are done. Use it in place of `session.run`. */
export function runSession(
  session: InferenceSession,
  feeds: InferenceSession.FeedsType,
): Promise<InferenceSession.ReturnType> {
  return exclusively(() => session.run(feeds));
}

/** Releases a session when all earlier calls of this thread are done. */
export function releaseSession(session: InferenceSession): Promise<void> {
  return exclusively(() => session.release());
}

/** Options of {@link createOnnxSession}: the runtime's, and onnxruntime's own session options. */
export type OnnxSessionOptions = OnnxRuntimeOptions & { session?: InferenceSession.SessionOptions | undefined };

/**
 * Loads `<name>.onnx`, and `<name>.safetensors` where the manifest lists it, and makes a session on WASM.
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
 * The same from bytes at hand.
 *
 * @param external the safetensors file, which the graph knows by the name `<name>.safetensors`
 * @throws TalkingPortraitError `weights-corrupt` when onnxruntime refuses the graph
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
      'onnxruntime could not make a session of a model.',
      'Deploy graph and weights of one version, and check that ort-wasm-simd-threaded.wasm is served.',
      name,
      { cause },
    );
  }
}
