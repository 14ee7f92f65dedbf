/**
 * @file Lets a worker's script be onnxruntime's thread as well.
 *
 * onnxruntime starts its WASM threads from the file that it was bundled into. In most builds that is a file of its own;
 * a bundler that puts a worker into one file (Vite's default for built workers) makes it the worker's script, and then
 * the threads would run the worker instead of the runtime and every session would wait for them for ever.
 */

/** The name that onnxruntime gives to its threads. */
const THREAD_NAME = 'em-pthread';

/**
 * To be asked first by every worker that uses onnxruntime: when true, this thread belongs to onnxruntime, which has been
 * loaded, and the worker must do nothing else.
 */
export function becomeOnnxThread(): boolean {
  const { name } = globalThis as { name?: string };
  if (!name?.startsWith(THREAD_NAME)) return false;
  void import('onnxruntime-web/wasm');
  return true;
}
