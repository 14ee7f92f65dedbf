/** @file What every other browser test stands on: an isolated page with WebGPU that draws on a canvas. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPage, type OpenPage } from './support/open-page';

let opened: OpenPage;
beforeAll(async () => {
  opened = await openPage();
});
afterAll(() => opened.close());

test('the page is cross-origin isolated, so WASM threads work', async () => {
  expect(await opened.page.evaluate(() => crossOriginIsolated)).toBe(true);
});

test('WebGPU draws on a canvas and the picture can be read', async () => {
  const pixel = await opened.page.evaluate(async () => {
    const adapter = await navigator.gpu.requestAdapter();
    const device = await adapter!.requestDevice();
    const canvas = new OffscreenCanvas(16, 16);
    const context = canvas.getContext('webgpu')!;
    context.configure({ device, format: navigator.gpu.getPreferredCanvasFormat() });
    const encoder = device.createCommandEncoder({ label: 'clear' });
    encoder
      .beginRenderPass({
        colorAttachments: [
          {
            view: context.getCurrentTexture().createView(),
            clearValue: [1, 0.5, 0, 1],
            loadOp: 'clear',
            storeOp: 'store',
          },
        ],
      })
      .end();
    device.queue.submit([encoder.finish()]);
    const copy = new OffscreenCanvas(16, 16).getContext('2d')!;
    copy.drawImage(canvas, 0, 0);
    return [...copy.getImageData(8, 8, 1, 1).data];
  });
  expect(pixel[0]).toBe(255);
  expect(pixel[1]).toBeGreaterThanOrEqual(127);
  expect(pixel[1]).toBeLessThanOrEqual(128);
  expect(pixel.slice(2)).toEqual([0, 255]);
});

test('nothing went wrong on the page', () => {
  expect(opened.problems).toEqual([]);
});
