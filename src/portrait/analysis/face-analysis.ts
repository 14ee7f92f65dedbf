/**
 * @file FaceAnalyser: turns any picture into a square portrait with 478 landmarks and a person matte. Runs in the
 * worker on onnxruntime's WASM. It is not needed once the portrait is prepared.
 */

import { checkAborted } from '../../core/aborted';
import { TalkingPortraitError } from '../../errors';
import type { ModelLoader } from '../../weights/model-loader';
import type { OnnxSessionOptions } from '../../weights/onnx-session';
import { type FaceDetection, FaceDetector } from './face-detector';
import { FaceLandmarker, type FaceLandmarks } from './face-landmarker';
import { roiFromDetection, roiFromLandmarks } from './face-roi';
import { decodeImage } from './image-decode';
import { type PictureRect, resizeImage } from './image-resize';
import { PersonSegmenter } from './person-segmenter';
import { cutPortrait, portraitCrop } from './portrait-crop';
import { quarterTurnsToUpright, turnLandmarks, turnPicture } from './quarter-turn';
import type { RgbaImage, PersonMatte } from '../../core/rgba-image';

/** The result of an analysis. */
type FaceAnalysis = {
  /** Upright square around the head, 512 to 1024 px. */
  photo: RgbaImage;
  /** Position of `photo` in the upright picture, px; may extend beyond the picture. */
  square: PictureRect;
  /** f32[478 x 3], px of `photo`: x right, y down, z in px and smaller towards the viewer. */
  landmarks: Float32Array;
  colorSpace: PredefinedColorSpace;
  /** Spans the whole `photo`. */
  matte: PersonMatte;
  /** Number of faces in the picture; the largest one was used. */
  faceCount: number;
  /** Sentences for the user about what may reduce the quality of the portrait. */
  warnings: string[];
};

type AnalyseOptions = {
  signal?: AbortSignal | undefined;
  /** Called with the progress, 0 ... 1. */
  onProgress?: ((fraction: number) => void) | undefined;
  /** Colour space of the decoded photo. @defaultValue 'srgb' */
  colorSpace?: PredefinedColorSpace | undefined;
};

/** Faces are searched in a copy of at most this size; more pixels do not find more faces. */
const SEARCH_SIDE_PX = 1024;
/** If the landmark network's face probability is lower than this, the detector was wrong. */
const MIN_PRESENCE = 0.5;
/** At larger angles the far side of the face is hidden. */
const MAX_TURN_DEGREES = 30;
/** Landmarks on the contour next to the ear at the picture's left and right. */
const EAR_RIMS = [234, 454] as const;

export class FaceAnalyser {
  readonly #detector: FaceDetector;
  readonly #landmarker: FaceLandmarker;
  readonly #segmenter: PersonSegmenter;

  private constructor(detector: FaceDetector, landmarker: FaceLandmarker, segmenter: PersonSegmenter) {
    this.#detector = detector;
    this.#landmarker = landmarker;
    this.#segmenter = segmenter;
  }

  /** Loads the three networks. @throws TalkingPortraitError any of the loader or the runtime */
  static async create(loader: ModelLoader, options: OnnxSessionOptions = {}): Promise<FaceAnalyser> {
    return new FaceAnalyser(
      ...(await Promise.all([
        FaceDetector.create(loader, options),
        FaceLandmarker.create(loader, options),
        PersonSegmenter.create(loader, options),
      ])),
    );
  }

