/** @file The demo page: connects stage, faces, voices and statistics. It uses only the library's public API. */
import { type CreateOptions, getSupport, type Source, type TalkingPortrait, TalkingPortraitError } from '../src/index';
import { takePortrait } from './camera-dialog';
import { byId, chosen, onChoice } from './dom';
import { hideError, showError } from './error-panel';
import { addOwnFace, chosenFace, setUpFaces } from './faces';
import { motionControls, silentState, setUpMotionControls } from './motion-controls';
import { pictureOutput, setUpPictureControls } from './picture-controls';
import { showLevel, showStats } from './readout';
import { changeFace, onStage, openStage, setPhase, showPoster, snapshot, type StageOptions } from './stage';
import { chosenVoice, setUpVoices, takeVoice } from './voices';

const start = byId('start', HTMLButtonElement);
const startLabel = byId('start-label', HTMLSpanElement);
const status = byId('status', HTMLParagraphElement);
const save = byId('portrait-save', HTMLButtonElement);
const portraitFile = byId('portrait-file', HTMLInputElement);
const renderer = byId('option-renderer', HTMLSelectElement);
const backend = byId('option-backend', HTMLSelectElement);
const seed = byId('option-seed', HTMLInputElement);

const SILENT_DBFS = -100;
const START_NAMES: Record<string, string> = {
  sample: 'Let it speak',
  microphone: 'Follow my voice',
  file: 'Speak this sound',
};

/** Whether a voice is running or being started. */
let running = false;

function say(text: string): void {
  status.textContent = text;
}

/** Updates the buttons to what is possible now. */
function refresh(): void {
  start.disabled = !running && (!onStage() || chosenVoice() === null);
  start.dataset['running'] = String(running);
  save.disabled = !onStage();
  startLabel.textContent = running ? 'Stop' : (START_NAMES[chosen('voice')] ?? 'Start');
}

function options(): StageOptions {
  return {
    renderer: renderer.value as NonNullable<CreateOptions['renderer']>,
    backend: backend.value as NonNullable<CreateOptions['backend']>,
    output: pictureOutput(),
    seed: Math.trunc(seed.valueAsNumber) || 0,
    controls: motionControls(),
    lookaheadMs: Number(chosen('lookahead')) as NonNullable<CreateOptions['lookaheadMs']>,
  };
}

function isAbort(error: unknown): boolean {
  return error instanceof TalkingPortraitError && error.code === 'aborted';
}

/**
 * Sets the portrait up: at the start, after an error, after a change of options.
 *
 * @returns whether `source` is on the stage now
 */
async function open(source: Source = chosenFace()): Promise<boolean> {
  hideError();
  running = false;
  say('Getting ready.');
  try {
    const setup = openStage(source, options(), listen);
    refresh();
    const portrait = await setup;
    if (portrait) {
      await portrait.setState(silentState());
      say('Ready.');
    }
    return portrait !== undefined;
  } catch (error) {
    if (isAbort(error)) return false;
    say('The portrait could not be set up.');
    showError(error, () => void open());
    return false;
  } finally {
    refresh();
  }
}

function listen(portrait: TalkingPortrait): void {
  portrait.on('stats', showStats);
  portrait.on('state', (state) => {
    setPhase(state);
    if (state === 'idle') showLevel(SILENT_DBFS);
  });
  portrait.on('warning', say);
  portrait.on('error', (error) => showError(error, () => void open()));
  portrait.on('devicelost', () => say('The GPU device was lost. Restoring it.'));
  portrait.on('devicerestored', () => say('The GPU device is restored.'));
}

/** The face that was requested last, and the newest change of the face. */
let wantedFace: Source | undefined;
let faceChange: Promise<unknown> = Promise.resolve();

/** Changes the face. Of several requests in quick succession, only the first and the last are carried out. */
function setFace(source: Source): Promise<boolean> {
  wantedFace = source;
  const change = faceChange.then(async () => {
    if (wantedFace !== source) return false;
    const portrait = onStage();
    if (!portrait) return open(source);
    hideError();
    say('Studying the face.');
    try {
      await changeFace(portrait, source);
      say('The new portrait is ready.');
      return true;
    } catch (error) {
      say('This picture could not be used.');
      showError(error);
      return false;
    }
  });
  faceChange = change;
  return change;
}

