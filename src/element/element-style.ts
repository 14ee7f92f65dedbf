/** @file Style of the `<talking-portrait>` element. Pages change it by its custom properties and parts. */

export const ELEMENT_STYLE = `
:host {
  display: inline-block;
  position: relative;
  max-width: 100%;
  color-scheme: light dark;
  font: 0.875rem/1.35 system-ui, sans-serif;
  --talking-portrait-accent: #b4441f;
  --talking-portrait-radius: 0.75rem;
}
:host([hidden]) { display: none; }
[hidden] { display: none !important; }
.picture { position: relative; border-radius: var(--talking-portrait-radius); overflow: hidden; }
canvas { display: block; width: 100%; height: auto; }
.captions {
  position: absolute;
  inset: auto 0.75rem 0.75rem;
  margin: 0;
  text-align: center;
  pointer-events: none;
}
.captions span {
  padding: 0.15em 0.5em;
  border-radius: 0.35em;
  background: rgb(0 0 0 / 72%);
  color: #fff;
  font-size: 1rem;
  box-decoration-break: clone;
  -webkit-box-decoration-break: clone;
}
.loading, .error {
  position: absolute;
  inset: auto 0.75rem 0.75rem;
  padding: 0.5rem 0.75rem;
  border-radius: 0.5rem;
  background: Canvas;
  color: CanvasText;
  box-shadow: 0 1px 6px rgb(0 0 0 / 30%);
}
.loading progress { width: 100%; accent-color: var(--talking-portrait-accent); }
.error p { margin: 0 0 0.35rem; }
.controls { display: flex; flex-wrap: wrap; gap: 0.35rem; padding-block: 0.5rem; }
button {
  min-width: 2.75rem;
  min-height: 2.75rem;
  padding: 0 0.75rem;
  border: 1px solid color-mix(in srgb, CanvasText 25%, transparent);
  border-radius: 0.5rem;
  background: Canvas;
  color: CanvasText;
  font: inherit;
  cursor: pointer;
}
button[aria-pressed='true'] { border-color: var(--talking-portrait-accent); color: var(--talking-portrait-accent); }
button:focus-visible { outline: 2px solid var(--talking-portrait-accent); outline-offset: 2px; }
button:disabled { opacity: 0.5; cursor: default; }
`;
