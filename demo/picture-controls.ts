/**
 * @file The "Picture" panel: background, crop, mirroring and size of the picture, adjustable while the portrait runs.
 * The panel keeps the choices, so they survive a new set-up of the portrait.
 */
import type { Background, OutputOptions, TalkingPortrait } from '../src/index';
import { byId } from './dom';

const background = byId('picture-background', HTMLSelectElement);
const colour = byId('picture-colour', HTMLInputElement);
const colourField = byId('picture-colour-field', HTMLLabelElement);
const file = byId('picture-file', HTMLInputElement);
const fileField = byId('picture-file-field', HTMLLabelElement);
const part = byId('picture-part', HTMLSelectElement);
const zoom = byId('picture-zoom', HTMLInputElement);
const zoomValue = byId('picture-zoom-value', HTMLOutputElement);
const zoomField = byId('picture-zoom-field', HTMLDivElement);
const mirror = byId('picture-mirror', HTMLInputElement);
const size = byId('picture-size', HTMLSelectElement);
const stage = byId('stage', HTMLElement);

/** Standard deviation of the blur as a fraction of the picture's height. */
const BLUR_OF_HEIGHT = 0.025;
/** Vertical centre of the zoom: the eyes are a little above the middle of a portrait. */
const ZOOM_HEIGHT = 0.45;

/** The user's background image. */
let image: Blob | undefined;

/** The chosen output. */
export function pictureOutput(): OutputOptions {
  const height = Number(size.value);
  const width = size.selectedOptions[0]?.dataset['width'];
  return {
    width: width ? Number(width) : height,
    height,
    background: chosenBackground(height),
    crop: part.value === 'zoom' ? { zoom: zoom.valueAsNumber, x: 0.5, y: ZOOM_HEIGHT } : (part.value as 'photo'),
    mirror: mirror.checked,
  };
}

function chosenBackground(height: number): Background {
  switch (background.value) {
    case 'blur':
      return { blur: BLUR_OF_HEIGHT * height };
    case 'colour':
      return colour.value;
    case 'image':
      return image ? { image } : 'photo';
    default:
      return background.value;
  }
}

/** Shows the fields that belong to the choices, and hides the others. */
function showFields(): void {
  colourField.hidden = background.value !== 'colour';
  fileField.hidden = background.value !== 'image';
  zoomField.hidden = part.value !== 'zoom';
  zoomValue.value = `${zoom.valueAsNumber.toFixed(1)} ×`;
  stage.dataset['background'] = background.value;
  const { width, height } = pictureOutput();
  stage.style.setProperty('--proportions', `${width} / ${height}`);
}

/**
 * Sets the panel up.
 *
 * @param portrait the portrait on the stage
 * @param failed called with the error when a change is refused
 */
export function setUpPictureControls(
  portrait: () => TalkingPortrait | undefined,
  failed: (error: unknown) => void,
): void {
  let isPending = false;
  const apply = (): void => {
    showFields();
    if (isPending) return;
    isPending = true;
    // A slider reports many values between two pictures.
    requestAnimationFrame(() => {
      isPending = false;
      void portrait()?.setOutput(pictureOutput()).catch(failed);
    });
  };
  for (const control of [background, colour, part, zoom, mirror, size]) control.addEventListener('input', apply);
  file.addEventListener('change', () => {
    image = file.files?.[0] ?? image;
    apply();
  });
  showFields();
}
