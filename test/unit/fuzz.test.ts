/**
 * @file Damaged input of every kind: the parsers return a value or throw a TalkingPortraitError, nothing else, and they end.
 *
 * `FUZZ_RUNS=10000 npx vitest run --project unit test/unit/fuzz.test.ts` is the long run.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

import { TalkingPortraitError } from '../../src/errors';
import { PcmReader } from '../../src/page/pcm-blocks';
import { readImageHeader } from '../../src/portrait/analysis/image-header';
import { fitFace } from '../../src/portrait/fit/face-fit';
import { preparePortrait } from '../../src/portrait/prepare/prepare-portrait';
import { loadPortraitBundle, savePortraitBundle } from '../../src/portrait-bundle/portrait-file';
import { packPortrait, unpackPortrait } from '../../src/portrait-bundle/portrait-package';
import { PlayedVoice } from '../../src/pipeline/voices/played-voice';
import type { PlayedVoiceMessage } from '../../src/protocol';
import { decodeAudio } from '../../src/recorder/decode-audio';
import { parseManifest } from '../../src/weights/manifest';
import { parseSafetensors } from '../../src/weights/safetensors';
import { floatBytes, writeSafetensors } from '../fixtures/safetensors-writer';
import { faceModel, syntheticFace } from '../fixtures/synthetic-face';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 300);
const file = (path: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url))));

/** Repeatable random integers 0 ... below - 1. */
function random(seed: number): (below: number) => number {
  let state = seed | 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return Math.floor(((state >>> 0) / 2 ** 32) * below);
  };
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}

/** A copy with one to eight changes: bits, bytes, numbers of four bytes, cuts, repetitions. `reach` bytes are hit most often. */
function mutate(bytes: Uint8Array, next: (below: number) => number, reach: number): Uint8Array<ArrayBuffer> {
  let copy = new Uint8Array(bytes);
  for (let change = next(8); change >= 0; change--) {
    const at = next(next(4) === 0 ? copy.length : Math.min(reach, copy.length));
    const kind = next(6);
    if (copy.length === 0) return copy;
    if (kind === 0) copy[at]! ^= 1 << next(8);
    else if (kind === 1) copy[at] = next(256);
    else if (kind === 2 && at + 4 <= copy.length) {
      new DataView(copy.buffer).setUint32(
        at,
        [0, 1, 0x7f_ff_ff_ff, 0xff_ff_ff_ff, next(2 ** 32)][next(5)]!,
        next(2) === 0,
      );
    } else if (kind === 3) copy = copy.slice(0, at);
    else if (kind === 4) copy = joined(copy.subarray(0, at), copy.subarray(at + next(16)));
    else copy = joined(copy.subarray(0, at + next(16)), copy.subarray(at));
  }
  return copy;
}

/** Feeds `RUNS` mutations to `parse`. @returns how many were refused */
async function fuzz(
  original: Uint8Array,
  reach: number,
  parse: (bytes: Uint8Array<ArrayBuffer>) => unknown,
  runs = RUNS,
): Promise<number> {
  const next = random(runs + original.length);
  let refused = 0;
  for (let run = 0; run < runs; run++) {
    const bytes = mutate(original, next, reach);
    try {
      await parse(bytes);
    } catch (error) {
      if (!(error instanceof TalkingPortraitError)) {
        throw new Error(`run ${run} of ${bytes.length} bytes: ${String(error)}`, { cause: error });
      }
      refused++;
    }
  }
  return refused;
}

