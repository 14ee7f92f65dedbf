/** @file The choice of a voice: bundled samples, the microphone, the user's file. */
import { byId, chosen, onChoice } from './dom';

export type Voice = 'microphone' | { source: Blob | string } | null;

/** The bundled voices; training/sample_voices.py makes them. */
const samples = [
  { name: 'Woman', url: new URL('./voices/sample-woman.mp3', import.meta.url).href },
  { name: 'Man', url: new URL('./voices/sample-man.mp3', import.meta.url).href },
];
const SAMPLE_NAME = 'sample';

const file = byId('voice-file', HTMLInputElement);
const fileName = byId('voice-file-name', HTMLSpanElement);
const details = ['sample', 'microphone', 'file'] as const;

let ownVoice: Blob | undefined;

let changed = (): void => {};

/** Shows the fields of the chosen kind of voice. */
function show(): void {
  for (const name of details) byId(`detail-${name}`, HTMLDivElement).hidden = chosen('voice') !== name;
  changed();
}

/** Fills the list of samples. @param listener called when another voice is chosen */
export function setUpVoices(listener: () => void): void {
  changed = listener;
  const list = byId('samples', HTMLDivElement);
  for (const { name, url } of samples) {
    const label = document.createElement('label');
    const input = Object.assign(document.createElement('input'), { type: 'radio', name: SAMPLE_NAME, value: url });
    label.append(input, Object.assign(document.createElement('span'), { textContent: name }));
    list.append(label);
  }
  list.querySelector('input')!.checked = true;
  onChoice('voice', show);
  onChoice(SAMPLE_NAME, listener);
  file.addEventListener('change', () => file.files?.[0] && takeVoice(file.files[0]));
  show();
}

/** Chooses the user's sound file. */
export function takeVoice(voice: File): void {
  ownVoice = voice;
  fileName.textContent = voice.name;
  document.querySelector<HTMLInputElement>('input[name="voice"][value="file"]')!.checked = true;
  show();
}

/** The chosen voice; null if the user's file is chosen but missing. */
export function chosenVoice(): Voice {
  switch (chosen('voice')) {
    case 'microphone':
      return 'microphone';
    case 'file':
      return ownVoice ? { source: ownVoice } : null;
    default:
      return { source: chosen(SAMPLE_NAME) };
  }
}
