/** @file Page of device-loss.test.ts: one portrait, and what it reports. */
import { type LogEntry, type Stats, TalkingPortrait } from '../../../src/index';

const SAMPLE_RATE_HZ = 16_000;

const canvas = document.querySelector('canvas')!;
let portrait: TalkingPortrait;

/** The pixels of the canvas as a number. */
function picture(): number {
  const context = new OffscreenCanvas(64, 64).getContext('2d', { willReadFrequently: true })!;
  context.drawImage(canvas, 0, 0, 64, 64);
  return context.getImageData(0, 0, 64, 64).data.reduce((sum, value, i) => (sum * 31 + value * (i + 1)) % 1e9, 0);
}

const deviceLossPage = {
  /** Events of the device and of errors, and states, in order. */
  events: [] as string[],
  log: [] as LogEntry[],
  /** The newest. */
  stats: undefined as Stats | undefined,
  async create(): Promise<void> {
    portrait = await TalkingPortrait.create({
      canvas,
      renderer: 'webgpu', // the CPU would take over
      portrait: '/demo/portraits/eileen-collins.jpg',
      size: 128,
      modelBaseUrl: '/models/',
      logger: (entry) => deviceLossPage.log.push(entry),
    });
    portrait.on('devicelost', () => {
      deviceLossPage.events.push('lost');
      deviceLossPage.stats = undefined;
    });
    portrait.on('devicerestored', () => deviceLossPage.events.push('restored'));
    portrait.on('error', ({ message }) => deviceLossPage.events.push(`error: ${message}`));
    portrait.on('state', (state) => deviceLossPage.events.push(state));
    portrait.on('stats', (stats) => (deviceLossPage.stats = stats));
  },
  /** Speaks a tone. @returns when it has ended */
  async speak(seconds: number): Promise<void> {
    const context = new OfflineAudioContext(1, seconds * SAMPLE_RATE_HZ, SAMPLE_RATE_HZ);
    const tone = new OscillatorNode(context, { frequency: 220 });
    tone.connect(context.destination);
    tone.start();
    await portrait.speak(await context.startRendering());
  },
  /** Resolves when the page shows other pictures than now. */
  async untilPictureChanges(): Promise<void> {
    const before = picture();
    while (picture() === before) await new Promise((resolve) => setTimeout(resolve, 50));
  },
  setWidth: (width: number) => portrait.setOutput({ width }),
  close: () => portrait.close(),
};

export type DeviceLossPage = typeof deviceLossPage;
Object.assign(globalThis, { deviceLossPage });
