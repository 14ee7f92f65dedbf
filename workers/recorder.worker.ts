/** @file Composition root of the recorder's worker: sound decoder, offline renderer and video writer. */
import * as Comlink from 'comlink';

import { FRAME_RATE_HZ } from '../src/core/time';
import { OfflineRenderer } from '../src/pipeline/offline-renderer';
import { carryErrors } from '../src/protocol';
import { decodeAudio, mixToMono } from '../src/recorder/decode-audio';
import type { RecorderApi } from '../src/recorder/recorder-protocol';
import { VideoWriter } from '../src/recorder/video-writer';
import { becomeOnnxThread } from '../src/weights/onnx-thread';

const api: RecorderApi = {
  async render({ options, portrait, audio, fps, container }, onProgress, onWarning, onFrame) {
    const sound = audio instanceof Blob ? await decodeAudio(audio) : audio;
    const renderer = await OfflineRenderer.create({ options, portrait, fps }, { onProgress, onWarning });
    try {
      const { width, height } = options.output;
      const { transparent } = renderer;
      const writer = await VideoWriter.create({ container, width, height, fps, transparent, sound });
      const pcm = { samples: mixToMono(sound), sampleRate: sound.sampleRate, startSample: 0 };
      for await (const { index, canvas } of renderer.frames(pcm)) {
        // Both take the picture before anything else can happen to the canvas.
        const png = onFrame && canvas.convertToBlob({ type: 'image/png' });
        await writer.addFrame(canvas, index);
        if (png) await onFrame(index, await png);
      }
      const video = await writer.finish();
      return { video, motion: { fps: FRAME_RATE_HZ, frames: renderer.motion }, stats: renderer.stats() };
    } finally {
      await renderer.close();
    }
  },
};

if (!becomeOnnxThread()) {
  carryErrors();
  Comlink.expose(api);
}
