/** @file CaptionTrack: the words of a voice, told once each as they are heard. */
import { refuse } from '../core/check-arguments';
import type { Caption } from './voice';

export class CaptionTrack {
  readonly #captions: Caption[] = [];
  #told = 0;

  /** Adds words; they must not begin before those that were added earlier. @throws TalkingPortraitError `invalid-option` */
  add(...captions: readonly Caption[]): void {
    for (const caption of captions) {
      const { text, startMs, endMs } = Object(caption) as Caption;
      if (typeof text === 'string' && Number.isFinite(startMs) && Number.isFinite(endMs)) this.#captions.push(caption);
      else refuse('This is not a caption.', 'Use { text, startMs, endMs }.', caption);
    }
  }

  /** The words that have begun since the last call. @param heardMs how much of the voice has been heard */
  advance(heardMs: number): Caption[] {
    const first = this.#told;
    while (this.#told < this.#captions.length && this.#captions[this.#told]!.startMs <= heardMs) this.#told++;
    return this.#captions.slice(first, this.#told);
  }

  /** All words told so far. */
  get text(): string {
    return this.#captions
      .slice(0, this.#told)
      .map(({ text }) => text.trim())
      .join(' ');
  }
}
