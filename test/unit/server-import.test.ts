/** @file The entries for pages are safe to import, and to render, on a server, where there is no DOM. */
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, test } from 'vitest';

test('the custom element can be imported; nothing is defined', async () => {
  const { TalkingPortraitElement } = await import('../../src/element');
  expect(TalkingPortraitElement.observedAttributes).toContain('src');
  expect('customElements' in globalThis).toBe(false);
});

test('a component with the hook renders its canvas, without a portrait', async () => {
  const { useTalkingPortrait } = await import('../../src/react');
  const Face = () => {
    const { canvasRef, portrait } = useTalkingPortrait({ portrait: 'me.jpg' });
    return createElement('canvas', { ref: canvasRef, 'data-ready': portrait !== null });
  };
  expect(renderToString(createElement(Face))).toBe('<canvas data-ready="false"></canvas>');
});
