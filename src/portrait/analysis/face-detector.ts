/**
 * @file Finds faces with BlazeFace (Bazarevsky et al. 2019), MediaPipe's short-range detector for 128 x 128 pixels:
 * anchors, decoding, weighted non-maximum suppression, and a search at several scales, because the network only finds
 * faces that fill about 10 to 70 % of its input.
 */

import type { ModelLoader } from '../../weights/model-loader';
import type { OnnxSessionOptions } from '../../weights/onnx-session';
import type { RgbaImage } from '../../core/rgba-image';
import { sampleCrop } from './crop-sampler';
import { ImageNetwork } from './image-network';

/** Bounding box of a face, px of the picture. */
export type FaceDetection = {
  score: number;
  x: number;
  y: number;
  width: number;
  height: number;
  /** f32[6 x 2], px: eye at the picture's left, eye at its right, nose tip, mouth, ear left, ear right. */
  keypoints: Float32Array;
};

const INPUT_SIZE_PX = 128;
const REGRESSORS_PER_ANCHOR = 16;
const KEYPOINT_COUNT = 6;
/** Two anchors per cell of the 16 x 16 map, six per cell of the 8 x 8 map (three layers of two). */
const ANCHOR_MAPS = [
  { cells: 16, anchors: 2 },
  { cells: 8, anchors: 6 },
] as const;
const MIN_SCORE = 0.5;
const SUPPRESSION_OVERLAP = 0.3;
/** A face in a smaller tile would have too few pixels to be useful. */
const SMALLEST_TILE_PX = 80;

/** Centres of the 896 anchors, f32[896 x 2], 0 ... 1. All anchors have the size of the input. */
export function faceAnchors(): Float32Array {
  const centres: number[] = [];
  for (const { cells, anchors } of ANCHOR_MAPS) {
    for (let row = 0; row < cells; row++) {
      for (let column = 0; column < cells; column++) {
        for (let anchor = 0; anchor < anchors; anchor++) centres.push((column + 0.5) / cells, (row + 0.5) / cells);
      }
    }
  }
  return new Float32Array(centres);
}

/**
 * Detections of one run of the network, before suppression.
 *
 * @param regressors f32[896 x 16]: offset of the box centre, box size, six keypoint offsets, px of the input
 * @param logits f32[896]
 * @param region the square of the picture that was the network's input, px
 */
export function decodeDetections(
  regressors: Float32Array,
  logits: Float32Array,
  anchors: Float32Array,
  region: { x: number; y: number; size: number },
): FaceDetection[] {
  const scale = region.size / INPUT_SIZE_PX;
  const found: FaceDetection[] = [];
  for (let anchor = 0; anchor < logits.length; anchor++) {
    const score = 1 / (1 + Math.exp(-logits[anchor]!));
    if (score < MIN_SCORE) continue;
    const raw = regressors.subarray(anchor * REGRESSORS_PER_ANCHOR, (anchor + 1) * REGRESSORS_PER_ANCHOR);
    const originX = region.x + anchors[2 * anchor]! * region.size;
    const originY = region.y + anchors[2 * anchor + 1]! * region.size;
    const [width, height] = [raw[2]! * scale, raw[3]! * scale];
    const keypoints = new Float32Array(2 * KEYPOINT_COUNT);
    for (let k = 0; k < KEYPOINT_COUNT; k++) {
      keypoints[2 * k] = originX + raw[4 + 2 * k]! * scale;
      keypoints[2 * k + 1] = originY + raw[5 + 2 * k]! * scale;
    }
    found.push({
      score,
      x: originX + raw[0]! * scale - width / 2,
      y: originY + raw[1]! * scale - height / 2,
      width,
      height,
      keypoints,
    });
  }
  return found;
}

/** Intersection over union of two boxes, 0 ... 1. */
export function boxOverlap(a: FaceDetection, b: FaceDetection): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (a.width * a.height + b.width * b.height - shared);
}

/**
 * Weighted non-maximum suppression (BlazeFace, section 3.3): boxes that overlap the best one are not discarded but
 * averaged with it, weighted by score. This makes the box stable.
 *
 * @returns one detection per face, best first
 */
