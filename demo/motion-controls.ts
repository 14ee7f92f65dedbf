/**
 * @file The "Motion" panel: how the portrait moves, changed while it lives. Kept over a set-up anew, because the panel, not the
 * portrait, remembers what is chosen.
 */
import { DEFAULT_CONTROLS, type GazeTarget, type MotionControls, type TalkingPortrait } from '../src/index';
import { byId, chosen, onChoice } from './dom';

/** Sliders: the control, and how its value reads. Percent of what is usual, but for the number of codes. */
const SLIDERS = [
  ['motion-mouth', 'mouthAmplitude'],
  ['motion-expressiveness', 'expressiveness'],
  ['motion-stillness', 'stillness'],
  ['motion-temperature', 'temperature'],
  ['motion-secondary', 'secondaryMotion'],
] as const;
const topK = byId('motion-top-k', HTMLInputElement);
const topKOutput = byId('motion-top-k-value', HTMLOutputElement);
const reset = byId('motion-reset', HTMLButtonElement);

/** Degrees of gaze when the pointer is a stage's width away from its middle. */
const DEGREES_A_STAGE = 40;
const MOST_DEGREES = { x: 30, y: 20 };

let gaze: GazeTarget = 'camera';
let gazeIsDue = false;

const percent = (value: number): string => `${Math.round(100 * value)} %`;

/** What is chosen. */
export function motionControls(): MotionControls {
  const numbers = Object.fromEntries(SLIDERS.map(([id, name]) => [name, byId(id, HTMLInputElement).valueAsNumber]));
  return {
    ...DEFAULT_CONTROLS,
    ...numbers,
    topK: topK.value === topK.max ? 'auto' : topK.valueAsNumber,
    gaze,
  };
}

/** What the portrait does between voices. */
export function restState(): 'idle' | 'listening' {
  return chosen('rest') === 'listening' ? 'listening' : 'idle';
}

function showValues(): void {
  for (const [id] of SLIDERS) {
    byId(`${id}-value`, HTMLOutputElement).value = percent(byId(id, HTMLInputElement).valueAsNumber);
  }
  topKOutput.value = topK.value === topK.max ? 'free' : topK.value;
}

/** Direction of the pointer as seen from the stage, degrees. */
function directionOf({ clientX, clientY }: PointerEvent): { x: number; y: number } {
  const { left, top, width, height } = byId('stage', HTMLElement).getBoundingClientRect();
  const degrees = (offset: number, most: number): number =>
    Math.max(-most, Math.min(most, (DEGREES_A_STAGE * offset) / width));
  return {
    x: degrees(clientX - left - width / 2, MOST_DEGREES.x),
    y: degrees(clientY - top - height / 2, MOST_DEGREES.y),
  };
}

/**
 * Fills the panel and listens to it.
 *
 * @param portrait the one on the stage now
 * @param failed gets what the portrait refuses
 */
export function setUpMotionControls(
  portrait: () => TalkingPortrait | undefined,
  failed: (error: unknown) => void,
): void {
  const apply = (changes: Partial<MotionControls>): void => void portrait()?.setControls(changes).catch(failed);
  const all = (): void => {
    showValues();
    apply(motionControls());
  };
  for (const id of [...SLIDERS.map(([slider]) => slider), topK.id]) {
    byId(id, HTMLInputElement).addEventListener('input', all);
  }
  onChoice('rest', () => void portrait()?.setState(restState()).catch(failed));
  onChoice('gaze', (value) => {
    if (value === 'pointer') return;
    gaze = 'camera';
    apply({ gaze });
  });
  document.addEventListener('pointermove', (event) => {
    if (chosen('gaze') !== 'pointer') return;
    gaze = directionOf(event);
    if (gazeIsDue) return;
    gazeIsDue = true;
    requestAnimationFrame(() => {
      gazeIsDue = false;
      apply({ gaze });
    });
  });
  reset.addEventListener('click', () => {
    for (const input of document.querySelectorAll<HTMLInputElement>('#motion input')) {
      if (input.type === 'radio') input.checked = input.defaultChecked;
      else input.value = input.defaultValue;
    }
    gaze = 'camera';
    all();
    void portrait()?.setState(restState()).catch(failed);
  });
  showValues();
}
