/**
 * @file The voices of the page with a made-up microphone, sound output and worker: whatever is called in whatever order, the newest
 * voice drives the portrait, every voice settles once, and nothing stays open.
 */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SILENT_LOGGER } from '../../../src/core/logger';
import { TalkingPortraitError } from '../../../src/errors';
import { Microphone, type MicrophoneOptions } from '../../../src/page/microphone';
import { SoundOutput, type SoundListener } from '../../../src/page/sound-output';
import type { Voice, VoiceEnd } from '../../../src/page/voice';
import { VoiceDirector } from '../../../src/page/voice-director';

const RATE_HZ = 16_000;

/** A sound output whose voices are heard when the test says so. */
class FakeOutput {
  readonly context = { sampleRate: RATE_HZ, state: 'running' };
  readonly volume = { gain: { value: 1 } };
  /** Voices in the queue of the player, in order. */
  queue: { number: number; listener: SoundListener; samples: number; hasEnded: boolean }[] = [];
  isClosed = false;
  #count = 0;

  add(listener: SoundListener): number {
    this.queue.push({ number: this.#count, listener, samples: 0, hasEnded: false });
    return this.#count++;
  }

  push(number: number, [samples]: Float32Array[]): void {
    const voice = this.queue.find((queued) => queued.number === number);
    if (voice) voice.samples += samples!.length;
  }

  end(number: number): void {
    const voice = this.queue.find((queued) => queued.number === number);
    if (voice) voice.hasEnded = true;
  }

  drop(number: number): void {
    this.queue = this.queue.filter((queued) => queued.number !== number);
  }

  async start(): Promise<void> {}

  hold(): void {}

  async close(): Promise<void> {
    this.isClosed = true;
  }

  /** Plays the first voice to its end, if all of it is there. */
  play(): void {
    const voice = this.queue[0];
    if (!voice) return;
    voice.listener.onPosition({ sample: voice.samples, epochMs: 0, isRunning: true });
    if (!voice.hasEnded) return;
    this.queue.shift();
    voice.listener.onOver(voice.samples);
  }
}

let outputs: FakeOutput[];
/** Opened microphones, each to be granted by the test. */
let asked: { options: MicrophoneOptions; grant: () => void; deny: () => void; isOpen: boolean }[];
const ports: MessagePort[] = [];

beforeEach(() => {
  outputs = [];
  asked = [];
  vi.spyOn(SoundOutput, 'open').mockImplementation(async () => {
    outputs.push(new FakeOutput());
    return outputs.at(-1)! as unknown as SoundOutput;
  });
  vi.spyOn(Microphone, 'open').mockImplementation(
    (options) =>
      new Promise((resolve, reject) => {
        const entry = { options, grant: () => {}, deny: () => {}, isOpen: false };
        let isAnswered = false;
        entry.grant = () => {
          if (isAnswered) return;
          isAnswered = true;
          entry.isOpen = true;
          resolve({ close: async () => void (entry.isOpen = false), sampleRate: RATE_HZ } as unknown as Microphone);
        };
        entry.deny = () => {
          isAnswered = true;
          reject(new TalkingPortraitError('microphone-denied', 'No.', 'Allow it.'));
        };
        asked.push(entry);
      }),
  );
});
afterEach(() => {
  vi.restoreAllMocks();
  for (const port of ports.splice(0)) port.close();
});

function open() {
  /** What drives the portrait in the worker. */
  const worker = { state: 'silence' as 'silence' | 'speak' | 'listen' };
  const errors: string[] = [];
  const director = new VoiceDirector(
    {
      async listen(port) {
        ports.push(port);
        worker.state = 'listen';
      },
      async speak(port) {
        ports.push(port);
        worker.state = 'speak';
      },
      async stop() {
        worker.state = 'silence';
      },
    },
    { onCaption: () => {}, onError: ({ code }) => errors.push(code) },
    SILENT_LOGGER,
    { workletUrl: () => 'worklet.js' },
  );
  return { director, worker, errors };
}

/** A tenth of a second. */
const sound = async function* (): AsyncGenerator<Float32Array> {
  yield new Float32Array(RATE_HZ / 10);
};
/** Lets everything happen that needs no event from outside. */
const settle = async (): Promise<void> => {
  for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve));
};
const options = { sampleRate: RATE_HZ };

