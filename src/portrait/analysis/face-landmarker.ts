/**
 * @file Finds the 478 landmarks of one face with Attention Mesh (Grishchenko et al. 2020), a network for 192 x 192
 * pixels that refines lips and eyes. It needs a square around the face, from the detector or from earlier landmarks.
 */

import type { ModelLoader } from '../../weights/model-loader';
import type { OnnxSessionOptions } from '../../weights/onnx-session';
import type { RgbaImage } from '../../core/rgba-image';
import { type FaceRoi, sampleCrop } from './crop-sampler';
import { cropToPicture, roiFromLandmarks } from './face-roi';
import { ImageNetwork } from './image-network';

/** Number of landmarks: 468 of the face mesh, then 5 of each iris. */
export const LANDMARK_COUNT = 478;

export type FaceLandmarks = {
  /** f32[478 x 3], px of the picture: x right, y down, z in px and smaller towards the viewer. */
  points: Float32Array;
  /** Probability that the square contains a face, 0 ... 1. */
  presence: number;
};

const INPUT_SIZE_PX = 192;
/**
 * Variations of the square in `averagedLandmarks`, zero on average: x, y (fractions of its side), scale, angle
 * (radians).
 */
const VARIATIONS = [
  [0, 0, 1, 0],
  [0.02, 0.01, 0.96, 0.03],
  [-0.01, 0.02, 1.04, 0.015],
  [-0.02, -0.01, 0.98, -0.03],
  [0.01, -0.02, 1.02, -0.015],
] as const;

export class FaceLandmarker {
  readonly #network: ImageNetwork;

  private constructor(network: ImageNetwork) {
    this.#network = network;
  }

  /** Loads face-landmarks.onnx. @throws TalkingPortraitError any of the loader or the runtime */
  static async create(loader: ModelLoader, options: OnnxSessionOptions = {}): Promise<FaceLandmarker> {
    return new FaceLandmarker(await ImageNetwork.load(loader, 'face-landmarks', INPUT_SIZE_PX, options));
  }

  /** Landmarks from one run on the square `roi` of the picture. */
  async landmarks(image: RgbaImage, roi: FaceRoi): Promise<FaceLandmarks> {
    const { landmarks, presence } = await this.#network.run(sampleCrop(image, roi, INPUT_SIZE_PX, 'edge'));
    return { points: cropToPicture(landmarks!, roi, INPUT_SIZE_PX), presence: presence![0]! };
  }

  /**
   * More precise landmarks of a still picture: one run on `roi` finds the face's own square, and the result is the mean
   * of several runs on slightly different versions of that square. The result of a single run depends on how the crop's
   * pixels happen to be aligned (about 0.5 % IOD at the lips); the mean does so much less.
   */
  async averagedLandmarks(image: RgbaImage, roi: FaceRoi): Promise<FaceLandmarks> {
    const around = roiFromLandmarks((await this.landmarks(image, roi)).points);
    const mean: FaceLandmarks = { points: new Float32Array(3 * LANDMARK_COUNT), presence: 0 };
    for (const [dx, dy, stretch, turn] of VARIATIONS) {
      const one = await this.landmarks(image, {
        centreX: around.centreX + dx * around.size,
        centreY: around.centreY + dy * around.size,
        size: around.size * stretch,
        angle: around.angle + turn,
      });
      for (let i = 0; i < mean.points.length; i++) mean.points[i]! += one.points[i]! / VARIATIONS.length;
      mean.presence += one.presence / VARIATIONS.length;
    }
    return mean;
  }

  /** Makes the first run as fast as later ones. */
  warmUp(): Promise<void> {
    return this.#network.warmUp();
  }

  close(): Promise<void> {
    return this.#network.close();
  }
}
