/** @file Several portraits on one canvas: which one is shown. */
import { describe, expect, it } from 'vitest';
import { PictureCanvas } from '../../../src/page/picture-canvas';

function fakeCanvas(): { element: HTMLCanvasElement; shown: () => unknown } {
  let shown: unknown;
  const context = { transferFromImageBitmap: ({ name }: { name: string }) => (shown = name) };
  const toBlob = (done: (file: Blob) => void): void => done(new Blob([String(shown)]));
  const element = { width: 1, height: 1, getContext: () => context, toBlob } as unknown as HTMLCanvasElement;
  return { element, shown: () => shown };
}

const picture = (name: string): ImageBitmap => ({ name, width: 2, height: 2, close() {} }) as unknown as ImageBitmap;

describe('PictureCanvas', () => {
  it('shows the newest portrait from its first picture on, and the one before again after its end', async () => {
    const { element, shown } = fakeCanvas();
    const covered: string[] = [];
    const [first, second] = ['first', 'second'].map((name) => new PictureCanvas(element, () => covered.push(name)));
    first!.show(picture('first 1'));
    expect(shown()).toBe('first 1');
    second!.show(picture('second 1'));
    first!.show(picture('first 2'));
    first!.show(picture('first 3'));
    expect(shown()).toBe('second 1');
    expect(covered).toEqual(['first']);
    await expect(first!.snapshot()).rejects.toMatchObject({ code: 'no-portrait' });
    expect(await (await second!.snapshot()).text()).toBe('second 1');
    second!.release();
    first!.show(picture('first 4'));
    expect(shown()).toBe('first 4');
  });

  it.each([null, undefined, {}, 'canvas'])('refuses %o as a canvas', (element) => {
    expect(() => new PictureCanvas(element as never, () => {})).toThrow('canvas');
  });
});
