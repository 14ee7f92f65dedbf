/**
 * @file The "Motion" panel: how the portrait moves, adjustable while it runs. The panel keeps the choices, so they
 * survive a new set-up of the portrait.
 */
import { DEFAULT_CONTROLS, type GazeTarget, type MotionControls, type TalkingPortrait } from '../src/index';
import { byId, chosen, onChoice } from './dom';

/** The sliders that show percent: element id and control. */
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

/** Gaze direction in degrees when the pointer is a stage's width away from the centre of the stage. */
const DEGREES_A_STAGE = 40;
const MOST_DEGREES = { x: 30, y: 20 };

let gaze: GazeTarget = 'camera';
let gazeIsPending = false;

const percent = (value: number): string => `${Math.round(100 * value)} %`;

/** The chosen controls. */
export function motionControls(): MotionControls {
  const numbers = Object.fromEntries(SLIDERS.map(([id, name]) => [name, byId(id, HTMLInputElement).valueAsNumber]));
  return {
    ...DEFAULT_CONTROLS,
    ...numbers,
    topK: topK.value === topK.max ? 'auto' : topK.valueAsNumber,
    gaze,
  };
}

/** What the portrait does while no voice drives it. */
export function silentState(): 'idle' | 'attentive' {
  return chosen('rest') === 'attentive' ? 'attentive' : 'idle';
}

function showValues(): void {
  for (const [id] of SLIDERS) {
    byId(`${id}-value`, HTMLOutputElement).value = percent(byId(id, HTMLInputElement).valueAsNumber);
  }
  topKOutput.value = topK.value === topK.max ? 'free' : topK.value;
}

/** Direction of the pointer from the centre of the stage, degrees. */
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
 * Sets the panel up.
 *
 * @param portrait the portrait on the stage
 * @param failed called with the error when a change is refused
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
  onChoice('rest', () => void portrait()?.setState(silentState()).catch(failed));
  onChoice('gaze', (value) => {
    if (value === 'pointer') return;
    gaze = 'camera';
    apply({ gaze });
  });
  document.addEventListener('pointermove', (event) => {
    if (chosen('gaze') !== 'pointer') return;
    gaze = directionOf(event);
    if (gazeIsPending) return;
    gazeIsPending = true;
    requestAnimationFrame(() => {
      gazeIsPending = false;
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
    void portrait()?.setState(silentState()).catch(failed);
  });
  showValues();
}
