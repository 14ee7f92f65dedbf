/** @file Runs FaceAnalyser in a dedicated worker, as the library does, and replies with plain numbers. */

import { FaceAnalyser } from '../../../src/portrait/analysis/face-analysis';
import { TalkingPortraitError } from '../../../src/errors';
import { ModelLoader } from '../../../src/weights/model-loader';

export type AnalysisRequest = { id: number; picture: Blob | ImageBitmap; aborted?: boolean };
export type AnalysisReply = { id: number } & (
  | { error: { name: string; code?: string; what?: string; remedy?: string } }
  | {
      size: [number, number];
      square: { x: number; y: number; width: number; height: number };
      landmarks: number[];
      faceCount: number;
      warnings: string[];
      /** Size of the matte, and its mean in the middle of the face and in the two upper corners. */
      matte: { width: number; height: number; face: number; corners: number };
      progress: number[];
      analysisMs: number;
    }
);

const analyser = FaceAnalyser.create(new ModelLoader({ files: { baseUrl: new URL('/models/', location.href).href } }));

onmessage = async ({ data: { id, picture, aborted } }: MessageEvent<AnalysisRequest>) => {
  try {
    const ready = await analyser;
    const progress: number[] = [];
    const start = performance.now();
    const result = await ready.analyse(picture, {
      signal: aborted ? AbortSignal.abort() : undefined,
      onProgress: (fraction) => progress.push(fraction),
    });
    const analysisMs = performance.now() - start;
    const { photo, square, landmarks, matte, faceCount, warnings } = result;
    const mean = (x0: number, y0: number, x1: number, y1: number): number => {
      let [sum, count] = [0, 0];
      for (let y = Math.floor(y0 * matte.height); y < y1 * matte.height; y++) {
        for (let x = Math.floor(x0 * matte.width); x < x1 * matte.width; x++) {
          sum += matte.data[y * matte.width + x]!;
          count++;
        }
      }
      return sum / count;
    };
    const [x, y] = [0, 1].map(
      (axis) => (landmarks[3 * 234 + axis]! + landmarks[3 * 454 + axis]!) / 2 / photo.width,
    ) as [number, number];
    const reply: AnalysisReply = {
      id,
      size: [photo.width, photo.height],
      square,
      landmarks: [...landmarks],
      faceCount,
      warnings,
      matte: {
        width: matte.width,
        height: matte.height,
        face: mean(x - 0.05, y - 0.05, x + 0.05, y + 0.05),
        corners: (mean(0, 0, 0.1, 0.1) + mean(0.9, 0, 1, 0.1)) / 2,
      },
      progress,
      analysisMs,
    };
    postMessage(reply);
  } catch (error) {
    const known = error instanceof TalkingPortraitError ? error : undefined;
    postMessage({
      id,
      error: { name: String(error), ...(known && { code: known.code, what: known.what, remedy: known.remedy }) },
    } satisfies AnalysisReply);
  }
};
