/** @file The voices to choose from: bundled samples, the microphone, the user's file. */
import { byId, chosen, onChoice } from './dom';

export type Voice = 'microphone' | { source: Blob | string } | null;

const samples = Object.entries(
  import.meta.glob<string>('./voices/*.{wav,flac,mp3,ogg,opus,m4a}', { query: '?url', import: 'default', eager: true }),
);

const sample = byId('sample', HTMLSelectElement);
const file = byId('voice-file', HTMLInputElement);
const fileName = byId('voice-file-name', HTMLSpanElement);
const details = ['sample', 'microphone', 'file'] as const;

let ownVoice: Blob | undefined;

/** "quick-brown-fox.wav" is "Quick brown fox". */
function title(path: string): string {
  const name = path
    .replace(/^.*\//, '')
    .replace(/\.\w+$/, '')
    .replaceAll(/[-_]/g, ' ');
  return name.charAt(0).toUpperCase() + name.slice(1);
}

let changed = (): void => {};

/** Shows what belongs to the chosen kind of voice. */
function show(): void {
  for (const name of details) byId(`detail-${name}`, HTMLDivElement).hidden = chosen('voice') !== name;
  changed();
}

/** Fills the list of samples. @param listener called when another voice is chosen */
export function setUpVoices(listener: () => void): void {
  changed = listener;
  for (const [path, url] of samples) sample.append(new Option(title(path), url));
  byId('sample-field', HTMLLabelElement).hidden = samples.length < 2;
  onChoice('voice', show);
  sample.addEventListener('change', changed);
  file.addEventListener('change', () => file.files?.[0] && takeVoice(file.files[0]));
  show();
}

/** Chooses a sound of the user's. */
export function takeVoice(voice: File): void {
  ownVoice = voice;
  fileName.textContent = voice.name;
  document.querySelector<HTMLInputElement>('input[name="voice"][value="file"]')!.checked = true;
  show();
}

/** The chosen voice; null where a file is wanted and none is there. */
export function chosenVoice(): Voice {
  switch (chosen('voice')) {
    case 'microphone':
      return 'microphone';
    case 'file':
      return ownVoice ? { source: ownVoice } : null;
    default:
      return sample.value ? { source: sample.value } : null;
  }
}
