/** @file The dialog that takes a portrait with the camera. */
import { byId } from './dom';

const dialog = byId('camera', HTMLDialogElement);
const video = byId('camera-video', HTMLVideoElement);
const shoot = byId('camera-shoot', HTMLButtonElement);

byId('camera-close', HTMLButtonElement).addEventListener('click', () => dialog.close());

/** Why no picture can be taken and what to do, like the library's errors. */
class CameraError extends Error {
  override readonly name = 'CameraError';
  readonly what: string;
  readonly remedy: string;

  constructor(what: string, remedy: string, options?: ErrorOptions) {
    super(`${what} ${remedy}`, options);
    this.what = what;
    this.remedy = remedy;
  }
}

/**
 * Opens the camera and waits for a picture.
 *
 * @returns null if the user closes the dialog
 * @throws CameraError if there is no camera or it was not allowed
 */
export async function takePortrait(): Promise<Blob | null> {
  const stream = await openCamera();
  video.srcObject = stream;
  shoot.disabled = true;
  dialog.showModal();
  try {
    void video.play().then(() => (shoot.disabled = false));
    return await new Promise<Blob | null>((resolve, reject) => {
      const closed = new AbortController();
      const { signal } = closed;
      dialog.addEventListener('close', () => (closed.abort(), resolve(null)), { signal });
      shoot.addEventListener('click', () => void snapshot().then(resolve, reject), { signal });
    });
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
    dialog.close();
  }
}

async function openCamera(): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'user', width: 1280, height: 960 } });
  } catch (cause) {
    const denied = cause instanceof DOMException && cause.name === 'NotAllowedError';
    throw denied
      ? new CameraError('The camera was not allowed.', "Allow it in the browser's address bar, or choose a photo.", {
          cause,
        })
      : new CameraError('No camera was found.', 'Connect one, or choose a photo.', { cause });
  }
}

/** The square in the middle of the camera's picture, not mirrored. */
async function snapshot(): Promise<Blob> {
  const size = Math.min(video.videoWidth, video.videoHeight);
  const canvas = new OffscreenCanvas(size, size);
  const context = canvas.getContext('2d');
  context?.drawImage(video, (size - video.videoWidth) / 2, (size - video.videoHeight) / 2);
  return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.95 });
}
