/**
 * @file The part of the gallery that runs in the browser: it decodes and analyses pictures as the library does, and
 * labels contact sheets on a canvas. gallery-page.ts calls it through `globalThis.gallery`; pictures and numbers are
 * passed as base64.
 */
import { TalkingPortraitError } from '../../src/errors';
import { FaceAnalyser } from '../../src/portrait/analysis/face-analysis';
import { fitFace } from '../../src/portrait/fit/face-fit';
import { savePortraitBundle } from '../../src/portrait-bundle/portrait-file';
import { preparePortrait } from '../../src/portrait/prepare/prepare-portrait';
import { loadFaceModel } from '../../src/weights/face-model';
import { ModelLoader } from '../../src/weights/model-loader';

/** The analysis of one picture, with the same steps as the library. */
export type PageAnalysis = {
  /** A .portrait file. */
  bundle: string;
  /** The square cropped from the picture, RGBA. */
  photo: { width: number; height: number; data: string };
  /** f32[478 x 3], px of `photo`. */
  landmarks: number[];
  /** f32, row-major, spans the photo. */
  matte: { width: number; height: number; data: string };
  warnings: string[];
  fitError: { model: number; final: number };
  mouthClosed: boolean;
  /** Decoding, analysis, fit and preparation; the networks are loaded already. */
  seconds: number;
};

export type Sheet = {
  columns: string[];
  /** `tiles` are square PNG or WebP files, one per column. */
  rows: { label: string; tiles: string[] }[];
  /** Side of a tile, px. */
  tile: number;
};

const LABEL_WIDTH_PX = 88;
const LABEL_HEIGHT_PX = 20;
const FONT = '12px sans-serif';

const loader = new ModelLoader({ files: { baseUrl: new URL('/models/', location.href).href } });
const model = await loadFaceModel(loader);
const analyser = await FaceAnalyser.create(loader);

async function analyse(picture: string): Promise<PageAnalysis | { error: string }> {
  const blob = await fromBase64(picture);
  const start = performance.now();
  try {
    const analysis = await analyser.analyse(blob);
    const fit = fitFace(model, analysis.landmarks);
    const bundle = preparePortrait(model, analysis, fit);
    const seconds = (performance.now() - start) / 1000;
    const { photo, matte } = analysis;
    return {
      bundle: await toBase64(new Blob([savePortraitBundle(bundle)])),
      photo: { ...photo, data: await toBase64(new Blob([photo.data as Uint8ClampedArray<ArrayBuffer>])) },
      landmarks: [...analysis.landmarks],
      matte: { ...matte, data: await toBase64(new Blob([matte.data as Float32Array<ArrayBuffer>])) },
      warnings: analysis.warnings,
      fitError: fit.error,
      mouthClosed: fit.mouthClosed,
      seconds,
    };
  } catch (error) {
    if (error instanceof TalkingPortraitError) return { error: `${error.code}: ${error.what}` };
    throw error;
  }
}

/** @returns the sheet as a file of `type`, with any labels */
async function drawSheet({ columns, rows, tile }: Sheet, type: string, quality: number): Promise<string> {
  const [left, top] = [rows.some((row) => row.label) ? LABEL_WIDTH_PX : 0, columns.some(Boolean) ? LABEL_HEIGHT_PX : 0];
  const canvas = new OffscreenCanvas(left + tile * columns.length, top + tile * rows.length);
  const context = canvas.getContext('2d')!;
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = '#000';
  context.font = FONT;
  context.textBaseline = 'middle';
  columns.forEach((name, column) => context.fillText(name, left + column * tile + 4, top / 2, tile - 8));
  for (const [row, { label, tiles }] of rows.entries()) {
    const words = label.split(/[ _-]/);
    words.forEach((word, line) => {
      const y = top + row * tile + tile / 2 + (line - (words.length - 1) / 2) * 15;
      context.fillText(word, 4, y, left - 8);
    });
    for (const [column, file] of tiles.entries())
      context.drawImage(await createImageBitmap(await fromBase64(file)), left + column * tile, top + row * tile);
  }
  return toBase64(await canvas.convertToBlob({ type, quality }));
}

/** @returns RGBA of a picture file */
async function decode(file: string): Promise<{ width: number; height: number; data: string }> {
  const bitmap = await createImageBitmap(await fromBase64(file));
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d')!;
  context.drawImage(bitmap, 0, 0);
  return { width, height, data: await toBase64(new Blob([context.getImageData(0, 0, width, height).data])) };
}

async function fromBase64(data: string): Promise<Blob> {
  return (await fetch(`data:application/octet-stream;base64,${data}`)).blob();
}

function toBase64(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => {
      const url = reader.result as string;
      resolve(url.slice(url.indexOf(',') + 1));
    });
    reader.addEventListener('error', () => reject(reader.error));
    reader.readAsDataURL(blob);
  });
}

const gallery = { analyse, drawSheet, decode };
export type GalleryApi = typeof gallery;

declare global {
  var gallery: GalleryApi;
}
globalThis.gallery = gallery;
