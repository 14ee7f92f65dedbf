/** @file The list of portraits: three bundled ones and the user's own. */
import type { Source } from '../src/index';
import { byId, onChoice } from './dom';

/** `x`, `y`: position of the face in the picture, 0 ... 1; `zoom`: magnification of the picture in its tile. */
type Face = { name: string; source: Source; x: number; y: number; zoom: number };

const OWN = 'own';

const faces = new Map<string, Face>([
  [
    'drawing',
    {
      name: 'A drawing',
      source: new URL('./portraits/illustration.jpg', import.meta.url).href,
      x: 0.5,
      y: 0.52,
      zoom: 1.6,
    },
  ],
  [
    'collins',
    {
      name: 'Eileen Collins',
      source: new URL('./portraits/eileen-collins.jpg', import.meta.url).href,
      x: 0.44,
      y: 0.24,
      zoom: 2.9,
    },
  ],
  [
    'hopper',
    {
      name: 'Grace Hopper',
      source: new URL('./portraits/grace-hopper.jpg', import.meta.url).href,
      x: 0.52,
      y: 0.33,
      zoom: 1.75,
    },
  ],
]);

const list = byId('faces', HTMLDivElement);

/** Fills the list. @param choose called when the user chooses a face */
export function setUpFaces(choose: (source: Source) => void): void {
  for (const [id, face] of faces) list.append(tile(id, face));
  list.append(emptyTile());
  list.querySelector('input')!.checked = true;
  onChoice('face', (id) => choose(faces.get(id)!.source));
}

/** The chosen face. */
export function chosenFace(): Source {
  const id = list.querySelector<HTMLInputElement>('input:checked')!.value;
  return faces.get(id)!.source;
}

/** Adds the user's face, or replaces the previous one, and chooses it. @param picture shown in its tile */
export function addOwnFace(source: Blob, picture: Blob): void {
  const before = list.querySelector(`[data-face="${OWN}"]`)!;
  const image = before.querySelector('img');
  if (image) URL.revokeObjectURL(image.src);
  const face: Face = { name: 'Yours', source, x: 0.5, y: 0.5, zoom: 1 };
  faces.set(OWN, face);
  const element = tile(OWN, face, picture);
  before.replaceWith(element);
  element.querySelector('input')!.checked = true;
}

/**
 * The tile for the user's own picture, shown until there is one. It opens the file field, which also has its own
 * button.
 */
function emptyTile(): HTMLLabelElement {
  const label = document.createElement('label');
  label.className = 'face';
  label.dataset['face'] = OWN;
  label.htmlFor = 'portrait-file';
  label.ariaHidden = 'true';
  const picture = Object.assign(document.createElement('span'), { className: 'face-picture empty', textContent: '+' });
  label.append(picture, 'Yours');
  return label;
}

function tile(id: string, { name, source, x, y, zoom }: Face, shown: Source = source): HTMLLabelElement {
  const label = document.createElement('label');
  label.className = 'face';
  label.dataset['face'] = id;
  const input = Object.assign(document.createElement('input'), { type: 'radio', name: 'face', value: id });
  const picture = Object.assign(document.createElement('span'), { className: 'face-picture' });
  const image = Object.assign(document.createElement('img'), { alt: '' });
  image.src = shown instanceof Blob ? URL.createObjectURL(shown) : String(shown);
  for (const [property, value] of Object.entries({ '--x': x, '--y': y, '--zoom': zoom }))
    image.style.setProperty(property, String(value));
  picture.append(image);
  label.append(input, picture, name);
  return label;
}
