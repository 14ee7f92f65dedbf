/** @file AudioStream: turns one stream of PCM chunks into AudioEmbeddings, including level and speech gate. */

import { ARTICULATION_SIZE, type AudioEmbedding, type PcmChunk } from '../core/audio-types';
import type { FrameEncoder } from './frame-encoder';
import { PcmIntake } from './pcm-intake';
import { SpeechGate } from './speech-gate';

/** If the encoder gives no probability of speech, it rises linearly from 0 to 1 between these levels. */
const QUIET_DBFS = -50;
const LOUD_DBFS = -38;

/** One stream; the next stream gets a new AudioStream. */
export class AudioStream {
  readonly #encoder: FrameEncoder;
  readonly #intake: PcmIntake;
  readonly #gate = new SpeechGate();
  /** Index of the next frame. */
  #frame = 0;

  /** @param lookaheadFrames frames of silence that the encoder needs after the end of the stream */
  constructor(encoder: FrameEncoder, lookaheadFrames: number) {
    this.#encoder = encoder;
    this.#intake = new PcmIntake(lookaheadFrames, (samples) => encoder.push(samples));
  }

  /** See AudioEmbedder. */
  push(chunk: PcmChunk): void {
    this.#intake.push(chunk);
  }

  /** See AudioEmbedder. */
  end(): void {
    this.#intake.end();
  }

  /** See AudioEmbedder. */
  async next(): Promise<AudioEmbedding | null> {
    const encoding = await this.#encoder.next();
    if (!encoding) return null;
    const level = this.#intake.levels.shift();
    const { values, speech: encoded = (level - QUIET_DBFS) / (LOUD_DBFS - QUIET_DBFS) } = encoding;
    const speech = Math.min(1, Math.max(0, encoded));
    return {
      frame: this.#frame++,
      values,
      speech,
      speaking: this.#gate.update({ speech, level }),
      articulation: encoding.articulation ?? new Float32Array(ARTICULATION_SIZE),
      level,
    };
  }
}
