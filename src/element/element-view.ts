/** @file What the `<talking-portrait>` element shows: canvas, captions, progress, errors and buttons. It knows nothing of voices. */
import type { TalkingPortraitError } from '../errors';
import type { Progress } from '../core/progress';
import { ELEMENT_STYLE } from './element-style';

const STAGE_NAMES: Record<Progress['stage'], string> = {
  models: 'Loading the models',
  gpu: 'Preparing to draw',
  portrait: 'Studying the face',
  frames: 'Drawing',
};

/** What the buttons do. */
export type ViewActions = {
  onPlay: () => void;
  onMicrophone: () => void;
  onRetry: () => void;
};

/** What the buttons show. */
export type ViewState = {
  showsControls: boolean;
  /** Whether there is a voice for the play button. */
  hasVoice: boolean;
  /** What drives the portrait. */
  driver: 'nothing' | 'voice' | 'microphone';
  /** Whether the portrait is set up. */
  isReady: boolean;
};

export class ElementView {
  readonly #root: ShadowRoot;
  readonly #picture: HTMLElement;
  readonly #captions: HTMLElement;
  readonly #loading: HTMLElement;
  readonly #progress: HTMLProgressElement;
  readonly #stage: HTMLElement;
  readonly #error: HTMLElement;
  readonly #controls: HTMLElement;
  readonly #play: HTMLButtonElement;
  readonly #microphone: HTMLButtonElement;

  constructor(root: ShadowRoot, { onPlay, onMicrophone, onRetry }: ViewActions) {
    this.#root = root;
    const style = create('style', {}, ELEMENT_STYLE);
    this.#captions = create('p', { class: 'captions', part: 'captions', hidden: '' });
    this.#stage = create('span', { id: 'stage' });
    this.#progress = create('progress', { max: '1', 'aria-labelledby': 'stage' });
    this.#loading = create('div', { class: 'loading', part: 'loading', role: 'status', hidden: '' });
    this.#loading.append(this.#stage, this.#progress);
    this.#error = create('div', { class: 'error', part: 'error', role: 'alert', hidden: '' });
    const retry = create('button', { part: 'button', type: 'button' }, 'Try again');
    retry.addEventListener('click', onRetry);
    this.#error.append(create('p', {}), retry);
    this.#picture = create('div', { class: 'picture', part: 'picture' });
    this.#picture.append(this.#captions, this.#loading, this.#error);
    this.#play = create('button', { part: 'button', type: 'button' });
    this.#play.addEventListener('click', onPlay);
    this.#microphone = create('button', { part: 'button', type: 'button' }, 'Microphone');
    this.#microphone.addEventListener('click', onMicrophone);
    this.#controls = create('div', { class: 'controls', part: 'controls', role: 'group', 'aria-label': 'Voice' });
    this.#controls.append(this.#play, this.#microphone);
    root.append(style, this.#picture, this.#controls);
  }

  /** A canvas in the place of the one before. @param name what it shows, for screen readers */
  newCanvas(name: string): HTMLCanvasElement {
    this.#root.querySelector('canvas')?.remove();
    const canvas = create('canvas', { role: 'img', 'aria-label': name, part: 'canvas' });
    this.#picture.prepend(canvas);
    return canvas;
  }

  /** @param name what the picture shows, for screen readers */
  setName(name: string): void {
    this.#root.querySelector('canvas')?.setAttribute('aria-label', name);
  }

  /** @param progress undefined hides it */
  showProgress(progress: Progress | undefined): void {
    this.#loading.hidden = !progress;
    if (!progress) return;
    this.#stage.textContent = `${STAGE_NAMES[progress.stage]} …`;
    this.#progress.value = progress.fraction;
  }

  /** @param error undefined hides it */
  showError(error: TalkingPortraitError | undefined): void {
    this.#error.hidden = !error;
    this.#error.querySelector('p')!.textContent = error ? error.message : '';
  }

  /** @param text empty hides it */
  showCaption(text: string): void {
    this.#captions.hidden = text === '';
    this.#captions.replaceChildren(create('span', {}, text));
  }

  showState({ showsControls, hasVoice, driver, isReady }: ViewState): void {
    this.#controls.hidden = !showsControls;
    this.#play.hidden = !hasVoice;
    this.#play.textContent = driver === 'voice' ? 'Stop' : 'Play';
    for (const button of [this.#play, this.#microphone]) button.disabled = !isReady;
    this.#microphone.setAttribute('aria-pressed', String(driver === 'microphone'));
  }
}

function create<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, string>,
  text = '',
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
}
