/** @file Notes what a page opens, workers, AudioContexts, tracks, and what goes wrong on it unheard, to find what is left over. */

const NativeWorker = Worker;
/** For sound of the page itself. */
export const UnwatchedAudioContext = AudioContext;

/** What is open, and the errors that nobody caught. */
export class WatchedGlobals {
  /** Errors and rejections that nobody caught, in words. */
  readonly unheard: string[] = [];
  #workers = new Set<Worker>();
  #contexts: AudioContext[] = [];
  #tracks: MediaStreamTrack[] = [];

  /** Watches the page from now on; once per page. */
  constructor() {
    const [workers, contexts] = [this.#workers, this.#contexts];
    globalThis.Worker = class extends NativeWorker {
      constructor(...args: ConstructorParameters<typeof Worker>) {
        super(...args);
        workers.add(this);
      }

      override terminate(): void {
        workers.delete(this);
        super.terminate();
      }
    };
    globalThis.AudioContext = class extends UnwatchedAudioContext {
      constructor(options?: AudioContextOptions) {
        super(options);
        contexts.push(this);
      }
    };
    const { mediaDevices } = navigator;
    const ask = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = async (constraints) => {
      const stream = await ask(constraints);
      this.#tracks.push(...stream.getTracks());
      return stream;
    };
    addEventListener('unhandledrejection', ({ reason }) => this.unheard.push(`rejection: ${String(reason)}`));
    addEventListener('error', ({ message }) => this.unheard.push(`error: ${message}`));
  }

  /** What is open now, in words. What was closed is forgotten. */
  open(): string[] {
    const contexts = this.#contexts.filter(({ state }) => state !== 'closed');
    const tracks = this.#tracks.filter(({ readyState }) => readyState === 'live');
    this.#contexts.splice(0, Infinity, ...contexts);
    this.#tracks = tracks;
    return [
      ...Array.from(this.#workers, () => 'a worker'),
      ...contexts.map(({ state }) => `an AudioContext, ${state}`),
      ...tracks.map(({ kind }) => `a track of ${kind}`),
    ];
  }
}
