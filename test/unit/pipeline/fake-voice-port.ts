/** @file The page's side of a played voice, without a page: its sound begins at once and runs to its end. */
import type { PlayedVoiceMessage } from '../../../src/protocol';

const FRAME_MS = 40;
const RATE_HZ = 16_000;

/** A port as `PlayedVoice` takes it. Its messages arrive with the (fake) timers. @param frames length of the voice */
export function fakeVoicePort(frames: number): MessagePort {
  const port = {
    onmessage: null as ((event: { data: PlayedVoiceMessage }) => void) | null,
    close: () => void (port.onmessage = null),
  };
  const send = (data: PlayedVoiceMessage): void => port.onmessage?.({ data });
  const begunAtMs = performance.timeOrigin + performance.now();
  setTimeout(() => {
    send({ kind: 'pcm', samples: new Float32Array((RATE_HZ / 25) * frames) });
    send({ kind: 'end' });
    send({ kind: 'clock', sample: 0, epochMs: begunAtMs, isRunning: true });
  });
  setTimeout(() => send({ kind: 'close' }), frames * FRAME_MS);
  return port as unknown as MessagePort;
}
