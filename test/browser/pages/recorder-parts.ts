/** @file Runs parts of the recorder in a page and reads their results with independent decoders. */
import { ALL_FORMATS, BlobSource, CanvasSink, Input } from 'mediabunny';

import { decodeAudio } from '../../../src/recorder/decode-audio';
import { VideoWriter, type Container } from '../../../src/recorder/video-writer';

const RATE_HZ = 44_100;
const FPS = 25;
const SIZE = 128;

/** Duration of a sound, where its loud part begins, and its peak. */
export type HeardClick = { sampleRate: number; seconds: number; onset: number; peak: number };

function measure(channel: Float32Array, sampleRate: number): HeardClick {
  const peak = channel.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const onset = channel.findIndex((value) => Math.abs(value) > peak / 4) / sampleRate;
  return { sampleRate, seconds: channel.length / sampleRate, onset, peak };
}

async function decode(url: string): Promise<HeardClick> {
  const { channels, sampleRate } = await decodeAudio(await (await fetch(url)).blob());
  return measure(channels[0]!, sampleRate);
}

/** The error of decoding `text` as if it were sound. */
async function decodeNonsense(text: string): Promise<{ code: string; message: string }> {
  return decodeAudio(new Blob([text])).then(
    () => ({ code: 'none', message: '' }),
    (error: { code: string; message: string }) => ({ code: error.code, message: error.message }),
  );
}

export type WrittenFile = {
  type: string;
  mimeType: string;
  seconds: number;
  /** Colour of the centre of every frame. */
  pictures: { timestamp: number; rgb: [number, number, number] }[];
  sound: HeardClick;
};

/** Writes a video, drawn with WebGPU, that flashes white in frame `flash` and has a stereo tone from then on. */
async function write(container: Container, frames: number, flash: number): Promise<WrittenFile> {
  const length = Math.round((frames / FPS) * RATE_HZ);
  const onset = Math.round((flash / FPS) * RATE_HZ);
  const tone = Float32Array.from({ length }, (_, i) => (i < onset ? 0 : 0.5 * Math.sin(i * 0.2)));
  const canvas = new OffscreenCanvas(SIZE, SIZE);
  const device = await (await navigator.gpu.requestAdapter())!.requestDevice();
  const context = canvas.getContext('webgpu')!;
  context.configure({ device, format: navigator.gpu.getPreferredCanvasFormat(), alphaMode: 'opaque' });
  const sound = { channels: [tone, tone.slice()], sampleRate: RATE_HZ };
  const writer = await VideoWriter.create({
    transparent: false,
    isMarked: true,
    container,
    width: SIZE,
    height: SIZE,
    fps: FPS,
    sound,
  });
  for (let index = 0; index < frames; index++) {
    const encoder = device.createCommandEncoder({ label: 'test picture' });
    const clearValue = index === flash ? [1, 1, 1, 1] : [index / frames, 0, 0.5, 1];
    const view = context.getCurrentTexture().createView();
    encoder.beginRenderPass({ colorAttachments: [{ view, clearValue, loadOp: 'clear', storeOp: 'store' }] }).end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    await writer.addFrame(canvas, index);
  }
  const file = await writer.finish();
  device.destroy();

  const input = new Input({ source: new BlobSource(file), formats: ALL_FORMATS });
  const video = (await input.getPrimaryVideoTrack())!;
  const pictures: WrittenFile['pictures'] = [];
  for await (const wrapped of new CanvasSink(video).canvases()) {
    const pixels = (wrapped.canvas as HTMLCanvasElement).getContext('2d')!.getImageData(SIZE / 2, SIZE / 2, 1, 1).data;
    pictures.push({ timestamp: wrapped.timestamp, rgb: [pixels[0]!, pixels[1]!, pixels[2]!] });
  }
  const seconds = await input.computeDuration();
  const mimeType = await input.getMimeType();
  input.dispose();
  // The sound is decoded by the browser, not by the library that wrote the file.
  const heard = await new OfflineAudioContext(1, 1, 48_000).decodeAudioData(await file.arrayBuffer());
  return { type: file.type, mimeType, seconds, pictures, sound: measure(heard.getChannelData(0), heard.sampleRate) };
}

export type RecorderParts = {
  decode: typeof decode;
  decodeNonsense: typeof decodeNonsense;
  write: typeof write;
};

Object.assign(globalThis, { recorderParts: { decode, decodeNonsense, write } satisfies RecorderParts });