export function suppressNonMaxima(detections: readonly FaceDetection[]): FaceDetection[] {
  let remaining = [...detections].sort((a, b) => b.score - a.score);
  const faces: FaceDetection[] = [];
  while (remaining.length > 0) {
    const best = remaining[0]!;
    const group = remaining.filter((other) => other === best || boxOverlap(best, other) > SUPPRESSION_OVERLAP);
    remaining = remaining.filter((other) => !group.includes(other));
    faces.push(weightedMean(group, best.score));
  }
  return faces;
}

function weightedMean(group: readonly FaceDetection[], score: number): FaceDetection {
  const mean: FaceDetection = {
    score,
    x: 0,
    y: 0,
    width: 0,
    height: 0,
    keypoints: new Float32Array(2 * KEYPOINT_COUNT),
  };
  const total = group.reduce((sum, { score: weight }) => sum + weight, 0);
  for (const face of group) {
    const weight = face.score / total;
    mean.x += weight * face.x;
    mean.y += weight * face.y;
    mean.width += weight * face.width;
    mean.height += weight * face.height;
    for (let i = 0; i < mean.keypoints.length; i++) mean.keypoints[i]! += weight * face.keypoints[i]!;
  }
  return mean;
}

/**
 * The squares to search, one list per scale: the whole picture, the picture with a margin (for faces that fill it),
 * then smaller and smaller tiles that overlap by half (for small faces).
 */
export function searchRegions(width: number, height: number): { x: number; y: number; size: number }[][] {
  const whole = Math.max(width, height);
  const centred = (size: number) => [{ x: (width - size) / 2, y: (height - size) / 2, size }];
  const tiles = (size: number) => {
    const starts = (length: number): number[] => {
      const count = Math.max(1, Math.ceil((2 * (length - size)) / size) + 1);
      return Array.from({ length: count }, (_, i) =>
        count === 1 ? (length - size) / 2 : (i * (length - size)) / (count - 1),
      );
    };
    return starts(height).flatMap((y) => starts(width).map((x) => ({ x, y, size })));
  };
  return [
    centred(whole),
    centred(whole * 1.8),
    tiles(Math.min(whole / 2, width, height)),
    ...(whole / 5 >= SMALLEST_TILE_PX ? [tiles(Math.min(whole / 5, width, height))] : []),
  ];
}

export class FaceDetector {
  readonly #anchors = faceAnchors();
  readonly #network: ImageNetwork;

  private constructor(network: ImageNetwork) {
    this.#network = network;
  }

  /** Loads face-detector.onnx. @throws TalkingPortraitError any of the loader or the runtime */
  static async create(loader: ModelLoader, options: OnnxSessionOptions = {}): Promise<FaceDetector> {
    return new FaceDetector(await ImageNetwork.load(loader, 'face-detector', INPUT_SIZE_PX, options));
  }

  /**
   * Searches a picture at one scale after another and yields the detections of each scale that has any, best first. The
   * caller decides when to stop, because a detection may turn out not to be a face.
   *
   * @param onStep called before every run of the network; throw in it to abort
   */
  async *search(image: RgbaImage, onStep?: () => void): AsyncGenerator<FaceDetection[]> {
    for (const regions of searchRegions(image.width, image.height)) {
      const found: FaceDetection[] = [];
      for (const region of regions) {
        onStep?.();
        const roi = {
          centreX: region.x + region.size / 2,
          centreY: region.y + region.size / 2,
          size: region.size,
          angle: 0,
        };
        const { regressors, logits } = await this.#network.run(sampleCrop(image, roi, INPUT_SIZE_PX, 'black'));
        found.push(...decodeDetections(regressors!, logits!, this.#anchors, region));
      }
      if (found.length > 0) yield suppressNonMaxima(found);
    }
  }

  /** Makes the first run as fast as later ones. */
  warmUp(): Promise<void> {
    return this.#network.warmUp();
  }

  close(): Promise<void> {
    return this.#network.close();
  }
}
