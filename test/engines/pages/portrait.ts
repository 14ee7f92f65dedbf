/** @file The page of engines.test.ts: a portrait that speaks and listens, with what a test wants to know about it. */
import { getSupport, type Stats, TalkingPortrait, type Voice, type VoiceEnd } from '../../../src/index';

const VOICE = '/demo/voices/sample-woman.mp3';
const SIZE = 256;

const canvas = document.querySelector<HTMLCanvasElement>('#canvas')!;
let portrait: TalkingPortrait;
let voice: Voice | undefined;

/** Standard deviation of the grey levels of the mouth's place over `pictures` different pictures, 0 ... 255. */
async function mouthMovement(pictures: number): Promise<number> {
  const copy = Object.assign(document.createElement('canvas'), { width: 32, height: 24 });
  const context = copy.getContext('2d', { willReadFrequently: true })!;
  const seen: number[][] = [];
  let before = '';
  while (seen.length < pictures) {
    await new Promise((resolve) => setTimeout(resolve, 60));
    context.drawImage(canvas, SIZE * 0.37, SIZE * 0.5, SIZE * 0.2, SIZE * 0.14, 0, 0, 32, 24);
    const { data } = context.getImageData(0, 0, 32, 24);
    // Sorted: a moving head only moves grey levels around, an opening mouth adds dark ones and teeth.
    const grey = Array.from({ length: 32 * 24 }, (_, i) => data[4 * i + 1]!).sort((a, b) => a - b);
    const picture = grey.join();
    if (picture !== before) seen.push(grey);
    before = picture;
  }
  let total = 0;
  for (let i = 0; i < 32 * 24; i++) {
    const mean = seen.reduce((sum, grey) => sum + grey[i]!, 0) / seen.length;
    total += Math.sqrt(seen.reduce((sum, grey) => sum + (grey[i]! - mean) ** 2, 0) / seen.length);
  }
  return total / (32 * 24);
}

const enginePage = {
  errors: [] as string[],
  stats: undefined as Stats | undefined,
  /** Median of the skew while speaking, ms. */
  skews: [] as number[],
  speechStarts: 0,
  end: undefined as VoiceEnd | undefined,
  support: getSupport,
  mouthMovement,
  async create(file = '/demo/portraits/eileen-collins.jpg'): Promise<void> {
    portrait = await TalkingPortrait.create({
      canvas,
      portrait: file,
      size: SIZE,
      modelBaseUrl: '/models/',
      events: {
        error: ({ message }) => enginePage.errors.push(message),
        speechstart: () => enginePage.speechStarts++,
        stats: (stats) => {
          enginePage.stats = stats;
          if (stats.state === 'speaking' && stats.skewMs !== 0) enginePage.skews.push(stats.skewMs);
        },
      },
    });
  },
  async stop(): Promise<void> {
    await portrait.stop();
  },
  close: () => portrait.close(),
};

/** A stream with the recording on it, as a call or a capture would bring it. */
async function recordedStream(): Promise<MediaStream> {
  const context = new AudioContext();
  const destination = context.createMediaStreamDestination();
  const buffer = await context.decodeAudioData(await (await fetch(VOICE)).arrayBuffer());
  const source = new AudioBufferSourceNode(context, { buffer, loop: true });
  source.connect(destination);
  source.start();
  return destination.stream;
}

const note = (error: unknown): void => void enginePage.errors.push(String(error));
const onClick = (id: string, work: () => Promise<void>): void =>
  document.getElementById(id)!.addEventListener('click', () => void work().catch(note));

onClick('speak', async () => {
  voice = portrait.speak(VOICE);
  enginePage.end = await voice.ended;
});
onClick('listen', async () => void (await portrait.listen(await recordedStream())));
onClick('microphone', async () => void (await portrait.listen('microphone')));

export type EnginesPage = typeof enginePage;
Object.assign(globalThis, { enginePage });
