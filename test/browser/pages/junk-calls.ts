/**
 * @file Calls of everything that is public with arguments that make no sense, as callers in JavaScript can pass them. Each has to
 * answer with a TalkingPortraitError or do something sensible, and to settle.
 */
import { TalkingPortrait, TalkingPortraitError } from '../../../src/index';

/** Whatever is pending after this is pending for ever. */
const SETTLE_LIMIT_MS = 30_000;

const cyclic: Record<string, unknown> = {};
cyclic['self'] = cyclic;

/** Values of all kinds. Things that would be valid for one call are junk for another. */
const JUNK: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => true,
  () => Number.NaN,
  () => -1,
  () => Infinity,
  () => 24_000,
  () => 10n,
  () => '',
  () => 'http://',
  () => 'idle',
  () => '\ud800',
  () => Symbol('junk'),
  () => [],
  () => [null, 5],
  () => ({}),
  () => cyclic,
  () => Object.create(null) as unknown,
  () => () => {
    throw new Error('a function that fails, on purpose');
  },
  () => new Date(Number.NaN),
  () => new Map([[1, 2]]),
  () => Promise.resolve(5),
  () => new Error('junk'),
  () => new Blob(['junk']),
  () => new ArrayBuffer(3),
  () => new Float32Array([Number.NaN, 1, 2]),
  () => new DataView(new ArrayBuffer(5)),
  () => new MediaStream(),
  () => new ReadableStream({ start: (controller) => controller.error(new Error('a stream that fails, on purpose')) }),
  () => ({ async *[Symbol.asyncIterator]() { yield { audio: 'junk', sampling_rate: -1 }; } }), // prettier-ignore
  () => ({ async *[Symbol.asyncIterator]() { yield* []; throw new Error('on purpose'); } }), // prettier-ignore
  () => document.createElement('div'),
  () => new AbortController(),
];

/** Names of options, so that junk gets as far as into them. */
const OPTION_NAMES = [
  'signal', 'id', 'queue', 'sampleRate', 'captions', 'audio', 'text', 'width', 'height', 'background', 'crop', 'mirror',
  'colorSpace', 'mouthAmplitude', 'gaze', 'topK', 'x', 'y', 'image', 'blur', 'portrait', 'modelBaseUrl', 'seed', 'controls',
  'output', 'size', 'events', 'logger', 'logLevel', 'workerUrl', 'audioEncoder', 'renderer', 'onProgress', 'workletUrl',
] as const; // prettier-ignore

export class JunkCalls {
  readonly #portrait: TalkingPortrait;
  readonly #canvas: HTMLCanvasElement;
  readonly #random: (index: number) => number;
  #drawn = 0;
  readonly #pending = new Map<string, Promise<unknown>>();
  /** What went wrong, in words. */
  readonly faults: string[] = [];

  /** @param random number n of a sequence, 0 ... 1 */
  constructor(portrait: TalkingPortrait, canvas: HTMLCanvasElement, random: (index: number) => number) {
    this.#portrait = portrait;
    this.#canvas = canvas;
    this.#random = random;
  }

  /** Makes `count` calls, then checks that the portrait still answers, and closes it. */
  async make(count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      this.#callOne(n);
      // Some calls answer one after another, and sound begins late.
      if (n % 20 === 19) await this.#settle(false);
    }
    await this.#settle(true);
    await this.#portrait.setControls({ mouthAmplitude: 1 });
    await this.#portrait.savePortrait();
    await this.#portrait.close();
    await this.#settle(true);
  }

  #one(count: number): number {
    return Math.floor(this.#random(this.#drawn++) * count);
  }

  #value(depth = 0): never {
    if (depth > 2 || this.#one(3)) return JUNK[this.#one(JUNK.length)]!() as never;
    const names = Array.from({ length: 1 + this.#one(2) }, () => OPTION_NAMES[this.#one(OPTION_NAMES.length)]!);
    return Object.fromEntries(names.map((name) => [name, this.#value(depth + 1)])) as never;
  }

  #callOne(n: number): void {
    const portrait = this.#portrait;
    const value = (): never => this.#value();
    const calls: readonly [string, () => unknown][] = [
      ['setPortrait', () => portrait.setPortrait(value(), value())],
      ['savePortrait', () => portrait.savePortrait(value())],
      ['setOutput', () => portrait.setOutput(value(), value())],
      ['setControls', () => portrait.setControls(value())],
      ['setState', () => portrait.setState(value())],
      ['volume', () => (portrait.volume = value())],
      ['lookAt', () => portrait.lookAt(value())],
      ['on', () => portrait.on(value(), value())],
      ['listen', () => portrait.listen(value(), value())],
      ['speak', () => portrait.speak(value(), value())],
      ['speak', () => portrait.speak(value(), { sampleRate: 24_000, captions: value() })],
      ['createVoice', () => portrait.createVoice(value())],
      ['write', () => this.#write(n)],
      ['captureStream', () => portrait.captureStream(value())],
      ['create', () => this.#create()],
    ];
    const [name, call] = calls[this.#one(calls.length)]!;
    const label = `${name} (call ${n})`;
    try {
      const result = call();
      if (result instanceof TalkingPortrait || typeof result !== 'object' || result === null) return;
      if ('ended' in result) {
        this.#note(`${label} ended`, result.ended as Promise<unknown>);
        setTimeout(() => void (result as unknown as { stop(): Promise<unknown> }).stop(), 200); // Some sources never end.
      }
      this.#note(label, result as Promise<unknown>);
    } catch (error) {
      this.#judge(label, error);
    }
  }

  #write(n: number): Promise<unknown> {
    const voice = this.#portrait.createVoice({ sampleRate: 24_000 });
    const written = voice.write(this.#value(), this.#value());
    setTimeout(() => void voice.stop(), 100);
    this.#note(`ended (call ${n})`, voice.ended);
    return written;
  }

  /** With a signal, so that options that happen to be valid do not start a whole portrait. */
  async #create(): Promise<unknown> {
    const [name, junk] = [OPTION_NAMES[this.#one(OPTION_NAMES.length)]!, this.#value()];
    if (this.#one(4) === 0) return TalkingPortrait.create(junk);
    const controller = new AbortController();
    const options = { canvas: this.#canvas, signal: controller.signal, [name]: junk };
    const created = TalkingPortrait.create(options);
    setTimeout(() => controller.abort(), 100);
    const portrait = await created;
    await portrait.close();
    return undefined;
  }

  #note(label: string, promise: Promise<unknown>): void {
    const settled = promise.then(
      () => {},
      (error: unknown) => this.#judge(label, error),
    );
    this.#pending.set(label, settled);
    void settled.then(() => this.#pending.delete(label));
  }

  #judge(label: string, error: unknown): void {
    if (!(error instanceof TalkingPortraitError)) this.faults.push(`${label}: ${String(error)}`);
    else if (error.remedy.startsWith('This is a fault of the library')) this.faults.push(`${label}: ${error.message}`);
  }

  async #settle(isEnd: boolean): Promise<void> {
    const settled = Promise.all(this.#pending.values()).then(() => true);
    const limit = new Promise((resolve) => setTimeout(resolve, SETTLE_LIMIT_MS));
    if ((await Promise.race([settled, limit])) || !isEnd) return;
    for (const label of this.#pending.keys()) this.faults.push(`pending for ever: ${label}`);
  }
}