describe('damaged files', () => {
  it('of weights (safetensors)', async () => {
    const tensor = { dtype: 'F32' as const, shape: [2, 3], bytes: floatBytes([1, 2, 3, 4, 5, 6]) };
    const bytes = new Uint8Array(writeSafetensors({ a: tensor }));
    expect(await fuzz(bytes, bytes.length, ({ buffer }) => parseSafetensors(buffer))).toBeGreaterThan(RUNS / 4);
  });

  it('of the manifest', async () => {
    const bytes = file('models/manifest.json');
    const decoder = new TextDecoder();
    expect(await fuzz(bytes, bytes.length, (text) => parseManifest(decoder.decode(text)))).toBeGreaterThan(RUNS / 4);
  });

  it.each(['demo/portraits/grace-hopper.jpg', 'docs/secondary-motion.png'])(
    'of pictures (header of %s)',
    async (path) => {
      const bytes = file(path).subarray(0, 4096);
      // The header is only a hint: what it does not understand, the browser decides.
      expect(await fuzz(bytes, 64, (picture) => readImageHeader(picture))).toBe(0);
    },
  );

  it('of sound (WAV)', async () => {
    const wav = file('test/fixtures/click.wav');
    expect(await fuzz(wav, 64, (bytes) => decodeAudio(new Blob([bytes])))).toBeGreaterThan(RUNS / 20);
  });

  it('of saved portraits', async () => {
    const { photo, landmarks } = syntheticFace({ expression: { jawOpen: 0.2 } });
    const matte = { width: 2, height: 2, data: new Float32Array([1, 0, 1, 0]) };
    const bundle = preparePortrait(faceModel(), { photo, landmarks, matte }, fitFace(faceModel(), landmarks));
    const packed = new Uint8Array(await (await packPortrait(bundle)).arrayBuffer());
    const runs = Math.min(RUNS, 100);
    const unpack = (bytes: Uint8Array<ArrayBuffer>) => unpackPortrait(new Blob([bytes]), faceModel());
    expect(await fuzz(packed, 64, unpack, runs)).toBeGreaterThan(0.9 * runs);
    // The checksum would refuse nearly all of them, so the content is damaged behind it as well.
    const content = new Uint8Array(savePortraitBundle(bundle));
    const header = content.subarray(0, 8 + Number(new DataView(content.buffer).getBigUint64(0, true)));
    expect(await fuzz(header, header.length, ({ buffer }) => loadPortraitBundle(buffer))).toBeGreaterThan(RUNS / 2);
  });
});

it('damaged PCM of any kind', async () => {
  const bytes = Uint8Array.from({ length: 400 }, (_, i) => i);
  const next = random(7);
  const refused = await fuzz(bytes, bytes.length, (chunk) => {
    const reader = new PcmReader([undefined, 24_000, 16_000.5, -1, 0][next(5)]);
    const floats = new Float32Array(chunk.buffer.slice(0, chunk.length & ~3));
    const chunks: unknown[] = [
      chunk,
      chunk.buffer,
      floats,
      { audio: floats, sampling_rate: next(2 ** 31) },
      null,
      'text',
      {},
    ];
    reader.read(chunks[next(chunks.length)] as Uint8Array);
  });
  expect(refused).toBeGreaterThan(RUNS / 3);
});

it('messages of a played voice in any order and with any numbers', () => {
  const next = random(11);
  const numbers = [0, 1, -1, 0.5, 640, 1e9, -1e9, 1e300, Number.NaN, Infinity, -Infinity];
  const number = (): number => numbers[next(numbers.length)]!;
  for (let run = 0; run < RUNS; run++) {
    const port = { onmessage: null as unknown as (event: { data: PlayedVoiceMessage }) => void, close: () => {} };
    const voice = new PlayedVoice(port as unknown as MessagePort, 24_000, () => 30);
    let pushed = 0;
    voice.begin({
      push: ({ samples }) => void (pushed += samples.length),
      end: () => {},
      restart: () => {},
      wake: () => {},
      fail: () => {},
    });
    let made = 0;
    for (let step = 0; step < 20; step++) {
      const message = (
        [
          { kind: 'pcm', samples: new Float32Array(next(3000)) },
          { kind: 'end' },
          { kind: 'clock', sample: number(), epochMs: number(), isRunning: next(2) === 0 },
          { kind: 'clock', sample: next(48_000), epochMs: Date.now() + next(100) - 50, isRunning: true },
        ] satisfies PlayedVoiceMessage[]
      )[next(4)]!;
      port.onmessage({ data: message });
      const due = voice.framesDue(made);
      expect(due - made).toBeLessThan(100); // Never a burst.
      made = Math.max(made, Math.min(due, made + 100));
      voice.heardAtEpochMs(made);
    }
    expect(pushed).toBeLessThan(20 * 3000 * 5);
    voice.stop();
  }
});
