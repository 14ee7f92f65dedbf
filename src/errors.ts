/** @file The one error class. Every message says what went wrong, with which value, and what to do. */

export type ErrorCode =
  | 'unsupported' // no WebGPU, no worker, no OffscreenCanvas
  | 'device-lost'
  | 'worker-failed'
  | 'weights-missing' // a model file could not be fetched
  | 'weights-corrupt' // wrong hash, broken header, wrong shape
  | 'image-corrupt'
  | 'image-too-small'
  | 'no-face'
  | 'portrait-corrupt' // a portrait file is broken, or of another version
  | 'no-portrait' // there is none yet
  | 'audio-corrupt'
  | 'sample-rate'
  | 'audio-not-finite' // NaN or infinity in the PCM
  | 'microphone-denied'
  | 'microphone-missing'
  | 'invalid-option'
  | 'encoder-missing' // no video codec to record with
  | 'aborted'
  | 'closed';

/** Everything that the library throws or reports on its `error` event. */
export class TalkingPortraitError extends Error {
  override readonly name = 'TalkingPortraitError';

  /**
   * @param code stable, for programs
   * @param what what went wrong, a sentence for people
   * @param remedy what to do about it, a sentence for people
   * @param value the offending value, where there is one
   */
  constructor(
    readonly code: ErrorCode,
    readonly what: string,
    readonly remedy: string,
    readonly value?: string | number,
    options?: ErrorOptions,
  ) {
    super(`${what}${value === undefined ? '' : ` (${value})`} ${remedy}`, options);
  }
}
