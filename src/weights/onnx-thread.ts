/**
 * @file Lets the script of a worker also serve as the script of onnxruntime's threads.
 *
 * onnxruntime starts its WASM threads from the file into which it was bundled. In most builds this is a file of its
 * own. A bundler that puts a worker into a single file (Vite's default) makes it the worker's script. The threads would
 * then run the worker instead of the runtime, and every session would wait for them forever.
 */

/** Start of the name that onnxruntime gives to its threads. */
const THREAD_NAME = 'em-pthread';

/**
 * Every worker that uses onnxruntime calls this first. If the result is true, the thread belongs to onnxruntime, which
 * is being loaded, and the worker must do nothing else.
 */
export function becomeOnnxThread(): boolean {
  const { name } = globalThis as { name?: string };
  if (!name?.startsWith(THREAD_NAME)) return false;
  void import('onnxruntime-web/wasm');
  return true;
}