async function setOwnFace(file: Blob): Promise<void> {
  if (await setFace(file)) addOwnFace(file, isPortrait(file) ? await snapshot() : file);
}

/** Whether a file is a saved portrait. Browsers do not recognise its type, so the name decides. */
function isPortrait(file: Blob): boolean {
  return file instanceof File && file.name.endsWith('.portrait');
}

async function savePortrait(portrait: TalkingPortrait): Promise<void> {
  try {
    const file = await portrait.savePortrait();
    const link = document.createElement('a');
    link.href = URL.createObjectURL(file);
    link.download = 'face.portrait';
    link.click();
    URL.revokeObjectURL(link.href);
    say(`Saved, ${(file.size / 1e6).toFixed(1)} MB. Drop it here to have the portrait back at once.`);
  } catch (error) {
    showError(error);
  }
}

async function speak(portrait: TalkingPortrait): Promise<void> {
  const voice = chosenVoice();
  if (!voice) return;
  running = true;
  refresh();
  hideError();
  try {
    if (voice === 'microphone') {
      await portrait.listen('microphone').started;
      say('Listening. Say something.');
      return; // Goes on until it is stopped.
    }
    say('Speaking.');
    await portrait.speak(voice.source);
    if (running) say('Done.');
  } catch (error) {
    say('The voice could not be started.');
    showError(error);
  }
  if (onStage() === portrait) {
    running = false;
    refresh();
  }
}

async function stop(portrait: TalkingPortrait): Promise<void> {
  running = false;
  refresh();
  say('Stopped.');
  await portrait.stop();
}

start.addEventListener('click', () => {
  const portrait = onStage();
  if (portrait) void (running ? stop(portrait) : speak(portrait));
});

setUpFaces((source) => void setFace(source));
setUpMotionControls(onStage, (error) => showError(error));
setUpPictureControls(onStage, (error) => showError(error));
setUpVoices(() => {
  const portrait = onStage();
  if (running && portrait) void stop(portrait);
  refresh();
});

portraitFile.addEventListener('change', () => {
  const picture = portraitFile.files?.[0];
  if (picture) void setOwnFace(picture);
  portraitFile.value = ''; // So that the same file can be chosen again.
});

save.addEventListener('click', () => {
  const portrait = onStage();
  if (portrait) void savePortrait(portrait);
});

byId('camera-open', HTMLButtonElement).addEventListener('click', () => {
  takePortrait().then(
    (picture) => picture && void setOwnFace(picture),
    (error: unknown) => showError(error),
  );
});

for (const option of [renderer, backend, seed]) option.addEventListener('change', () => void open());
onChoice('lookahead', () => void open());

document.addEventListener('paste', ({ clipboardData }) => {
  const picture = [...(clipboardData?.files ?? [])].find(({ type }) => type.startsWith('image/'));
  if (picture) void setOwnFace(picture);
});

document.addEventListener('dragover', (event) => {
  if (!event.dataTransfer?.types.includes('Files')) return;
  event.preventDefault();
  document.body.classList.add('dragging');
});
document.addEventListener('dragleave', ({ relatedTarget }) => {
  if (!relatedTarget) document.body.classList.remove('dragging');
});
document.addEventListener('drop', (event) => {
  document.body.classList.remove('dragging');
  const [dropped] = event.dataTransfer?.files ?? [];
  if (!dropped) return;
  event.preventDefault();
  // Systems give no type to files that they do not know, though the decoders may.
  const { name, type } = dropped;
  if (type.startsWith('image/') || /\.(avif|heic|heif)$/i.test(name) || isPortrait(dropped)) void setOwnFace(dropped);
  else if (type === '' || /^(audio|video)\//.test(type)) takeVoice(dropped);
  else say('Only pictures, saved portraits and sounds can be dropped here.');
});

showPoster(chosenFace());
const support = await getSupport();
if (support.supported) {
  await open();
} else {
  setPhase('failed');
  say('This browser cannot animate the portrait.');
  showError(
    new TalkingPortraitError(
      'unsupported',
      support.reason,
      'Open this page in a current Chrome, Edge, Safari or Firefox.',
    ),
  );
}
