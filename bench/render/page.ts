/** @file Runs the measurement of bench/render in a page, on an OffscreenCanvas. The tool calls it through `measure`. */
import { requestDevice } from '../../src/gpu/device';
import { loadPortraitBundle } from '../../src/portrait-bundle/portrait-file';
import { parseFaceModel } from '../../src/weights/face-model';
import { describeTimes, measureRenderer } from './measure';

async function bytes(url: string): Promise<ArrayBuffer> {
  return (await fetch(url)).arrayBuffer();
}

async function measure(size: number, sampleCount: 1 | 4, frames: number): Promise<string[]> {
  const { device, adapterInfo } = await requestDevice();
  const context = new OffscreenCanvas(size, size).getContext('webgpu')!;
  const format = navigator.gpu.getPreferredCanvasFormat();
  context.configure({ device, format, alphaMode: 'opaque' });
  const model = parseFaceModel(await bytes('/models/face-model.safetensors'));
  const bundle = loadPortraitBundle(await bytes('/bench-portrait'));
  const options = { width: size, height: size, format, sampleCount };
  const target = (): GPUTextureView => context.getCurrentTexture().createView();
  const times = await measureRenderer(device, model, bundle, options, target, frames);
  return [`in the page: ${adapterInfo.vendor} ${adapterInfo.architecture}, ${format}`, ...describeTimes(times)];
}

Object.assign(globalThis, { measure });
