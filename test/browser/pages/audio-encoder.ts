/** @file The page of audio-encoder.test.ts: the public API with a user's own audio encoder. */
import { type AudioEncoderOptions, TalkingPortrait, TalkingPortraitError } from '../../../src/index';
import { renderVideo } from '../../../src/recorder';

const PHOTO = '/demo/portraits/eileen-collins.jpg';
const GRAPH = '/test/fixtures/window-encoder.onnx';
const SIDE = 128;
const RATE_HZ = 16_000;
const canvas = document.querySelector('canvas')!;

/** A second of silence, then a tone. */
function voice(toneSeconds: number): AudioBuffer {
  const buffer = new AudioBuffer({ length: RATE_HZ * (1 + toneSeconds), sampleRate: RATE_HZ });
  const samples = buffer.getChannelData(0);
  for (let n = RATE_HZ; n < samples.length; n++) samples[n] = 0.4 * Math.sin(n * 0.1);
  return buffer;
}

const modelBaseUrl = '/models/';
const output = { width: SIDE, height: SIDE };
/** The head stays still, so that only the mouth moves. */
const controls = { stillness: 1, secondaryMotion: 0, expressiveness: 0 };

/** Mean brightness of the region of the mouth, which darkens when the mouth opens. */
function mouth(): number {
  const context = new OffscreenCanvas(SIDE, SIDE).getContext('2d', { willReadFrequently: true })!;
  context.drawImage(canvas, 0, 0);
  const { data } = context.getImageData(57, 66, 14, 10);
  return data.reduce((sum, value, i) => sum + (i % 4 === 3 ? 0 : value), 0) / (3 * 140);
}

/** Runs `drive`. @returns events, and the brightness of the mouth before and at its darkest */
async function watch(
  portrait: TalkingPortrait,
  drive: () => PromiseLike<unknown>,
): Promise<{ events: string[]; before: number; darkest: number }> {
  const events: string[] = [];
  portrait.on('speechstart', () => events.push('speechstart'));
  portrait.on('error', ({ message }) => events.push(message));
  await new Promise((resolve) => setTimeout(resolve, 1000)); // until the mouth has closed after an earlier voice
  const before = mouth();
  let darkest = before;
  const timer = setInterval(() => (darkest = Math.min(darkest, mouth())), 40);
  await drive();
  clearInterval(timer);
  return { events, before, darkest };
}

let portrait: TalkingPortrait;

const audioEncoderPage = {
  async create(): Promise<void> {
    const audioEncoder = { graph: GRAPH };
    portrait = await TalkingPortrait.create({ canvas, portrait: PHOTO, output, controls, modelBaseUrl, audioEncoder });
  },
  speak: () => watch(portrait, () => portrait.speak(voice(2))),
  listen: () =>
    watch(portrait, async () => {
      const context = new AudioContext();
      const destination = new MediaStreamAudioDestinationNode(context);
      const source = new AudioBufferSourceNode(context, { buffer: voice(2) });
      source.connect(destination);
      await portrait.listen(destination.stream).started;
      const ended = new Promise((resolve) => (source.onended = resolve));
      source.start();
      await ended;
      await portrait.stop();
      await context.close();
    }),
  /** Aperture of the mouth in every motion frame of a rendered file, IOD. */
  async render(): Promise<number[]> {
    const audioEncoder = { graph: new Blob([await (await fetch(GRAPH)).arrayBuffer()]), windowSeconds: 4 };
    const request = { portrait: await (await fetch(PHOTO)).blob(), audio: voice(1), container: 'webm' } as const;
    const { motion } = await renderVideo({ ...request, output, controls, modelBaseUrl, audioEncoder });
    return motion.frames.map(({ aperture_iod }) => aperture_iod);
  },
  /** Code and message of the error of `create` with an invalid encoder. */
  async failure(audioEncoder: AudioEncoderOptions): Promise<string> {
    try {
      const other = document.createElement('canvas');
      await TalkingPortrait.create({ canvas: other, modelBaseUrl, audioEncoder });
      return 'none';
    } catch (error) {
      return error instanceof TalkingPortraitError ? `${error.code}: ${error.message}` : String(error);
    }
  },
};

export type AudioEncoderPage = typeof audioEncoderPage;
Object.assign(globalThis, { audioEncoderPage });
