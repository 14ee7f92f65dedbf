/** @file Types of the parts of HeadAudio that are used here; the package has none. */

declare module '@met4citizen/headaudio/modules/headaudio.mjs' {
  export class HeadAudio {
    constructor(context: null);
    readonly port: { onmessage: ((message: { data: unknown }) => void) | null; postMessage: (data: unknown) => void };
    onvalue: ((viseme: string, value: number) => void) | null;
    loadModel(url: string): Promise<void>;
    update(milliseconds: number): void;
  }
}
declare module '@met4citizen/headaudio/modules/processor.mjs' {
  export class Processor {
    constructor(
      options: { sampleRate: number },
      worklet: {
        port: { onmessage: ((message: { data: unknown }) => void) | null; postMessage: (data: unknown) => void };
      },
    );
    process(samples: Float32Array): void;
    _onmessage(message: { data: unknown }): void;
  }
}
