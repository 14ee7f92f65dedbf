/**
 * @file Where onnxruntime's WASM and the model files are in the package. Bundlers look for exactly these expressions and
 * copy the files that they name; without a bundler they are the addresses as they stand.
 */
import manifest from '../../models/manifest.json';
import type { ModelFiles } from '../core/model-files';

/** URL of onnxruntime's WASM. */
export function wasmUrl(): string {
  return new URL('./workers/ort-wasm-simd-threaded.wasm', import.meta.url).href;
}

/** The model files of the library, each by an address of its own, because bundlers rename files. */
export function defaultModels(): ModelFiles {
  return {
    manifest,
    urls: {
      'audio-encoder.onnx': new URL('../models/audio-encoder.onnx', import.meta.url).href,
      'audio-encoder.safetensors': new URL('../models/audio-encoder.safetensors', import.meta.url).href,
      'face-detector.onnx': new URL('../models/face-detector.onnx', import.meta.url).href,
      'face-landmarks.onnx': new URL('../models/face-landmarks.onnx', import.meta.url).href,
      'face-model.safetensors': new URL('../models/face-model.safetensors', import.meta.url).href,
      'motion.onnx': new URL('../models/motion.onnx', import.meta.url).href,
      'motion.safetensors': new URL('../models/motion.safetensors', import.meta.url).href,
      'person-matte.onnx': new URL('../models/person-matte.onnx', import.meta.url).href,
    },
  };
}
