/**
 * @file The stage: a canvas with a TalkingPortrait, and a still photo until that is ready.
 *
 * The control of a canvas can be transferred only once, so every set-up (first start, changed options) creates a new canvas. A
 * new set-up aborts the one before.
 */
import { type CreateOptions, type PortraitState, type Progress, type Source, TalkingPortrait } from '../src/index';
import { byId } from './dom';

export type StageOptions = Required<
  Pick<CreateOptions, 'renderer' | 'backend' | 'seed' | 'lookaheadMs' | 'output' | 'controls'>
>;

/** What the stage shows now. */
export type Phase = 'loading' | 'failed' | PortraitState;

const STAGE_NAMES: Record<Progress['stage'], string> = {
  models: 'Loading the models',
  gpu: 'Preparing to draw',
  portrait: 'Studying the face',
  frames: 'Drawing',
};

/** The part of the progress bar that each stage takes. Stages overlap: model files may also be loaded during a later stage. */
const SHARES: Record<Progress['stage'], [from: number, to: number]> = {
  models: [0, 0.5],
  gpu: [0.5, 0.6],
  portrait: [0.6, 1],
  frames: [1, 1],
};

const figure = byId('stage', HTMLElement);
const poster = byId('poster', HTMLImageElement);
const place = byId('canvas-place', HTMLDivElement);
const badge = byId('badge-text', HTMLSpanElement);
const loading = byId('loading', HTMLDivElement);
const loadingLabel = byId('loading-label', HTMLSpanElement);
const loadingBar = byId('loading-bar', HTMLSpanElement);

const PHASE_NAMES: Record<Phase, string> = {
  loading: 'Getting ready',
  failed: 'Photo only',
  idle: 'Idle',
  attentive: 'Listening to you',
  following: 'Following your voice',
  speaking: 'Speaking',
};

let portrait: TalkingPortrait | undefined;
let setup: AbortController | undefined;
let posterUrl: string | undefined;

/** The portrait on the stage; undefined until it is ready. */
export function onStage(): TalkingPortrait | undefined {
  return portrait;
}

/** Shows on the stage what is going on. */
export function setPhase(phase: Phase): void {
  figure.dataset['phase'] = phase;
  badge.textContent = PHASE_NAMES[phase];
  if (phase !== 'loading') loading.hidden = true;
}

// The browser cannot show a saved portrait as a picture.
poster.addEventListener('error', () => poster.removeAttribute('src'));

/** Shows the photo behind the canvas, until the canvas is ready. */
export function showPoster(source: Source): void {
  if (posterUrl) URL.revokeObjectURL(posterUrl);
  posterUrl = source instanceof Blob ? URL.createObjectURL(source) : undefined;
  poster.src = posterUrl ?? String(source);
}

function showProgress(label: string, fraction: number): void {
  const percent = Math.round(fraction * 100);
  loading.hidden = false;
  loadingLabel.textContent = label;
  loadingBar.style.transform = `scaleX(${fraction})`;
  loading.setAttribute('aria-valuenow', String(percent));
  loading.setAttribute('aria-valuetext', `${label}, ${percent} percent`);
}

/** Progress of all stages on one bar, which never runs backwards. */
function wholeProgress(): (progress: Progress) => void {
  let furthest = 0;
  return ({ stage, fraction }) => {
    const [from, to] = SHARES[stage];
    furthest = Math.max(furthest, from + (to - from) * fraction);
    showProgress(STAGE_NAMES[stage], furthest);
  };
}

/**
 * Sets a new portrait up.
 *
 * @param listen called with the portrait before its first event
 * @returns the portrait, or undefined if a newer set-up has taken its place
 */
export async function openStage(
  source: Source,
  options: StageOptions,
  listen: (portrait: TalkingPortrait) => void,
): Promise<TalkingPortrait | undefined> {
  setup?.abort();
  const controller = new AbortController();
  setup = controller;
  const before = portrait;
  portrait = undefined;
  setPhase('loading');
  showPoster(source);
  await before?.close();
  const progress = wholeProgress();
  showProgress('Loading', 0);
  const canvas = document.createElement('canvas');
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', 'The portrait');
  place.replaceChildren(canvas);
  try {
    const created = await TalkingPortrait.create({
      canvas,
      portrait: source,
      ...options,
      signal: controller.signal,
      onProgress: (event) => setup === controller && progress(event),
    });
    if (setup !== controller) {
      await created.close();
      return undefined;
    }
    listen(created);
    portrait = created;
    canvas.classList.add('shown');
    setPhase('idle');
    return created;
  } catch (error) {
    if (setup !== controller) return undefined;
    place.replaceChildren();
    setPhase('failed');
    throw error;
  }
}

/** The stage as a picture file. */
export function snapshot(): Promise<Blob> {
  const canvas = place.querySelector('canvas')!;
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  copy.getContext('2d')!.drawImage(canvas, 0, 0);
  return copy.convertToBlob();
}

/** Changes the face of the portrait on the stage. The voice goes on. */
export async function changeFace(now: TalkingPortrait, source: Source): Promise<void> {
  const off = now.on('progress', ({ stage, fraction }) => showProgress(STAGE_NAMES[stage], fraction));
  try {
    await now.setPortrait(source);
    showPoster(source);
  } finally {
    off();
    loading.hidden = true;
  }
}
