/**
 * @file The "Picture" panel: background, part, side and size of the picture, changed while the portrait lives. Kept over a set-up
 * anew, because the panel, not the portrait, remembers what is chosen.
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

/** Standard deviation of the blur, of the picture's height. */
const BLUR_OF_HEIGHT = 0.025;
/** Height of the point that is enlarged: the eyes are a little above the middle of a portrait. */
const ZOOM_HEIGHT = 0.45;

/** The user's picture behind the person. */
let image: Blob | undefined;

/** What is chosen. */
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

/** Fields that belong to a choice are there only with it. */
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
 * Listens to the panel.
 *
 * @param portrait the one on the stage now
 * @param failed gets what the portrait refuses
 */
export function setUpPictureControls(
  portrait: () => TalkingPortrait | undefined,
  failed: (error: unknown) => void,
): void {
  let isDue = false;
  const apply = (): void => {
    showFields();
    if (isDue) return;
    isDue = true;
    // A slider tells of many values between two pictures.
    requestAnimationFrame(() => {
      isDue = false;
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
