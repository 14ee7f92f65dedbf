/** @file Portraits for the gallery: pictures analysed here, or analyses that were kept. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PNG } from 'pngjs';
import { FaceAnalyser } from '../../src/portrait/face-analysis';
import type { PersonMatte, RgbaImage } from '../../src/portrait/portrait-bundle';
import { nodeModelLoader, nodeOnnxOptions } from '../../test/fixtures/node-models';

export type AnalysedPortrait = {
  photo: RgbaImage;
  landmarks: Float32Array;
  matte: PersonMatte;
  faceCount: number;
  warnings: string[];
};

export async function loadPortrait(file: string): Promise<AnalysedPortrait> {
  return file.endsWith('.json') ? readAnalysis(file) : analyse(file);
}

function readPng(bytes: Buffer): RgbaImage {
  const { width, height, data } = PNG.sync.read(bytes);
  return { width, height, data: new Uint8ClampedArray(data) };
}

function readAnalysis(file: string): AnalysedPortrait {
  const { photo, matte, landmarks } = JSON.parse(readFileSync(file, 'utf8')) as {
    photo: string;
    matte: string;
    landmarks: number[][];
  };
  const mask = readPng(readFileSync(join(dirname(file), matte)));
  return {
    photo: readPng(readFileSync(join(dirname(file), photo))),
    landmarks: Float32Array.from(landmarks.flat()),
    matte: {
      width: mask.width,
      height: mask.height,
      data: Float32Array.from({ length: mask.width * mask.height }, (_, i) => mask.data[4 * i]! / 255),
    },
    faceCount: 1,
    warnings: [],
  };
}

let analyser: Promise<FaceAnalyser> | undefined;

async function analyse(file: string): Promise<AnalysedPortrait> {
  const bytes = file.endsWith('.png')
    ? readFileSync(file)
    : execFileSync('ffmpeg', ['-v', 'error', '-i', file, '-f', 'image2pipe', '-c:v', 'png', '-'], {
        maxBuffer: 1 << 28,
      });
  analyser ??= nodeOnnxOptions().then((options) => FaceAnalyser.create(nodeModelLoader(), options));
  return (await analyser).analysePixels(readPng(bytes));
}