describe('VoiceDirector', () => {
  it('speaks a voice to its end', async () => {
    const { director, worker } = open();
    const voice = director.speak(sound(), options);
    await settle();
    expect(worker.state).toBe('speak');
    outputs[0]!.play();
    expect(await voice).toEqual({ reason: 'finished', spokenMs: 100, text: '' });
    await voice.started;
    await settle();
    expect(worker.state).toBe('silence');
  });

  it('lets the newest voice win', async () => {
    const { director } = open();
    const [first, second] = [director.speak(sound(), options), director.speak(sound(), options)];
    expect(await first.ended).toEqual({ reason: 'replaced', spokenMs: 0, text: '' });
    await expect(first.started).rejects.toMatchObject({ code: 'aborted' });
    await settle();
    expect(outputs[0]!.queue).toHaveLength(1);
    outputs[0]!.play();
    expect((await second).reason).toBe('finished');
  });

  it('plays queued voices one after another, as one voice of the worker', async () => {
    const { director } = open();
    const voices = [1, 2, 3].map(() => director.speak(sound(), { ...options, queue: true }));
    await settle();
    expect(outputs[0]!.queue).toHaveLength(3);
    expect(ports).toHaveLength(1);
    for (let n = 0; n < 3; n++) outputs[0]!.play();
    expect((await Promise.all(voices)).map(({ reason }) => reason)).toEqual(['finished', 'finished', 'finished']);
  });

  it('releases a microphone whose permission comes too late', async () => {
    const { director } = open();
    const voice = director.listen(undefined, {});
    await director.stop();
    asked[0]!.grant();
    await settle();
    expect(asked[0]!.isOpen).toBe(false);
    expect((await voice).reason).toBe('interrupted');
  });

  it('follows only the newer of two microphones', async () => {
    const { director, worker } = open();
    const [first, second] = [director.listen(undefined, {}), director.listen(undefined, {})];
    asked[1]!.grant();
    asked[0]!.grant();
    await second.started;
    await settle();
    expect(asked.map(({ isOpen }) => isOpen)).toEqual([false, true]);
    expect((await first).reason).toBe('replaced');
    expect(worker.state).toBe('listen');
  });

  it('fails with the error of the microphone, and when it is unplugged', async () => {
    const { director, worker, errors } = open();
    const denied = director.listen(undefined, {});
    asked[0]!.deny();
    await expect(denied).rejects.toMatchObject({ code: 'microphone-denied' });
    const unplugged = director.listen(undefined, {});
    asked[1]!.grant();
    await unplugged.started;
    asked[1]!.options.onEnded!();
    expect((await unplugged.ended).error).toMatchObject({ code: 'microphone-missing' });
    await settle();
    expect(asked[1]!.isOpen).toBe(false);
    expect(worker.state).toBe('silence');
    expect(errors).toEqual(['microphone-missing']); // Nobody waited for that voice.
  });

  it('ends a voice when its signal aborts', async () => {
    const { director } = open();
    const controller = new AbortController();
    const voice = director.speak(sound(), { ...options, signal: controller.signal });
    await settle();
    controller.abort();
    expect((await voice).reason).toBe('interrupted');
    expect(outputs[0]!.queue).toHaveLength(0);
  });

  it('settles everything when it is closed, whenever that is', async () => {
    const { director } = open();
    const [voice, listening] = [director.speak(sound(), options), director.listen(undefined, {})];
    await director.close();
    asked[0]!.grant();
    expect((await voice).reason).toBe('replaced');
    expect((await listening).reason).toBe('interrupted');
    await settle();
    expect(asked[0]!.isOpen).toBe(false);
    expect(outputs.every(({ isClosed }) => isClosed)).toBe(true);
  });

  it('holds what it promises for any sequence of calls', async () => {
    const call = fc.constantFrom('speak', 'queue', 'listen', 'stop', 'stopVoice', 'play', 'grant', 'deny', 'wait');
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 25 }), async (calls) => {
        outputs = [];
        asked = [];
        const { director, worker } = open();
        const voices: Voice[] = [];
        const ends: (VoiceEnd | undefined)[] = [];
        const add = (voice: Voice): void => {
          const index = voices.push(voice) - 1;
          void voice.ended.then((end) => {
            expect(ends[index]).toBeUndefined(); // It settles once.
            ends[index] = end;
          });
        };
        for (const name of calls) {
          if (name === 'speak') add(director.speak(sound(), options));
          else if (name === 'queue') add(director.speak(sound(), { ...options, queue: true }));
          else if (name === 'listen') add(director.listen(undefined, {}));
          else if (name === 'stop') void director.stop();
          else if (name === 'stopVoice') void voices.at(-1)?.stop();
          else if (name === 'play') outputs.at(-1)?.play();
          else if (name === 'grant') asked.find(({ isOpen }) => !isOpen)?.grant();
          else if (name === 'deny') asked.at(-1)?.deny();
          else await settle();
        }
        await settle();
        // The model of the right state: the voices that are not over are the last ones, of one kind, and the worker follows them.
        const live = voices.filter((_, index) => !ends[index]);
        const sounding = outputs.flatMap(({ queue }) => queue);
        const open_ = asked.filter(({ isOpen }) => isOpen);
        expect(open_.length).toBeLessThanOrEqual(1);
        if (live.length === 0) {
          expect(sounding).toHaveLength(0);
          expect(open_).toHaveLength(0);
          expect(worker.state).toBe('silence');
        } else {
          expect(voices.slice(voices.indexOf(live[0]!)).filter((voice) => live.includes(voice))).toEqual(live);
          expect(sounding.length === 0 || open_.length === 0).toBe(true);
          if (sounding.length > 0) expect(worker.state).toBe('speak');
        }
        await director.close();
        await settle();
        for (const { grant, isOpen } of asked) if (!isOpen) grant();
        await settle();
        expect(ends.filter(Boolean)).toHaveLength(voices.length);
        expect(asked.some(({ isOpen }) => isOpen)).toBe(false);
      }),
      { numRuns: 150 },
    );
  });
});
