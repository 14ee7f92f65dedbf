/** @file The voice of the page with a made-up microphone and sound: whichever call comes last wins, and nothing stays open. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { SILENT_LOGGER } from '../../../src/core/logger';
import { Microphone, type MicrophoneOptions } from '../../../src/page/microphone';
import { type Playback, playVoice } from '../../../src/page/speech-player';
import { VoiceSource } from '../../../src/page/voice-source';

vi.mock('../../../src/page/speech-player', () => ({ playVoice: vi.fn(), decodeVoice: vi.fn() }));

const context = { resume: vi.fn(async () => {}), close: vi.fn(async () => {}) };
class FakeBuffer {
  readonly duration = 1;
}
const buffer = new FakeBuffer() as unknown as AudioBuffer;

/** Opened microphones, each to be granted by the test. */
let asked: { options: MicrophoneOptions; grant: () => void; deny: () => void; close: ReturnType<typeof vi.fn> }[];
let playing: { end: () => void; stop: ReturnType<typeof vi.fn> }[];

beforeEach(() => {
  vi.clearAllMocks();
  asked = [];
  playing = [];
  vi.stubGlobal('AudioBuffer', FakeBuffer);
  vi.stubGlobal('AudioContext', function AudioContext() {
    return context;
  });
  vi.spyOn(Microphone, 'open').mockImplementation(
    (options) =>
      new Promise((resolve, reject) => {
        const close = vi.fn(async () => {});
        asked.push({
          options,
          close,
          grant: () => resolve({ close, sampleRate: 16_000 } as unknown as Microphone),
          deny: () => reject(new Error('denied')),
        });
      }),
  );
  vi.mocked(playVoice).mockImplementation(() => {
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => (end = resolve));
    const stop = vi.fn(end);
    playing.push({ end, stop });
    const pcm = { samples: new Float32Array(1), sampleRate: 16_000, startSample: 0 };
    return { pcm, heardAtEpochMs: 0, ended, stop } satisfies Playback;
  });
});

function open() {
  const sink = { listen: vi.fn(async () => {}), speak: vi.fn(async () => {}), stop: vi.fn(async () => {}) };
  return { voice: new VoiceSource(sink, SILENT_LOGGER), sink };
}
const asking = (count: number) => vi.waitFor(() => expect(asked).toHaveLength(count));
const sounding = (count: number) => vi.waitFor(() => expect(playing).toHaveLength(count));

describe('VoiceSource', () => {
  it('speaks until the sound has ended', async () => {
    const { voice, sink } = open();
    const spoken = voice.speak(buffer);
    await sounding(1);
    expect(sink.speak).toHaveBeenCalledOnce();
    playing[0]!.end();
    await spoken;
    await voice.stop();
    expect(playing[0]!.stop).not.toHaveBeenCalled();
  });

  it('ends one voice before the next begins', async () => {
    const { voice, sink } = open();
    const spoken = voice.speak(buffer);
    await sounding(1);
    const heard = voice.listen(undefined, 'worklet.js', () => {});
    await spoken;
    expect(playing[0]!.stop).toHaveBeenCalledOnce();
    await asking(1);
    asked[0]!.grant();
    await heard;
    void voice.speak(buffer);
    await sounding(2);
    expect(asked[0]!.close).toHaveBeenCalledOnce();
    expect(sink.listen).toHaveBeenCalledOnce();
  });

  it('closes a microphone that is granted after the voice was stopped', async () => {
    const { voice, sink } = open();
    const heard = voice.listen(undefined, 'worklet.js', () => {});
    await asking(1);
    await voice.stop();
    asked[0]!.grant();
    await heard;
    expect(asked[0]!.close).toHaveBeenCalledOnce();
    expect(sink.listen).not.toHaveBeenCalled();
  });

  it('keeps one of two microphones that are requested at the same time', async () => {
    const { voice, sink } = open();
    const first = voice.listen(undefined, 'worklet.js', () => {});
    await asking(1);
    const second = voice.listen(undefined, 'worklet.js', () => {});
    await asking(2);
    asked[1]!.grant();
    await second;
    asked[0]!.grant();
    await first;
    expect(asked[0]!.close).toHaveBeenCalledOnce();
    expect(asked[1]!.close).not.toHaveBeenCalled();
    expect(sink.listen).toHaveBeenCalledOnce();
  });

  it('does not play a sound that is ready after the voice was stopped', async () => {
    const { voice, sink } = open();
    let resume = (): void => {};
    context.resume.mockReturnValueOnce(new Promise<void>((resolve) => (resume = resolve)));
    const spoken = voice.speak(buffer);
    await vi.waitFor(() => expect(context.resume).toHaveBeenCalledOnce());
    await voice.stop();
    resume();
    await spoken;
    expect(playing).toHaveLength(0);
    expect(sink.speak).not.toHaveBeenCalled();
  });

  it('does not silence the voice that follows a stop', async () => {
    const { voice, sink } = open();
    const heard = voice.listen(undefined, 'worklet.js', () => {});
    await asking(1);
    asked[0]!.grant();
    await heard;
    let closed = (): void => {};
    asked[0]!.close.mockReturnValueOnce(new Promise<void>((resolve) => (closed = resolve)));
    const stopped = voice.stop();
    void voice.speak(buffer);
    await sounding(1);
    closed();
    await stopped;
    expect(sink.stop).not.toHaveBeenCalled();
  });

  it('throws the error of the current voice, but not of an earlier one', async () => {
    const { voice, sink } = open();
    const denied = voice.listen(undefined, 'worklet.js', () => {});
    await asking(1);
    asked[0]!.deny();
    await expect(denied).rejects.toThrow('denied');
    const superseded = voice.listen(undefined, 'worklet.js', () => {});
    await asking(2);
    await voice.stop();
    asked[1]!.deny();
    await superseded;
    sink.speak.mockRejectedValueOnce(new Error('not finite'));
    await expect(voice.speak(buffer)).rejects.toThrow('not finite');
    expect(playing[0]!.stop).toHaveBeenCalledOnce();
  });

  it('reports the end of the microphone only while it is the current voice', async () => {
    const { voice } = open();
    const onEnded = vi.fn();
    const heard = voice.listen(undefined, 'worklet.js', onEnded);
    await asking(1);
    asked[0]!.grant();
    await heard;
    asked[0]!.options.onEnded!();
    expect(onEnded).toHaveBeenCalledOnce();
    await voice.stop();
    asked[0]!.options.onEnded!();
    expect(onEnded).toHaveBeenCalledOnce();
  });

  it('frees microphone and AudioContext when it is closed', async () => {
    const { voice } = open();
    void voice.speak(buffer);
    await sounding(1);
    await voice.close();
    expect(playing[0]!.stop).toHaveBeenCalledOnce();
    expect(context.close).toHaveBeenCalledOnce();
  });
});
