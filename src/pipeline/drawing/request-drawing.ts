/**
 * @file Chooses what draws. `auto` takes a GPU; where there is none, or only a software adapter, it takes the CPU renderer, which draws
 * a picture in a quarter of the time that a software adapter takes (`npm run bench:render`).
 */
import { TalkingPortraitError } from '../../errors';
import { isSoftwareAdapter } from '../../core/software-adapter';
import { openDevice, requestAdapter } from '../../gpu/device';
import type { Backend, Renderer } from '../../options/create-options';
import { CpuDrawing } from './cpu-drawing';
import type { DrawingDevice } from './drawing-device';
import { WebGpuDrawing } from './webgpu-drawing';

export type DrawingWish = {
  renderer: Renderer;
  /** WGSL motion needs a GPU too. */
  backend: Backend;
};

/** Whether a GPU that fails may be replaced by the CPU. */
export function mayDrawOnCpu({ renderer, backend }: DrawingWish): boolean {
  return renderer !== 'webgpu' && backend !== 'wgsl';
}

/** @throws TalkingPortraitError `unsupported`, `invalid-option` */
export async function requestDrawing(wish: DrawingWish): Promise<DrawingDevice> {
  if (wish.renderer === 'cpu') {
    if (mayDrawOnCpu(wish)) return new CpuDrawing('The option "renderer" asks for it.');
    const what = 'The backend "wgsl" needs the renderer "webgpu".';
    throw new TalkingPortraitError('invalid-option', what, 'Leave out one of the two options.', wish.renderer);
  }
  if (!mayDrawOnCpu(wish)) {
    const option = wish.renderer === 'webgpu' ? 'renderer' : 'backend';
    return new WebGpuDrawing(await openDevice(await requestAdapter()), `The option "${option}" asks for it.`);
  }
  try {
    const adapter = await requestAdapter();
    if (!isSoftwareAdapter(adapter.info)) return new WebGpuDrawing(await openDevice(adapter), 'There is a GPU.');
    return new CpuDrawing('WebGPU has only a software adapter, which is slower.');
  } catch (error) {
    return new CpuDrawing(error instanceof TalkingPortraitError ? error.what : `WebGPU failed: ${String(error)}`);
  }
}
