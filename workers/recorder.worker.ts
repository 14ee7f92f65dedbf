/** @file Composition root of the recorder's worker: sound decoder, offline renderer and video writer. */
import { errorText, Logger } from '../src/core/logger';
import { mixToMono } from '../src/core/mix-to-mono';
import { FRAME_RATE_HZ } from '../src/core/time';
import { OfflineRenderer } from '../src/pipeline/offline-renderer';
import { exposeCalls } from '../src/protocol';
import { decodeAudio } from '../src/recorder/decode-audio';
import type { RecorderApi } from '../src/recorder/recorder-protocol';
import { markPng } from '../src/recorder/synthetic-mark';
import { VideoWriter } from '../src/recorder/video-writer';

const api: RecorderApi = {
  async render(request, onEvent, onFrame) {
    const log = new Logger((entry) => onEvent({ kind: 'log', entry }), request.options.logLevel, 'recorder');
    try {
      return await render(request, onEvent, onFrame, log);
    } catch (error) {
      log.error('Rendering failed', { error: errorText(error) });
      throw error;
    }
  },
};

async function render(
  { options, portrait, audio, fps, container, isMarked }: Parameters<RecorderApi['render']>[0],
  onEvent: Parameters<RecorderApi['render']>[1],
  onFrame: Parameters<RecorderApi['render']>[2],
  log: Logger,
): ReturnType<RecorderApi['render']> {
  const sound = audio instanceof Blob ? await decodeAudio(audio) : audio;
  const renderer = await OfflineRenderer.create(
    { options, portrait, fps },
    {
      onProgress: (progress) => onEvent({ kind: 'progress', progress }),
      onWarning: (text) => onEvent({ kind: 'warning', text }),
      log,
    },
  );
  try {
    const { width, height } = options.output;
    const transparent = renderer.isTransparent;
    const onWarning = (text: string): void => onEvent({ kind: 'warning', text });
    const writer = await VideoWriter.create({
      container,
      width,
      height,
      fps,
      transparent,
      sound,
      isMarked,
      onWarning,
    });
    const pcm = { samples: mixToMono(sound.channels), sampleRate: sound.sampleRate, startSample: 0 };
    log.info('Rendering begun', { container, width, height, fps });
    for await (const { index, canvas } of renderer.frames(pcm)) {
      // Both read the picture immediately, before the canvas can change.
      const png = onFrame && canvas.convertToBlob({ type: 'image/png' });
      await writer.addFrame(canvas, index);
      if (png) await onFrame(index, isMarked ? await marked(await png) : await png);
    }
    const video = await writer.finish();
    log.info('Rendering done', { bytes: video.size });
    return { video, motion: { fps: FRAME_RATE_HZ, frames: renderer.motion }, stats: renderer.stats() };
  } finally {
    await renderer.close();
  }
}

/** A PNG file with the mark of synthetic media. */
async function marked(png: Blob): Promise<Blob> {
  return new Blob([markPng(new Uint8Array(await png.arrayBuffer()))], { type: png.type });
}

exposeCalls(api);
