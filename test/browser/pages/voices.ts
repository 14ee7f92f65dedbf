/**
 * @file The page of voices.test.ts: the voices of the page with real sound, recorded behind the playback node, and a worker that
 * only takes notes.
 */
import { Logger } from '../../../src/core/logger';
import { VoiceDirector } from '../../../src/page/voice-director';
import type { SpeakOptions, VoiceEnd } from '../../../src/page/voice';
import type { SpeakSource } from '../../../src/page/voice-sources';
import { workletUrl } from '../../../src/page/worker-urls';
import type { PlayedVoiceMessage } from '../../../src/protocol';
import { wavBytes } from '../../fixtures/wav-bytes';
import { heard, tapLoudspeakers } from './sound-tap';

const RATE_HZ = 24_000;
const TONE_HZ = 375;

/** What the worker got of one speech. */
type Speech = { samples: number; ended: boolean; closed: boolean; clocks: (PlayedVoiceMessage & { kind: 'clock' })[] };

/** A recording of what the voices sound like. */
type Recording = {
  /** Milliseconds of sound above silence. */
  soundMs: number;
  /** Milliseconds of silence between the first and the last sound. */
  gapMs: number;
  /** Blocks of 10 ms within the sound whose tone is not pure: clicks. */
  clicks: number;
};

function tone(seconds: number, from = 0): Float32Array<ArrayBuffer> {
  const first = Math.round(from * RATE_HZ);
  return Float32Array.from(
    { length: Math.round(seconds * RATE_HZ) },
    (_, n) => 0.4 * Math.sin((2 * Math.PI * TONE_HZ * (first + n)) / RATE_HZ),
  );
}

/** The tone in Int16 bytes, cut into pieces of odd and even sizes that come at uneven times. */
async function* jittery(seconds: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(Int16Array.from(tone(seconds), (x) => x * 32_767).buffer);
  let at = 0;
  for (let n = 0; at < bytes.length; n++) {
    const size = [4801, 333, 9600, 2][n % 4]!;
    yield bytes.slice(at, at + size);
    at += size;
    await new Promise((resolve) => setTimeout(resolve, [20, 60, 5, 90][n % 4]));
  }
}

function streamOf(chunks: readonly Float32Array[]): ReadableStream<Float32Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

const wavFile = (seconds: number): Blob => new Blob([wavBytes(tone(seconds), RATE_HZ)], { type: 'audio/wav' });

tapLoudspeakers();
let contexts: AudioContext[] = [];
const Native = AudioContext;
globalThis.AudioContext = class extends Native {
  constructor(options?: AudioContextOptions) {
    super(options);
    contexts.push(this);
  }
};

function open({ idleMs }: { idleMs?: number } = {}) {
  contexts = [];
  const speeches: Speech[] = [];
  const captions: string[] = [];
  const errors: string[] = [];
  const director = new VoiceDirector(
    {
      async speak(port) {
        const speech: Speech = { samples: 0, ended: false, closed: false, clocks: [] };
        speeches.push(speech);
        port.onmessage = ({ data }: MessageEvent<PlayedVoiceMessage>) => {
          if (data.kind === 'pcm') speech.samples += data.samples.length;
          else if (data.kind === 'end') speech.ended = true;
          else if (data.kind === 'close') speech.closed = true;
          else speech.clocks.push(data);
        };
      },
      async listen() {},
      async stop() {},
    },
    { onCaption: (_, { text }) => captions.push(text), onError: ({ code }) => errors.push(code) },
    new Logger(() => {}, 'silent', 'page'),
    { workletUrl, ...(idleMs !== undefined && { idleMs }) },
  );
  return { director, speeches, captions, errors };
}

/** Records the voices of `director` until the returned function is called. */
async function record(director: VoiceDirector): Promise<() => Promise<Recording>> {
  const track = await director.captureTrack();
  const context = contexts[0]!;
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const script = context.createScriptProcessor(4096, 1, 1);
  const parts: Float32Array[] = [];
  script.onaudioprocess = ({ inputBuffer }) => void parts.push(inputBuffer.getChannelData(0).slice());
  source.connect(script).connect(context.destination);
  return async () => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    source.disconnect();
    script.disconnect();
    return examine(
      parts.flatMap((part) => [...part]),
      context.sampleRate,
    );
  };
}

