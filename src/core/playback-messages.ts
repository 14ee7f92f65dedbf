/** @file Messages between the page and the playback processor of the audio worklet. */

/** From the page: voices are played in the order in which they were added. */
export type PlaybackMessage =
  /** A voice joins the queue. */
  | { kind: 'add'; voice: number }
  /** Its next PCM, one array per channel, at the rate of the AudioContext; transferred. */
  | { kind: 'pcm'; voice: number; channels: Float32Array[] }
  /** No more PCM of it comes. */
  | { kind: 'end'; voice: number }
  /** It leaves the queue; what sounds of it fades out within 5 ms. */
  | { kind: 'drop'; voice: number }
  /** Whether all sound is held, after a fade of 5 ms. */
  | { kind: 'hold'; isHeld: boolean }
  /** Ends the processor. */
  | { kind: 'close' };

/** To the page: from a frame of the AudioContext on, a voice sounds or stands still. */
export type PlaybackMark = {
  /** The voice. */
  voice: number;
  /** Index of the sample of the voice that is next at that time. */
  sample: number;
  /** Index of the sample of the AudioContext. */
  contextFrame: number;
  /** Whether the voice sounds from here on. */
  isRunning: boolean;
  /** Whether the voice has left the queue. */
  isOver: boolean;
};
