/** @file Listens to all sound that the page sends to its loudspeaker, and notes when which loudness leaves it. */

import { TimeSeries } from './time-series';

const PROCESSOR = `registerProcessor('tap', class extends AudioWorkletProcessor {
  #sum = 0;
  #count = 0;
  process([[channel]]) {
    for (const x of channel ?? []) this.#sum += x * x;
    this.#count += 128;
    if (this.#count < 512) return true;
    this.port.postMessage({ frame: currentFrame + 128 - this.#count / 2, rms: Math.sqrt(this.#sum / this.#count) });
    this.#sum = this.#count = 0;
    return true;
  }
});`;

/** Loudness (RMS) of everything that has been heard since it was installed, by `performance.now()`. */
export const heard = new TimeSeries();

/** Puts a listener behind every node that is connected to a loudspeaker from now on. */
export function tapLoudspeakers(): void {
  const connect = AudioNode.prototype.connect as (
    this: AudioNode,
    to: AudioNode | AudioParam,
    ...rest: number[]
  ) => AudioNode;
  const tapped = function (this: AudioNode, to: AudioNode | AudioParam, ...rest: number[]): AudioNode {
    if (to instanceof AudioDestinationNode && this.context instanceof AudioContext) void tap(this, this.context);
    return connect.call(this, to, ...rest);
  };
  AudioNode.prototype.connect = tapped as AudioNode['connect'];
}

async function tap(source: AudioNode, context: AudioContext): Promise<void> {
  const url = URL.createObjectURL(new Blob([PROCESSOR], { type: 'text/javascript' }));
  await context.audioWorklet.addModule(url);
  URL.revokeObjectURL(url);
  const node = new AudioWorkletNode(context, 'tap', { numberOfOutputs: 0 });
  source.connect(node);
  node.port.onmessage = ({ data }: MessageEvent<{ frame: number; rms: number }>) => {
    // The moment at which the device plays this frame, from the newest pair of times that the browser gives.
    const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp();
    const laterMs = (data.frame / context.sampleRate - contextTime) * 1000;
    heard.add(performanceTime + laterMs, data.rms);
  };
}
