/**
 * @file HeadAudio (npm @met4citizen/headaudio, MIT) without an audio context: its processor and easing are called
 * directly.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { mouthOfVisemes } from './visemes';
import type { MouthSeries } from './series-file';

/** Sample rate of the input, Hz. */
export const HEAD_AUDIO_RATE_HZ = 48_000;
/** Samples in a render quantum of an audio worklet. */
const QUANTUM = 128;
const DISPLAY_RATE_HZ = 60;

type Message = { data: unknown };
/** Stands in for the worklet node on HeadAudio's main thread side. */
class PortOnly {
  readonly port: { onmessage: ((message: Message) => void) | null; postMessage: (data: unknown) => void } = {
    onmessage: null,
    postMessage: () => {},
  };
}

/** Its weights as JavaScript objects, read as `loadModel` would. */
async function createHeadAudio() {
  Object.assign(globalThis, { AudioWorkletNode: PortOnly });
  const { HeadAudio } = await import('@met4citizen/headaudio/modules/headaudio.mjs');
  const { Processor } = await import('@met4citizen/headaudio/modules/processor.mjs');
  const port: PortOnly['port'] = { onmessage: null, postMessage: () => {} };
  const processor = new Processor({ sampleRate: HEAD_AUDIO_RATE_HZ }, { port });
  const head = new HeadAudio(null);
  head.port.postMessage = (data) => processor._onmessage({ data });
  port.postMessage = (data) => head.port.onmessage?.({ data });
  const weights = readFileSync(
    createRequire(import.meta.url).resolve('@met4citizen/headaudio/dist/model-en-mixed.bin'),
  );
  await head.loadModel(`data:application/octet-stream;base64,${weights.toString('base64')}`);
  return { head, processor };
}

/**
 * Visemes, updated at 60 pictures per second and sampled in the middle of each video frame. @param pcm at
 * HEAD_AUDIO_RATE_HZ
 */
export async function headAudioMouth(pcm: Float32Array): Promise<MouthSeries> {
  const { head, processor } = await createHeadAudio();
  const weights: Record<string, number> = {};
  head.onvalue = (viseme, value) => (weights[viseme] = value);
  const frames: Record<string, number>[] = [];
  let pictures = 0;
  for (let start = 0; start + QUANTUM <= pcm.length; start += QUANTUM) {
    processor.process(pcm.subarray(start, start + QUANTUM));
    const time = (start + QUANTUM) / HEAD_AUDIO_RATE_HZ;
    while ((pictures + 1) / DISPLAY_RATE_HZ <= time) {
      head.update(1000 / DISPLAY_RATE_HZ);
      pictures++;
      while ((frames.length + 0.5) / 25 <= pictures / DISPLAY_RATE_HZ) frames.push({ ...weights });
    }
  }
  return mouthOfVisemes(frames);
}
