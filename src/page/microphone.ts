/**
 * @file Microphone: owns a capture on the main thread: permission, AudioContext and capture node. The PCM itself does not
 * pass through the main thread: the worklet gets a MessagePort whose other end is in the animator worker.
 */

import { SAMPLE_RATE_HZ } from '../core/time';
import { TalkingPortraitError } from '../errors';
import { loadWorklet } from './sound-output';

/** Name under which workers/audio.worklet.ts registers its processor. */
const PROCESSOR_NAME = 'talking-portrait-capture';

/** Options of {@link Microphone.open}. */
export type MicrophoneOptions = {
  /** A stream of the page. Without it the user is asked for the microphone. */
  stream?: MediaStream | undefined;
  /** Module of the audio worklet. */
  workletUrl: string | URL;
  /** Sends PcmChunks, 50 per second, and returns their buffers. Transferred. */
  port: MessagePort;
  /** The source has ended on its own: the device was unplugged, or the permission was revoked. */
  onEnded?: (() => void) | undefined;
};

/** A running capture. */
export class Microphone {
  readonly #context: AudioContext;
  readonly #node: AudioWorkletNode;
  /** Tracks that were opened here; those of the page's stream are left open. */
  readonly #ownTracks: MediaStreamTrack[];
  /** Aborted when the capture is closed. */
  readonly #closed: AbortController;

  private constructor(
    context: AudioContext,
    node: AudioWorkletNode,
    ownTracks: MediaStreamTrack[],
    closed: AbortController,
  ) {
    this.#context = context;
    this.#node = node;
    this.#ownTracks = ownTracks;
    this.#closed = closed;
  }

  /**
   * Starts the capture. To be called from a user gesture; otherwise the AudioContext does not run.
   *
   * @throws TalkingPortraitError `microphone-denied`, `microphone-missing`, `unsupported`
   */
  static async open({ stream, workletUrl, port, onEnded }: MicrophoneOptions): Promise<Microphone> {
    const source = stream ?? (await askForMicrophone());
    const [track] = source.getAudioTracks();
    if (!track || track.readyState === 'ended') {
      throw new TalkingPortraitError(
        'microphone-missing',
        'The stream has no live sound track.',
        'Use a MediaStream with audio.',
      );
    }
    const ownTracks = stream ? [] : source.getTracks();
    const sink = stream && keepFlowing(stream);
    let context: AudioContext | undefined;
    try {
      let input: MediaStreamAudioSourceNode;
      [context, input] = connectSource(source);
      await loadWorklet(context, workletUrl);
      // The output stays silent, but some browsers do not run a node that is connected to nothing.
      const node = new AudioWorkletNode(context, PROCESSOR_NAME, { numberOfInputs: 1, numberOfOutputs: 1 });
      input.connect(node).connect(context.destination);
      node.port.postMessage(port, [port]);
      await context.resume();
      const closed = new AbortController();
      if (onEnded) track.addEventListener('ended', onEnded, { once: true, signal: closed.signal });
      if (sink) closed.signal.addEventListener('abort', () => (sink.srcObject = null));
      return new Microphone(context, node, ownTracks, closed);
    } catch (cause) {
      if (sink) sink.srcObject = null;
      for (const own of ownTracks) own.stop();
      await context?.close();
      if (cause instanceof TalkingPortraitError) throw cause;
      throw new TalkingPortraitError(
        'unsupported',
        'The sound capture could not be started.',
        'Check that audio.worklet.js is served and that the page allows AudioWorklet.',
        cause instanceof Error ? cause.message : undefined,
        { cause },
      );
    }
  }

  /** Rate of the PCM in Hz. */
  get sampleRate(): number {
    return this.#context.sampleRate;
  }

  /** Ends the capture and releases the microphone. May be called again. */
  async close(): Promise<void> {
    this.#closed.abort();
    for (const track of this.#ownTracks) track.stop();
    this.#node.port.postMessage(null);
    this.#node.disconnect();
    if (this.#context.state !== 'closed') await this.#context.close();
  }
}

/** Chromium delivers the sound of a remote WebRTC track only while a media element plays it; this one is not heard. */
function keepFlowing(stream: MediaStream): HTMLAudioElement {
  const element = new Audio();
  element.muted = true;
  element.srcObject = stream;
  element.play().catch(() => {}); // Other browsers do not need it.
  return element;
}

async function askForMicrophone(): Promise<MediaStream> {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new TalkingPortraitError(
      'unsupported',
      'This page may not ask for the microphone.',
      'Serve it over https or from localhost.',
    );
  }
  try {
    // No sample rate: Firefox would refuse devices that run at another one.
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (cause) {
    throw microphoneError(cause);
  }
}

/** The error for a rejection of getUserMedia. */
export function microphoneError(cause: unknown): TalkingPortraitError {
  const name = cause instanceof Error ? cause.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') {
    return new TalkingPortraitError(
      'microphone-denied',
      'The microphone was not allowed.',
      "Allow it in the browser's address bar or in the system's settings, then try again.",
      undefined,
      { cause },
    );
  }
  const busy = name === 'NotReadableError' || name === 'AbortError';
  return new TalkingPortraitError(
    'microphone-missing',
    busy ? 'The microphone is in use or does not respond.' : 'No microphone was found.',
    busy ? 'Close other programs that use it, then try again.' : 'Connect one, then try again.',
    name || undefined,
    { cause },
  );
}

/**
 * A context that reads the stream: at 16 kHz if the browser resamples, otherwise at the device's own rate (Firefox refuses to
 * connect a stream to a context of another rate).
 */
function connectSource(stream: MediaStream): [AudioContext, MediaStreamAudioSourceNode] {
  let context: AudioContext | undefined;
  try {
    context = new AudioContext({ sampleRate: SAMPLE_RATE_HZ, latencyHint: 'interactive' });
    return [context, context.createMediaStreamSource(stream)];
  } catch {
    void context?.close();
    const native = new AudioContext({ latencyHint: 'interactive' });
    return [native, native.createMediaStreamSource(stream)];
  }
}
