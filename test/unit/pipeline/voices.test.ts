/** @file Which frames of each kind of voice are due, and where they go on after a pause. */
import { epochMs } from '../../../src/core/time';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import fc from 'fast-check';
import type { PcmChunk } from '../../../src/core/audio-types';
import { MicrophoneVoice } from '../../../src/pipeline/voices/microphone-voice';
import { PlayedVoice } from '../../../src/pipeline/voices/played-voice';
import { Silence } from '../../../src/pipeline/voices/silence';
import type { PlayedVoiceMessage } from '../../../src/protocol';

const FRAME_MS = 40;

function recordingInput() {
  const chunks: PcmChunk[] = [];
  const push = (chunk: PcmChunk) => void chunks.push({ ...chunk, samples: chunk.samples.slice() });
  return { chunks, push, end: vi.fn(), restart: vi.fn(), wake: vi.fn(), fail: vi.fn() };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('Silence', () => {
  it('supplies zeros in real time, and has no end', () => {
    const [silence, input] = [new Silence(), recordingInput()];
    silence.begin(input);
    expect(silence.framesDue()).toBe(0);
    vi.advanceTimersByTime(3.5 * FRAME_MS);
    expect(silence.framesDue()).toBe(3);
    expect(input.chunks.map(({ startSample }) => startSample)).toEqual([0, 640, 1280]);
    expect(input.chunks.every(({ samples }) => samples.length === 640 && samples.every((x) => x === 0))).toBe(true);
    expect(silence.isOver()).toBe(false);
    expect(silence.heardAtEpochMs(2)).toBeCloseTo(epochMs() - 0.5 * FRAME_MS, 3);
  });

  it('continues from the current time after a pause, with a fresh stream', () => {
    const [silence, input] = [new Silence(), recordingInput()];
    silence.begin(input);
    silence.pause();
    vi.advanceTimersByTime(100 * FRAME_MS);
    expect(silence.resume()).toBe(0);
    expect(silence.framesDue()).toBe(0);
    vi.advanceTimersByTime(FRAME_MS);
    expect(silence.framesDue()).toBe(1);
    expect(input.chunks.map(({ startSample }) => startSample)).toEqual([0]);
  });
});

describe('MicrophoneVoice', () => {
  /** A port whose messages arrive at once. */
  function open() {
    const onmessage = undefined as unknown as (event: { data: PcmChunk }) => void; // The voice sets it.
    const port = { onmessage, postMessage: vi.fn(), close: vi.fn() };
    const voice = new MicrophoneVoice(port as unknown as MessagePort);
    const input = recordingInput();
    voice.begin(input);
    const bring = (startSample: number) => {
      const data = { samples: new Float32Array(320), sampleRate: 16_000, startSample };
      port.onmessage({ data });
      return data.samples.buffer;
    };
    return { voice, port, input, bring };
  }

  it('pushes PCM as it arrives, returns the buffers and requests frames', () => {
    const { voice, port, input, bring } = open();
    const buffer = bring(0);
    expect(input.chunks).toHaveLength(1);
    expect(input.wake).toHaveBeenCalledOnce();
    expect(port.postMessage).toHaveBeenCalledWith(buffer, [buffer]);
    expect(voice.framesDue(0)).toBe(Infinity);
  });

  it('counts latency from the arrival of the chunk that completes a frame', () => {
    const { voice, bring } = open();
    bring(0);
    vi.advanceTimersByTime(20);
    bring(320);
    const completed = epochMs();
    vi.advanceTimersByTime(20);
    bring(640);
    expect(voice.heardAtEpochMs(0)).toBeCloseTo(completed, 3);
  });

  it('drops PCM that arrives during a pause, but returns the buffers', () => {
    const { voice, port, input, bring } = open();
    voice.pause();
    bring(0);
    expect(input.chunks).toHaveLength(0);
    expect(input.wake).not.toHaveBeenCalled();
    expect(port.postMessage).toHaveBeenCalledOnce();
    expect(voice.resume()).toBe(0);
    bring(320);
    expect(input.chunks.map(({ startSample }) => startSample)).toEqual([320]);
  });

  it('reports rejected PCM, and continues', () => {
    const { input, bring } = open();
    const refused = new Error('not finite');
    input.push = () => {
      throw refused;
    };
    bring(0);
    expect(input.fail).toHaveBeenCalledWith(refused);
    expect(input.wake).toHaveBeenCalledOnce();
  });

  it('skips PCM that could not be used in time', () => {
    const { voice, input, bring } = open();
    for (let n = 0; n < 24; n++) bring(320 * n);
    voice.framesDue(0);
    expect(input.restart).not.toHaveBeenCalled();
    for (let n = 24; n < 100; n++) bring(320 * n);
    voice.framesDue(0);
    expect(input.restart).toHaveBeenCalledExactlyOnceWith(true, 0);
    voice.framesDue(0);
    expect(input.restart).toHaveBeenCalledOnce();
  });

  it('closes its port when it is stopped', () => {
    const { voice, port } = open();
    voice.stop();
    expect(port.close).toHaveBeenCalledOnce();
  });
});

describe('PlayedVoice', () => {
  const RATE_HZ = 16_000;

  /** A voice, and what the page sends to it. */
  function open({ rateHz = RATE_HZ, leadMs = 0 } = {}) {
    const onmessage = undefined as unknown as (event: { data: PlayedVoiceMessage }) => void; // The voice sets it.
    const port = { onmessage, close: vi.fn() };
    const voice = new PlayedVoice(port as unknown as MessagePort, rateHz, () => leadMs);
    const input = recordingInput();
    voice.begin(input);
    const send = (data: PlayedVoiceMessage) => port.onmessage({ data });
    const pcm = (frames: number) =>
      send({ kind: 'pcm', samples: new Float32Array((rateHz / 25) * frames).map((_, i) => i) });
    const clock = (sample: number, isRunning: boolean, inMs = 0) =>
      send({ kind: 'clock', sample, epochMs: epochMs() + inMs, isRunning });
    let made = 0;
    /** Makes all frames that are due. @returns how many */
    const make = () => {
      const due = voice.framesDue(made);
      const count = Math.max(0, due - made);
      made += count;
      return count;
    };
    return { voice, port, input, send, pcm, clock, make };
  }

  it('makes frames of silence until the sound starts, then a frame whenever one is heard', () => {
    const { voice, input, pcm, clock, make } = open();
    pcm(25);
    vi.advanceTimersByTime(3 * FRAME_MS);
    expect([make(), make()]).toEqual([0, 0]); // The rest begins at the first look.
    vi.advanceTimersByTime(2 * FRAME_MS);
    expect(make()).toBe(2);
    expect(voice.heardAtEpochMs(1)).toBeUndefined();
    clock(0, true);
    expect(make()).toBe(1);
    expect(input.restart).toHaveBeenLastCalledWith(true, 0);
    vi.advanceTimersByTime(2 * FRAME_MS);
    expect(make()).toBe(2);
    expect(voice.heardAtEpochMs(4)).toBeCloseTo(epochMs(), 3);
  });

  it('begins a frame earlier by the time that making it takes', () => {
    const { pcm, clock, make } = open({ leadMs: 30 });
    pcm(25);
    make();
    clock(0, true, 50);
    vi.advanceTimersByTime(19);
    expect(make()).toBe(0);
    vi.advanceTimersByTime(2);
    expect(make()).toBe(1);
  });

  it('passes on no more PCM than the next frames need, in order and without gaps', () => {
    const { input, pcm, clock, make } = open();
    for (let n = 0; n < 10; n++) pcm(25);
    clock(0, true);
    make();
    const passed = () => input.chunks.reduce((sum, { samples }) => sum + samples.length, 0);
    expect(passed()).toBe(4 * 640);
    for (let frame = 1; frame < 100; frame++) {
      vi.advanceTimersByTime(FRAME_MS);
      expect(make()).toBe(1);
    }
    expect(passed()).toBe(103 * 640);
    let next = 0;
    for (const { startSample, samples } of input.chunks) {
      expect(startSample).toBe(next);
      next += samples.length;
    }
  });

  it('rests while the sound stands still, and goes on with the PCM before as context', () => {
    const { voice, input, pcm, clock, make } = open();
    pcm(200);
    clock(0, true);
    make();
    for (let frame = 0; frame < 50; frame++) {
      vi.advanceTimersByTime(FRAME_MS);
      make();
    }
    clock(50 * 640, false);
    vi.advanceTimersByTime(60);
    expect(make()).toBe(0); // A hiccup only delays the next frame.
    input.chunks.length = 0;
    vi.advanceTimersByTime(60);
    make();
    expect(input.restart).toHaveBeenLastCalledWith(false, 0);
    vi.advanceTimersByTime(5 * FRAME_MS);
    expect(make()).toBe(5);
    expect(input.chunks.every(({ samples }) => samples.every((x) => x === 0))).toBe(true);
    expect(voice.isSpeaking).toBe(true);
    vi.advanceTimersByTime(2000);
    make();
    expect(voice.isSpeaking).toBe(false);
    input.chunks.length = 0;
    clock(50 * 640, true);
    expect(make()).toBe(1);
    expect(voice.isSpeaking).toBe(true);
    expect(input.restart).toHaveBeenLastCalledWith(true, 12);
    expect(input.chunks[0]!.startSample).toBe(38 * 640);
  });

  it('rests when the PCM has run out, although the clock runs on', () => {
    const { input, pcm, clock, make } = open();
    pcm(5);
    clock(0, true);
    for (let frame = 0; frame < 5; frame++) {
      make();
      vi.advanceTimersByTime(FRAME_MS);
    }
    make();
    vi.advanceTimersByTime(150);
    make();
    expect(input.restart).toHaveBeenLastCalledWith(false, 0);
  });

  it('skips what was heard while nobody looked, as after a frozen tab', () => {
    const { input, pcm, clock, make } = open();
    pcm(500);
    clock(0, true);
    make();
    vi.advanceTimersByTime(300 * FRAME_MS);
    expect(make()).toBe(1);
    expect(input.restart).toHaveBeenCalledTimes(2);
    expect(input.chunks.at(-1)!.startSample + input.chunks.at(-1)!.samples.length).toBe(304 * 640);
  });

  it.each([16_000, 24_000, 44_100, 48_000])(
    'makes every frame of a voice at %i Hz once, also an incomplete last one',
    (rateHz) => {
      const { voice, input, send, clock, make } = open({ rateHz });
      send({ kind: 'pcm', samples: new Float32Array(Math.round(rateHz / 25) * 10 + 1) });
      send({ kind: 'end' });
      clock(0, true);
      let made = 0;
      for (let tick = 0; tick < 60; tick++) {
        made += make();
        vi.advanceTimersByTime(FRAME_MS / 4);
      }
      expect(made).toBe(11);
      expect(input.end).toHaveBeenCalled();
      expect(voice.isOver()).toBe(false);
      send({ kind: 'close' });
      expect(voice.isOver()).toBe(true);
    },
  );

  it('goes on in another audio stream when PCM comes after an end', () => {
    const { input, send, pcm, clock, make } = open();
    pcm(5);
    send({ kind: 'end' });
    clock(0, true);
    for (let frame = 0; frame < 3; frame++) {
      make();
      vi.advanceTimersByTime(FRAME_MS);
    }
    expect(input.end).toHaveBeenCalled();
    pcm(20);
    expect(make()).toBe(1);
    expect(input.restart).toHaveBeenCalledTimes(2);
  });

  it('keeps in time with the sound whatever comes when', () => {
    const rateHz = 24_000; // Silence has another rate, so the two can be told apart.
    const step = fc.record({
      waitMs: fc.integer({ min: 0, max: 250 }),
      frames: fc.integer({ min: 0, max: 8 }),
      event: fc.constantFrom('none', 'stand', 'run'),
    });
    const followed = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { voice, input, pcm, clock, make } = open({ rateHz });
      let [received, heard, isRunning, runningMs, elapsedMs, made] = [0, 0, false, 0, 0, 0];
      const stand = (): void => {
        isRunning = false;
        runningMs = 0;
        clock(heard, false);
      };
      for (const { waitMs, frames, event } of steps) {
        if (frames > 0) pcm(frames);
        received += frames * 960;
        if (event === 'run' && !isRunning && received > heard) {
          isRunning = true;
          clock(heard, true);
        } else if (event === 'stand' && isRunning) stand();
        for (let ms = 0; ms < waitMs; ms += 10) {
          vi.advanceTimersByTime(10);
          elapsedMs += 10;
          if (isRunning) {
            heard += 240;
            runningMs += 10;
          }
          if (isRunning && heard >= received) stand();
          made += make();
          const atEpochMs = voice.heardAtEpochMs(made - 1);
          // The newest frame is the one that is heard.
          if (runningMs > 50)
            expect(Math.abs(epochMs() - FRAME_MS / 2 - (atEpochMs ?? 0))).toBeLessThanOrEqual(FRAME_MS / 2 + 1);
        }
      }
      // A frame for every 40 ms, and at most one more for each change between sound and silence.
      expect(made).toBeLessThanOrEqual(elapsedMs / FRAME_MS + input.restart.mock.calls.length + 1);
      const sound = input.chunks.filter(({ sampleRate }) => sampleRate === rateHz);
      for (const { startSample, samples } of sound) expect(startSample + samples.length).toBeLessThanOrEqual(received);
      voice.stop();
    });
    expect(() => fc.assert(followed, { numRuns: 100 })).not.toThrow();
  });

  it('closes its port when it is stopped', () => {
    const { voice, port } = open();
    voice.stop();
    expect(port.close).toHaveBeenCalledOnce();
  });
});
