/** @file The library's error class. Every message says what went wrong, with which value, and what to do. */

/** Error codes, for programs. They stay the same from version to version. */
export type ErrorCode =
  | 'unsupported' // no worker, no OffscreenCanvas; no WebGPU where it is asked for
  | 'device-lost'
  | 'worker-failed'
  | 'blocked' // by the content security policy of the page
  | 'runtime-missing' // onnxruntime's WASM could not be fetched
  | 'weights-missing' // a model file could not be fetched
  | 'weights-corrupt' // wrong hash, broken header, wrong shape
  | 'image-corrupt'
  | 'image-too-small'
  | 'no-face'
  | 'portrait-corrupt' // a saved portrait is damaged or of another version
  | 'no-portrait' // none has been set yet
  | 'audio-corrupt'
  | 'sample-rate'
  | 'audio-not-finite' // NaN or infinity in the PCM
  | 'gesture-needed' // the page may not play sound before a click or a key press
  | 'microphone-denied'
  | 'microphone-missing'
  | 'invalid-option'
  | 'encoder-missing' // the browser cannot encode the video or the sound
  | 'aborted'
  | 'closed';

/** Everything that the library throws or reports on its `error` event. */
export class TalkingPortraitError extends Error {
  /** Name of the class. */
  override readonly name = 'TalkingPortraitError';
  /** Stable, for programs. */
  readonly code: ErrorCode;
  /** What went wrong, a sentence for people. */
  readonly what: string;
  /** What to do about it, a sentence for people. */
  readonly remedy: string;
  /** The value that caused it, if there is one. */
  readonly value: string | number | undefined;

  /** See the fields. `options.cause` is the error that caused this one. */
  constructor(code: ErrorCode, what: string, remedy: string, value?: string | number, options?: ErrorOptions) {
    super(`${what}${value === undefined ? '' : ` (${value})`} ${remedy}`, options);
    this.code = code;
    this.what = what;
    this.remedy = remedy;
    this.value = value;
  }
}
