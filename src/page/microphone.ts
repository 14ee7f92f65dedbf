/**
 * @file Microphone, main thread: permission, AudioContext and capture worklet. The PCM itself never passes through here:
 * the worklet gets a MessagePort whose other end is in the animator worker.
 */

import { SAMPLE_RATE_HZ } from '../core/time';
import { TalkingPortraitError } from '../errors';

/** Name under which workers/capture.worklet.ts registers its processor. */
const PROCESSOR_NAME = 'talking-portrait-capture';

/** Options of {@link Microphone.open}. */
export type MicrophoneOptions = {
  /** A stream of the page's own; left out, the user is asked for the microphone. */
  stream?: MediaStream | undefined;
  /** Module of the capture worklet. */
  workletUrl: string | URL;
  /** PcmChunks leave over it, 50 a second, and their buffers come back. Transferred. */
  port: MessagePort;
  /** The source has ended by itself: the device was unplugged or the permission taken back. */
  onEnded?: (() => void) | undefined;
};

/** A running capture. */
export class Microphone {
  readonly #context: AudioContext;
  readonly #node: AudioWorkletNode;
  /** Tracks that were opened here, and are closed here. */
  readonly #ownTracks: MediaStreamTrack[];

  private constructor(context: AudioContext, node: AudioWorkletNode, ownTracks: MediaStreamTrack[]) {
    this.#context = context;
    this.#node = node;
    this.#ownTracks = ownTracks;
  }

  /**
   * Starts the capture. To be called from a user gesture, else the AudioContext does not run.
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
        'Give a MediaStream with audio.',
      );
    }
    const ownTracks = stream ? [] : source.getTracks();
    let context: AudioContext | undefined;
    try {
      let input: MediaStreamAudioSourceNode;
      [context, input] = connectSource(source);
      await context.audioWorklet.addModule(String(workletUrl));
      // An output that stays silent: a node that leads nowhere is not run by every browser.
      const node = new AudioWorkletNode(context, PROCESSOR_NAME, { numberOfInputs: 1, numberOfOutputs: 1 });
      input.connect(node).connect(context.destination);
      node.port.postMessage(port, [port]);
      await context.resume();
      if (onEnded) track.addEventListener('ended', onEnded, { once: true });
      return new Microphone(context, node, ownTracks);
    } catch (cause) {
      for (const own of ownTracks) own.stop();
      await context?.close();
      if (cause instanceof TalkingPortraitError) throw cause;
      throw new TalkingPortraitError(
        'unsupported',
        'The capture of sound could not be started.',
        'Check that capture.worklet.js is served and that the page allows AudioWorklet.',
        cause instanceof Error ? cause.message : undefined,
        { cause },
      );
    }
  }

  /** Rate of the PCM in Hz. */
  get sampleRate(): number {
    return this.#context.sampleRate;
  }

  /** Ends the capture and lets go of the microphone. May be called again. */
  async close(): Promise<void> {
    for (const track of this.#ownTracks) track.stop();
    this.#node.port.postMessage(null);
    this.#node.disconnect();
    if (this.#context.state !== 'closed') await this.#context.close();
  }
}

async function askForMicrophone(): Promise<MediaStream> {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new TalkingPortraitError(
      'unsupported',
      'This page cannot ask for the microphone.',
      'Serve it over https or from localhost.',
    );
  }
  try {
    // No sample rate here: Firefox would then refuse devices that run at another one.
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (cause) {
    throw microphoneError(cause);
  }
}

/** What getUserMedia's rejection means for people. */
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
    busy ? 'The microphone is in use or does not answer.' : 'No microphone was found.',
    busy ? 'Close other programs that use it, then try again.' : 'Connect one, then try again.',
    name || undefined,
    { cause },
  );
}

/**
 * A context that reads the stream: at 16 kHz, where the browser resamples, else at the device's own rate (Firefox
 * refuses to connect a stream to a context of another rate).
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
