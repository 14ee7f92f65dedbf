/** @file The page of element.test.ts: the element, and the React hook in StrictMode. */
import { createElement, StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { TalkingPortraitElement } from '../../../src/element';
import { useTalkingPortrait } from '../../../src/react';

const element = document.querySelector('#element') as TalkingPortraitElement;
if (!(element instanceof TalkingPortraitElement)) throw new Error('The element is not defined.');

const elementPage = {
  events: [] as string[],
  element,
  /** Whether all pixels of a canvas have one colour. */
  isBlank(canvas: HTMLCanvasElement): boolean {
    const copy = new OffscreenCanvas(16, 16).getContext('2d')!;
    copy.drawImage(canvas, 0, 0, 16, 16);
    const { data } = copy.getImageData(0, 0, 16, 16);
    return data.every((value, i) => value === data[i % 4]);
  },
  /** Mounts the hook in StrictMode. @returns unmounts it */
  mount(): () => void {
    const root = createRoot(document.querySelector('#react')!);
    root.render(createElement(StrictMode, null, createElement(Face)));
    return () => root.unmount();
  },
  /** Errors of the hook. */
  hookErrors: [] as string[],
  unmount: () => {},
};

for (const name of ['ready', 'state', 'caption', 'error'])
  element.addEventListener(name, (event) => {
    const { detail } = event as CustomEvent<unknown>;
    const text = name === 'caption' ? (detail as { text: string }).text : name === 'state' ? String(detail) : '';
    elementPage.events.push(`${name} ${text}`.trim());
  });

function Face() {
  const [photo, setPhoto] = useState('/demo/portraits/eileen-collins.jpg');
  const { canvasRef, portrait, error } = useTalkingPortrait({ portrait: photo, size: 96, modelBaseUrl: '/models/' });
  if (error) elementPage.hookErrors.push(error.code);
  return createElement(
    'div',
    null,
    createElement('canvas', { ref: canvasRef }),
    createElement('output', { id: 'hook' }, portrait ? 'ready' : 'loading'),
    createElement('button', { id: 'other', onClick: () => setPhoto('/models/manifest.json') }, 'Other photo'),
  );
}

export type ElementPage = typeof elementPage;
Object.assign(globalThis, { elementPage });
