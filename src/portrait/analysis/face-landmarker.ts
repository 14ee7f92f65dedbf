/**
 * @file 478 landmarks of one face: Attention Mesh (Grishchenko et al. 2020), a 192 x 192 network that looks again at the
 * lips and eyes. Needs a square that encloses the face, from the detector or from the landmarks of the frame before.
 */

import type { ModelLoader } from '../../weights/model-loader';
import type { OnnxSessionOptions } from '../../weights/onnx-session';
import type { RgbaImage } from '../../portrait-bundle/portrait-bundle';
import { type FaceRoi, sampleCrop } from './crop-sampler';
import { cropToPicture, roiFromLandmarks } from './face-roi';
import { ImageNetwork } from './image-network';

/** Number of landmarks: 468 of the mesh, then 5 of each iris. */
export const LANDMARK_COUNT = 478;

export type FaceLandmarks = {
  /** f32[478 x 3], px of the picture: x right, y down, z in px, smaller is nearer to the viewer. */
  points: Float32Array;
  /** Probability that the square holds a face, 0 ... 1. */
  presence: number;
};

const INPUT_SIZE_PX = 192;
/** Displacements of the looks of `settledLandmarks`, their mean is none: x, y (parts of the square), size, angle (radians). */
const LOOKS = [
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

  /** Loads face-landmarks.onnx. @throws TalkingPortraitError of the loader or the runtime */
  static async create(loader: ModelLoader, options: OnnxSessionOptions = {}): Promise<FaceLandmarker> {
    return new FaceLandmarker(await ImageNetwork.load(loader, 'face-landmarks', INPUT_SIZE_PX, options));
  }

  /** One look at the square `roi` of the picture. */
  async landmarks(image: RgbaImage, roi: FaceRoi): Promise<FaceLandmarks> {
    const { landmarks, presence } = await this.#network.run(sampleCrop(image, roi, INPUT_SIZE_PX, 'edge'));
    return { points: cropToPicture(landmarks!, roi, INPUT_SIZE_PX), presence: presence![0]! };
  }

  /**
   * Landmarks for a picture that stands still: a first look at `roi`, then the mean of several looks at the square of what
   * it found, each a little displaced. One look depends on how the pixels of its crop happen to fall (about 0.5 % of the
   * inter-ocular distance at the lips); their mean does so much less.
   */
  async settledLandmarks(image: RgbaImage, roi: FaceRoi): Promise<FaceLandmarks> {
    const around = roiFromLandmarks((await this.landmarks(image, roi)).points);
    const mean: FaceLandmarks = { points: new Float32Array(3 * LANDMARK_COUNT), presence: 0 };
    for (const [dx, dy, stretch, turn] of LOOKS) {
      const look = await this.landmarks(image, {
        centreX: around.centreX + dx * around.size,
        centreY: around.centreY + dy * around.size,
        size: around.size * stretch,
        angle: around.angle + turn,
      });
      for (let i = 0; i < mean.points.length; i++) mean.points[i]! += look.points[i]! / LOOKS.length;
      mean.presence += look.presence / LOOKS.length;
    }
    return mean;
  }

  /** The first picture takes no longer than others after it. */
  warmUp(): Promise<void> {
    return this.#network.warmUp();
  }

  close(): Promise<void> {
    return this.#network.close();
  }
}
