/**
 * @file The page of lives.test.ts and of `npm run bench:lives`: portraits that are created and closed again and again, and random
 * calls of everything that is public, after which nothing may be pending, open or heard.
 */
import { TalkingPortrait, TalkingPortraitError } from '../../../src/index';
import type { SpeakSource } from '../../../src/index';
import { renderVideo } from '../../../src/recorder';
import { uniform } from '../../../src/core/rng';
import type { LivesPage } from '../../fixtures/lives-page';
import { wavBytes } from '../../fixtures/wav-bytes';
import { JunkCalls } from './junk-calls';
import { recordingPeer } from './recording-peer';
import { UnwatchedAudioContext, WatchedGlobals } from './watched-globals';

const PHOTO = '/demo/portraits/eileen-collins.jpg';
const SIDE_PX = 64;
const RATE_HZ = 24_000;
const TONE_HZ = 375;
/** Whatever is pending after this is pending for ever. */
const SETTLE_LIMIT_MS = 60_000;

const globals = new WatchedGlobals();
const canvas = document.querySelector('canvas')!;

/** The analysed portrait, so that later ones are there sooner. */
let saved: Promise<Blob> | undefined;

async function savePortrait(): Promise<Blob> {
  const portrait = await create(PHOTO);
  const file = await portrait.savePortrait();
  await portrait.close();
  return file;
}