  /**
   * Runs every network once, so that the first picture is analysed as fast as later ones. Not needed if a picture is
   * waiting already.
   */
  async warmUp(): Promise<void> {
    await Promise.all([this.#detector.warmUp(), this.#landmarker.warmUp(), this.#segmenter.warmUp()]);
  }

  /**
   * Finds the largest face of a picture and crops the portrait.
   *
   * @param image a file, or a bitmap, which stays open
   * @throws TalkingPortraitError `no-face`, `image-corrupt`, `image-too-small`, `invalid-option`, `aborted`
   */
  async analyse(image: Blob | ImageBitmap, options: AnalyseOptions = {}): Promise<FaceAnalysis> {
    checkAborted(options.signal);
    return this.analysePixels(await decodeImage(image, options.colorSpace), options);
  }

  /** The same as {@link analyse} for decoded, opaque pixels. */
  async analysePixels(picture: RgbaImage, options: AnalyseOptions = {}): Promise<FaceAnalysis> {
    const { signal, onProgress, colorSpace = 'srgb' } = options;
    const step = (fraction: number): void => {
      checkAborted(signal);
      onProgress?.(fraction);
    };
    step(0.1);
    const face = await this.#largestFace(picture, () => checkAborted(signal));
    step(0.5);
    let [upright, rough] = [picture, face.landmarks.points];
    const turns = quarterTurnsToUpright(rough);
    for (let turn = 0; turn < turns; turn++) {
      rough = turnLandmarks(rough, upright.width);
      upright = turnPicture(upright);
    }
    const crop = portraitCrop(rough, upright.width, upright.height);
    const photo = cutPortrait(upright, crop);
    step(0.7);
    const landmarks = await this.#landmarksOfPhoto(photo, rough, crop.square, crop.size);
    step(0.85);
    const matte = await this.#segmenter.matte(photo);
    step(1);

    const warnings: string[] = [];
    if (face.count > 1) warnings.push(`There are ${face.count} faces in the picture; the largest one is used.`);
    if (turns > 0) warnings.push('The picture was rotated; it has been turned upright.');
    if (crop.soft) warnings.push('The face has few pixels, so the portrait will be blurred.');
    if (crop.continued)
      warnings.push('The picture is cropped close to the face; what is missing around it has been filled in.');
    if (Math.abs(turnDegrees(landmarks)) > MAX_TURN_DEGREES)
      warnings.push('The face is turned to the side; a frontal picture gives a better result.');
    return { photo, colorSpace, square: crop.square, landmarks, matte, faceCount: face.count, warnings };
  }

  async close(): Promise<void> {
    await Promise.all([this.#detector.close(), this.#landmarker.close(), this.#segmenter.close()]);
  }

  /** The largest face at the first search scale that has any, and the number of faces there. */
  async #largestFace(picture: RgbaImage, onStep: () => void): Promise<{ landmarks: FaceLandmarks; count: number }> {
    const factor = Math.min(1, SEARCH_SIDE_PX / Math.max(picture.width, picture.height));
    const [width, height] = [picture.width, picture.height].map((side) => Math.max(1, Math.round(side * factor)));
    const whole = { x: 0, y: 0, width: picture.width, height: picture.height };
    const copy = factor < 1 ? resizeImage(picture, whole, width!, height!) : picture;
    for await (const detections of this.#detector.search(copy, onStep)) {
      const faces: FaceLandmarks[] = [];
      for (const detection of detections.sort((a, b) => b.width * b.height - a.width * a.height)) {
        const landmarks = await this.#landmarker.landmarks(
          picture,
          roiFromDetection(scaleDetection(detection, 1 / factor)),
        );
        if (landmarks.presence >= MIN_PRESENCE) faces.push(landmarks);
      }
      if (faces.length > 0) return { landmarks: faces[0]!, count: faces.length };
    }
    throw new TalkingPortraitError(
      'no-face',
      'No face was found in the picture.',
      'Use a picture that shows one face from the front: upright, well lit and uncovered.',
    );
  }

  async #landmarksOfPhoto(
    photo: RgbaImage,
    points: Float32Array,
    square: PictureRect,
    size: number,
  ): Promise<Float32Array> {
    const scale = size / square.width;
    const guess = points.map(
      (value, i) => (i % 3 === 0 ? value - square.x : i % 3 === 1 ? value - square.y : value) * scale,
    );
    return (await this.#landmarker.averagedLandmarks(photo, roiFromLandmarks(guess))).points;
  }
}

/** Rotation of the head about the vertical axis, degrees; positive towards the picture's right. */
function turnDegrees(landmarks: Float32Array): number {
  const [left, right] = EAR_RIMS.map((index) => landmarks.subarray(3 * index, 3 * index + 3)) as [
    Float32Array,
    Float32Array,
  ];
  const across = Math.hypot(right[0]! - left[0]!, right[1]! - left[1]!);
  return (Math.atan2(right[2]! - left[2]!, across) * 180) / Math.PI;
}

function scaleDetection(face: FaceDetection, factor: number): FaceDetection {
  return {
    score: face.score,
    x: face.x * factor,
    y: face.y * factor,
    width: face.width * factor,
    height: face.height * factor,
    keypoints: face.keypoints.map((value) => value * factor),
  };
}
