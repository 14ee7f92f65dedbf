/**
 * @file Where onnxruntime's WASM and the model files are, in this repository. runtime-files.packed.ts takes the place of
 * this module in the package.
 */
import runtimeUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';

import type { ModelFiles } from '../core/model-files';

/** URL of onnxruntime's WASM. */
export function wasmUrl(): string {
  return new URL(runtimeUrl, document.baseURI).href;
}

/** The model files of the library: `models/` beside the page. */
export function defaultModels(): ModelFiles {
  return { baseUrl: new URL('models/', document.baseURI).href };
}
