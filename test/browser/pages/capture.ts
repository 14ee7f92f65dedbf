/** @file Captures sound in a page as the library does, and returns the chunks to the test. */
import { Microphone } from '../../../src/page/microphone';
import { TalkingPortraitError } from '../../../src/errors';
import { workletUrl } from '../../../src/page/worker-urls';

export type CapturedChunk = { samples: number[]; sampleRate: number; startSample: number };

/** Captures `count` chunks. `refuse16k`: 16 kHz contexts accept no stream, as in Firefox. */
async function capture(count: number, refuse16k: boolean, stream?: MediaStream): Promise<CapturedChunk[]> {
  const native = AudioContext.prototype.createMediaStreamSource;
  if (refuse16k) {
    AudioContext.prototype.createMediaStreamSource = function (source) {
      if (this.sampleRate === 16_000) throw new DOMException('rates differ', 'NotSupportedError');
      return native.call(this, source);
    };
  }
  const channel = new MessageChannel();
  const chunks: CapturedChunk[] = [];
  const enough = new Promise<void>((resolve) => {
    channel.port2.onmessage = ({ data }) => {
      chunks.push({ ...data, samples: [...data.samples] });
      channel.port2.postMessage(data.samples.buffer, [data.samples.buffer]);
      if (chunks.length === count) resolve();
    };
  });
  try {
    const microphone = await Microphone.open({ stream, workletUrl: workletUrl(), port: channel.port1 });
    await enough;
    await microphone.close();
    await microphone.close(); // closing twice is allowed
    return chunks;
  } finally {
    AudioContext.prototype.createMediaStreamSource = native;
  }
}

/** Captures a constant of 0.25 from a stream of the page. @returns the value, and the state of the stream afterwards */
async function captureOwnStream(): Promise<{ value: number; state: string }> {
  const context = new AudioContext();
  const destination = context.createMediaStreamDestination();
  const source = new ConstantSourceNode(context, { offset: 0.25 });
  source.connect(destination);
  source.start();
  const chunks = await capture(20, false, destination.stream);
  return { value: chunks.at(-1)!.samples[100]!, state: destination.stream.getAudioTracks()[0]!.readyState };
}

/** Code and remedy of the error when something is wrong. */
async function failure(wrong: 'no track' | 'no worklet' | 'refused'): Promise<{ code: string; remedy: string }> {
  if (wrong === 'refused') {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
  }
  try {
    await Microphone.open({
      ...(wrong === 'no track' && { stream: new MediaStream() }),
      workletUrl: wrong === 'no worklet' ? new URL('nowhere.js', location.href) : workletUrl(),
      port: new MessageChannel().port1,
    });
  } catch (error) {
    if (error instanceof TalkingPortraitError) return { code: error.code, remedy: error.remedy };
    throw error;
  }
  return { code: 'none', remedy: '' };
}

export type CapturePage = {
  capture: typeof capture;
  captureOwnStream: typeof captureOwnStream;
  failure: typeof failure;
};

Object.assign(globalThis, { capturePage: { capture, captureOwnStream, failure } satisfies CapturePage });