function examine(pcm: readonly number[], rateHz: number): Recording {
  const block = Math.round(rateHz / 100);
  const loud: boolean[] = [];
  let clicks = 0;
  for (let at = 0; at + block <= pcm.length; at += block) {
    let [re, im, power] = [0, 0, 0];
    for (let n = at; n < at + block; n++) {
      const angle = (2 * Math.PI * TONE_HZ * n) / rateHz;
      re += (pcm[n]! * Math.cos(angle) * 2) / block;
      im += (pcm[n]! * Math.sin(angle) * 2) / block;
      power += pcm[n]! ** 2 / block;
    }
    const isLoud = power > 1e-3;
    if (isLoud && power > 0.06 && (re * re + im * im) / 2 / power < 0.8) clicks++;
    loud.push(isLoud);
  }
  const [first, last] = [loud.indexOf(true), loud.lastIndexOf(true)];
  const sound = loud.filter(Boolean).length;
  return { soundMs: sound * 10, gapMs: first < 0 ? 0 : (last - first + 1 - sound) * 10, clicks };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const SOURCES = {
  buffer: () => {
    const buffer = new AudioBuffer({ length: RATE_HZ, sampleRate: RATE_HZ });
    buffer.copyToChannel(tone(1), 0);
    return buffer;
  },
  file: () => wavFile(1),
  'jittery bytes': () => jittery(1),
  'encoded stream': () => wavFile(1).stream(),
  'Float32 chunks': () => streamOf([tone(0.4), tone(0.6, 0.4)]),
  'chunks of a speech engine': async function* () {
    yield { audio: tone(0.5), sampling_rate: RATE_HZ };
    yield { audio: tone(0.5, 0.5), sampling_rate: RATE_HZ };
  },
} as const;

const voicesPage = {
  sources: Object.keys(SOURCES) as (keyof typeof SOURCES)[],

  /** Speaks a second of tone that comes from `name`. */
  async speak(name: keyof typeof SOURCES): Promise<{ end: VoiceEnd; speech: Speech; recording: Recording }> {
    const { director, speeches } = open();
    const stop = await record(director);
    const made = SOURCES[name]() as SpeakSource | (() => AsyncGenerator<never>);
    const source = typeof made === 'function' ? made() : made;
    const options: SpeakOptions = ['jittery bytes', 'Float32 chunks'].includes(name) ? { sampleRate: RATE_HZ } : {};
    const end = await director.speak(source, options);
    const recording = await stop();
    await director.close();
    return { end, speech: speeches[0]!, recording };
  },

  /** Three sentences in a queue, the second one slow. */
  async queue(): Promise<{ ends: VoiceEnd[]; speeches: number; recording: Recording }> {
    const { director, speeches } = open();
    const stop = await record(director);
    const voices = [
      director.speak(streamOf([tone(0.5)]), { sampleRate: RATE_HZ }),
      director.speak(jittery(0.6), { sampleRate: RATE_HZ, queue: true }),
      director.speak(streamOf([tone(0.5)]), { sampleRate: RATE_HZ, queue: true }),
    ];
    const ends = await Promise.all(voices);
    const recording = await stop();
    await director.close();
    return { ends, speeches: speeches.length, recording };
  },

  /** Ends a voice of five seconds after half a second. */
  async interrupt(how: 'stop' | 'replace'): Promise<{ end: VoiceEnd; recording: Recording }> {
    const { director } = open();
    const stop = await record(director);
    const voice = director.speak(streamOf([tone(5)]), { sampleRate: RATE_HZ });
    await voice.started;
    await pause(500);
    if (how === 'stop') await voice.stop();
    else await director.speak(wavFile(0.01), {});
    const recording = await stop();
    await director.close();
    return { end: await voice.ended, recording };
  },

  /** Closes everything in the middle of a voice. */
  async close(): Promise<{ end: VoiceEnd; states: string[] }> {
    const { director } = open();
    const track = await director.captureTrack();
    const voice = director.speak(streamOf([tone(5)]), { sampleRate: RATE_HZ });
    await voice.started;
    await director.close();
    return { end: await voice.ended, states: [...contexts.map(({ state }) => state), track.readyState] };
  },

  /** Suspends the AudioContext in the middle of a voice, and pauses it. */
  async standStill(how: 'suspend' | 'pause'): Promise<{ end: VoiceEnd; still: number; running: boolean }> {
    const { director, speeches } = open();
    const voice = director.speak(streamOf([tone(1.5)]), { sampleRate: RATE_HZ });
    await voice.started;
    await pause(300);
    if (how === 'suspend') await contexts[0]!.suspend();
    else voice.pause();
    await pause(300);
    const before = speeches[0]!.clocks.at(-1)!;
    await pause(600);
    const { sample: still, isRunning: running } = speeches[0]!.clocks.at(-1)!;
    if (how === 'suspend') await contexts[0]!.resume();
    else voice.resume();
    const end = await voice;
    await director.close();
    return { end, still: still - before.sample, running };
  },

  /**
   * Speaks again after the sound output has been idle.
   *
   * @returns how much of the second voice is heard, and how far its clock is off the sound, ms
   */
  async afterIdling(): Promise<{ end: VoiceEnd; soundMs: number; skewMs: number }> {
    const { director, speeches } = open({ idleMs: 200 });
    await director.speak(streamOf([tone(0.3)]), { sampleRate: RATE_HZ });
    while (contexts[0]!.state !== 'suspended') await pause(50);
    heard.clear();
    const end = await director.speak(streamOf([tone(1)]), { sampleRate: RATE_HZ });
    await pause(300);
    await director.close();
    const first = heard.firstAbove(0.1);
    const levels = heard.sampled(first - 10, first + 2000, 10);
    const clock = speeches[1]!.clocks.findLast(({ isRunning }) => isRunning)!;
    const begunMs = clock.epochMs - performance.timeOrigin - (clock.sample * 1000) / contexts[0]!.sampleRate;
    return { end, soundMs: levels.filter((level) => level > 0.1).length * 10, skewMs: begunMs - first };
  },

  /** Writes a voice with words by hand, with a pause in between. */
  async write(): Promise<{ end: VoiceEnd; captions: string[]; clocks: { sample: number; isRunning: boolean }[] }> {
    const { director, speeches, captions } = open();
    const voice = director.createVoice({ sampleRate: RATE_HZ });
    await voice.write(tone(0.4), { text: 'Hello' });
    await pause(1200);
    await voice.write(new Int16Array(RATE_HZ * 0.4), { text: 'there.' });
    voice.end();
    const end = await voice;
    await director.close();
    return { end, captions, clocks: speeches[0]!.clocks };
  },

  /** What happens to calls that follow each other at once. */
  async race(): Promise<{ ends: (VoiceEnd | undefined)[]; recording: Recording }> {
    const { director } = open();
    const stop = await record(director);
    const a = director.speak(wavFile(2), {});
    const b = director.speak(wavFile(2), {});
    const stopped = director.stop();
    const c = director.speak(wavFile(0.5), { signal: AbortSignal.abort() });
    const ends = [await a.ended, await b.ended, await stopped, await c.ended];
    const recording = await stop();
    await director.close();
    return { ends, recording };
  },

  /** Errors of voices: told to whoever waits, otherwise as an event. */
  async failures(): Promise<{ thrown: string; told: string[] }> {
    const { director, errors } = open();
    const thrown = await director.speak(new Blob(['no sound']), {}).then(
      () => 'nothing',
      ({ code }: { code: string }) => code,
    );
    const silent = director.speak(new Blob(['no sound']), {});
    await silent.ended;
    await pause(0);
    await director.close();
    return { thrown, told: errors };
  },

  /** Speaks where the browser wants a user gesture first: `resume` never settles then. */
  async withoutGesture(): Promise<{ code: string | undefined; contexts: AudioContextState[] }> {
    const { director } = open();
    const { resume } = Native.prototype;
    const state = Object.getOwnPropertyDescriptor(BaseAudioContext.prototype, 'state')!;
    Native.prototype.resume = () => new Promise(() => {});
    Object.defineProperty(Native.prototype, 'state', { configurable: true, get: () => 'suspended' });
    const { error } = await director.speak(wavFile(1), {}).ended;
    Native.prototype.resume = resume;
    delete (Native.prototype as { state?: AudioContextState }).state;
    Object.defineProperty(BaseAudioContext.prototype, 'state', state);
    await pause(100);
    return { code: error?.code, contexts: contexts.map((context) => context.state) };
  },
};

/** For voices.test.ts. */
export type VoicesPage = typeof voicesPage;
Object.assign(globalThis, { voicesPage });