function create(source: Blob | string): Promise<TalkingPortrait> {
  return TalkingPortrait.create({ canvas, portrait: source, size: SIDE_PX, modelBaseUrl: '/models/' });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function tone(seconds: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(
    { length: Math.round(seconds * RATE_HZ) },
    (_, n) => 0.2 * Math.sin((2 * Math.PI * TONE_HZ * n) / RATE_HZ),
  );
}

async function* chunks(count: number, ms: number): AsyncGenerator<Float32Array> {
  for (let n = 0; n < count; n++) {
    yield tone(0.1);
    await pause(ms);
  }
}

/** Live sound of the page, not of the library. */
let live: MediaStream | undefined;
function liveStream(): MediaStream {
  if (!live) {
    const context = new UnwatchedAudioContext();
    const destination = new MediaStreamAudioDestinationNode(context);
    const oscillator = new OscillatorNode(context);
    oscillator.connect(destination);
    oscillator.start();
    live = destination.stream;
  }
  return live;
}

/** Voices of all kinds, some of which cannot be spoken. */
const SOURCES: readonly (() => SpeakSource)[] = [
  () => new Blob([wavBytes(tone(0.3), RATE_HZ)], { type: 'audio/wav' }),
  () => chunks(3, 30),
  () => chunks(1000, 5),
  () => chunks(1000, 400),
  () => new Blob(['no sound']),
  () => '/no/such/voice.wav',
  liveStream,
];

/** Calls of one portrait in random order, and how each of their promises ended. */
class RandomCalls {
  readonly #portrait: TalkingPortrait;
  readonly #portraitFile: Blob;
  readonly #seed: number;
  #drawn = 0;
  /** What has been called, in order. */
  readonly calls: string[] = [];
  readonly #pending = new Map<string, Promise<void>>();
  /** What went wrong, in words. */
  readonly faults: string[] = [];

  constructor(portrait: TalkingPortrait, portraitFile: Blob, seed: number) {
    this.#portrait = portrait;
    this.#portraitFile = portraitFile;
    this.#seed = seed;
  }

  /** Makes `count` calls, then closes the portrait and waits until everything has settled. */
  async make(count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      this.#callOne();
      // Mostly in the same moment; otherwise while the one before is under way.
      if (this.#one(3) === 0) await pause(this.#one(120));
    }
    this.#note('close', this.#portrait.close());
    const left = this.#pending;
    const settled = Promise.all(left.values()).then(() => true);
    if (!(await Promise.race([settled, pause(SETTLE_LIMIT_MS)]))) {
      for (const name of left.keys()) this.faults.push(`pending for ever: ${name}`);
    }
  }

  /** 0 ... 1 */
  #share(): number {
    return uniform(this.#seed, 0, this.#drawn++);
  }

  /** 0 ... count - 1 */
  #one(count: number): number {
    return Math.floor(this.#share() * count);
  }

  #callOne(): void {
    const portrait = this.#portrait;
    const signal = this.#signal();
    const choose: readonly [string, () => void][] = [
      ['setPortrait', () => this.#note('setPortrait', portrait.setPortrait(this.#portraitFile, signal))],
      ['setPortrait of no picture', () => this.#note('setPortrait', portrait.setPortrait(new Blob(['?']), signal))],
      ['savePortrait', () => this.#note('savePortrait', portrait.savePortrait(signal))],
      ['snapshot', () => this.#note('snapshot', portrait.snapshot())],
      ['setOutput', () => this.#note('setOutput', portrait.setOutput({ width: 64 + this.#one(64) }, signal))],
      ['setOutput out of range', () => this.#note('setOutput', portrait.setOutput({ width: -1 }, signal))],
      ['setControls', () => this.#note('setControls', portrait.setControls({ mouthAmplitude: this.#share() * 2.2 }))],
      ['setState', () => this.#note('setState', portrait.setState(this.#one(2) ? 'idle' : 'attentive'))],
      ['volume', () => (portrait.volume = this.#share())],
      ['lookAt', () => portrait.lookAt([canvas, { x: 10, y: 10 }, null][this.#one(3)]!)],
      ['listen', () => this.#voice(portrait.listen(this.#one(2) ? 'microphone' : liveStream(), signal))],
      ['speak', () => this.#voice(portrait.speak(...this.#speech(), { ...signal, queue: this.#one(3) === 0 }))],
      ['speak', () => this.#voice(portrait.speak(...this.#speech(), { ...signal, queue: this.#one(3) === 0 }))],
      ['createVoice', () => this.#write()],
      ['stop', () => this.#note('stop', portrait.stop())],
      ['interrupt', () => this.#note('interrupt', portrait.interrupt())],
      ['captureStream', () => this.#note('captureStream', portrait.captureStream({ audio: this.#one(2) === 0 }))],
    ];
    const [name, call] = choose[this.#one(choose.length)]!;
    this.calls.push(name);
    call();
  }

  #speech(): [SpeakSource] {
    return [SOURCES[this.#one(SOURCES.length)]!()];
  }

  #write(): void {
    const voice = this.#portrait.createVoice({ sampleRate: RATE_HZ, ...this.#signal() });
    this.#voice(voice);
    for (let n = this.#one(4); n > 0; n--) this.#note('write', voice.write(tone(0.1), { text: 'word' }));
    const end = this.#one(3);
    if (end === 0) voice.end();
    if (end === 1) this.#note('interrupt of a voice', voice.interrupt());
  }

  #voice(voice: ReturnType<TalkingPortrait['speak']>): void {
    this.#note(`end of ${voice.id}`, voice.ended);
    this.#note(`start of ${voice.id}`, voice.started);
    const act = this.#one(6);
    if (act === 0) voice.pause();
    if (act <= 1) setTimeout(() => voice.resume(), this.#one(100));
    if (act === 2) setTimeout(() => this.#note(`stop of ${voice.id}`, voice.stop()), this.#one(300));
    if (act === 3) this.#note(`await of ${voice.id}`, voice);
  }

  /** Often none; otherwise one that aborts now or soon. */
  #signal(): { signal?: AbortSignal } {
    const kind = this.#one(6);
    if (kind === 0) return { signal: AbortSignal.abort() };
    if (kind === 1) return { signal: AbortSignal.timeout(this.#one(200)) };
    return {};
  }

  #note(name: string, promise: Promise<unknown>): void {
    const label = `${name} (call ${this.calls.length})`;
    const settled = promise.then(
      () => {},
      (error: unknown) => {
        if (!(error instanceof TalkingPortraitError)) this.faults.push(`${label}: ${String(error)}`);
        else if (error.remedy.startsWith('This is a fault of the library'))
          this.faults.push(`${label}: ${error.message}`);
      },
    );
    this.#pending.set(label, settled);
    void settled.then(() => this.#pending.delete(label));
  }
}

let followed: TalkingPortrait | undefined;
const readings: { fps: number; latencyMs: number }[] = [];

const livesPage: LivesPage = {
  async createAndClose() {
    saved ??= savePortrait();
    const portrait = await create(await saved);
    await portrait.close();
    return [...globals.open(), ...globals.unheard.splice(0)];
  },

  async followPeer() {
    saved ??= savePortrait();
    const portrait = await create(await saved);
    const heard: string[] = [];
    const spoken = new Promise<void>((resolve) => {
      portrait.on('state', (state) => heard.push(state));
      portrait.on('speechstart', () => heard.push('speechstart'));
      portrait.on('speechend', () => {
        if (heard.push('speechend') && heard.includes('speechstart')) resolve();
      });
    });
    const peer = await recordingPeer('/demo/voices/sample-man.mp3');
    const voice = portrait.listen(peer.stream);
    await voice.started;
    peer.play();
    await spoken;
    await voice.stop();
    await portrait.close();
    peer.close();
    return heard;
  },

  async follow() {
    saved ??= savePortrait();
    followed = await create(await saved);
    await followed.listen(liveStream()).started;
    followed.on('stats', ({ fps, latencyMs }) => readings.push({ fps, latencyMs }));
  },

  readings: () => readings.splice(0),

  async stopFollowing() {
    await followed?.close();
  },

  async render() {
    saved ??= savePortrait();
    const audio = new Blob([wavBytes(tone(0.2), RATE_HZ)], { type: 'audio/wav' });
    const { video } = await renderVideo({ portrait: await saved, audio, size: SIDE_PX, modelBaseUrl: '/models/' });
    return video.size;
  },

  async junk(seed, count) {
    saved ??= savePortrait();
    const portrait = await create(await saved);
    const junk = new JunkCalls(portrait, canvas, (index) => uniform(seed, 0, index));
    await junk.make(count);
    await pause(50); // Rejections that nobody hears are told a moment later.
    const unheard = globals.unheard.splice(0);
    return { calls: count, faults: [...junk.faults, ...globals.open(), ...unheard] };
  },

  async live(seed, count) {
    saved ??= savePortrait();
    const file = await saved;
    liveStream();
    const portrait = await create(file);
    const random = new RandomCalls(portrait, file, seed);
    await random.make(count);
    await pause(50); // Rejections that nobody hears are told a moment later.
    return { calls: random.calls, faults: [...random.faults, ...globals.open(), ...globals.unheard.splice(0)] };
  },
};

Object.assign(globalThis, { livesPage });
