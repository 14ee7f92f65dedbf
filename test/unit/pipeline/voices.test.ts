/** @file Which frames of each kind of voice are due, and where they go on after a pause. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PcmChunk } from '../../../src/core/audio-types';
import { MicrophoneVoice } from '../../../src/pipeline/voices/microphone-voice';
import { PlayedVoice } from '../../../src/pipeline/voices/played-voice';
import { Silence } from '../../../src/pipeline/voices/silence';
import { epochMs } from '../../../src/pipeline/voices/voice';

const FRAME_MS = 40;

function recordingInput() {
  const chunks: PcmChunk[] = [];
  return { chunks, push: (chunk: PcmChunk) => void chunks.push(chunk), end: vi.fn(), wake: vi.fn(), fail: vi.fn() };
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
    expect(silence.frameCount).toBe(Infinity);
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
    expect(voice.framesDue()).toBe(Infinity);
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

  it('closes its port when it is stopped', () => {
    const { voice, port } = open();
    voice.stop();
    expect(port.close).toHaveBeenCalledOnce();
  });
});

describe('PlayedVoice', () => {
  const pcm = (frames: number, sampleRate = 16_000) => ({
    samples: new Float32Array((sampleRate / 25) * frames).map((_, i) => i),
    sampleRate,
    startSample: 0,
  });

  it('supplies all PCM immediately; frames are due when they are heard, minus the time that a frame takes', () => {
    const input = recordingInput();
    const voice = new PlayedVoice(pcm(10), epochMs() + 250, () => 30);
    voice.begin(input);
    expect(input.chunks[0]!.samples).toHaveLength(6400);
    expect(input.end).toHaveBeenCalledOnce();
    expect(voice.frameCount).toBe(10);
    vi.advanceTimersByTime(219);
    expect(voice.framesDue()).toBe(0);
    vi.advanceTimersByTime(2);
    expect(voice.framesDue()).toBe(1);
    vi.advanceTimersByTime(2 * FRAME_MS);
    expect(voice.framesDue()).toBe(3);
  });

  it('counts an incomplete last frame', () => {
    expect(new PlayedVoice({ ...pcm(1), samples: new Float32Array(641) }, 0, () => 0).frameCount).toBe(2);
    expect(new PlayedVoice({ ...pcm(1), samples: new Float32Array(640) }, 0, () => 0).frameCount).toBe(1);
  });

  it.each([16_000, 44_100, 44_101])(
    'goes on with the frame that is heard now after a pause, at %i Hz',
    (sampleRate) => {
      const input = recordingInput();
      const whole = pcm(10, sampleRate);
      const voice = new PlayedVoice(whole, epochMs(), () => 0);
      voice.begin(input);
      voice.pause();
      vi.advanceTimersByTime(4.5 * FRAME_MS);
      expect(voice.resume()).toBe(4);
      const { samples } = input.chunks[1]!;
      expect(samples[0]).toBe(Math.floor((4 * sampleRate) / 25));
      // As many frames as are left: one that never came would keep the voice from ending.
      expect(Math.ceil((samples.length * 25) / sampleRate)).toBeGreaterThanOrEqual(voice.frameCount - 4);
      expect(input.end).toHaveBeenCalledTimes(2);
    },
  );

  it('has no frames left if its playback ended during a pause', () => {
    const input = recordingInput();
    const voice = new PlayedVoice(pcm(10), epochMs(), () => 0);
    voice.begin(input);
    vi.advanceTimersByTime(60 * FRAME_MS);
    expect(voice.resume()).toBe(10);
    expect(input.chunks).toHaveLength(1);
  });

  it('begins with its first frame if it is resumed before it is heard', () => {
    const voice = new PlayedVoice(pcm(10), epochMs() + 1000, () => 0);
    voice.begin(recordingInput());
    expect(voice.resume()).toBe(0);
  });
});
