/**
 * @file 478 landmarks of one face: Attention Mesh (Grishchenko et al. 2020), a 192 x 192 network that looks again at the
 * lips and eyes. Needs a square that encloses the face, from the detector or from the landmarks of the frame before.
 */

import type { ModelLoader } from '../../weights/model-loader';
import type { OnnxSessionOptions } from '../../weights/onnx-session';
import type { RgbaImage } from '../portrait-bundle';
import { sampleCrop } from './crop-sampler';
import { cropToPicture, type FaceRoi, roiFromLandmarks } from './face-roi';
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

export class FaceLandmarker {
  private constructor(private readonly network: ImageNetwork) {}

  /** Loads face-landmarks.onnx. @throws TalkingPortraitError of the loader or the runtime */
  static async create(loader: ModelLoader, options: OnnxSessionOptions = {}): Promise<FaceLandmarker> {
    return new FaceLandmarker(await ImageNetwork.load(loader, 'face-landmarks', INPUT_SIZE_PX, options));
  }

  /** One look at the square `roi` of the picture. */
  async landmarks(image: RgbaImage, roi: FaceRoi): Promise<FaceLandmarks> {
    const { landmarks, presence } = await this.network.run(sampleCrop(image, roi, INPUT_SIZE_PX, 'edge'));
    return { points: cropToPicture(landmarks!, roi, INPUT_SIZE_PX), presence: presence![0]! };
  }

  /** A look at `roi`, then a second one at the square of the landmarks found: more exact where `roi` was a rough guess. */
  async refinedLandmarks(image: RgbaImage, roi: FaceRoi): Promise<FaceLandmarks> {
    const first = await this.landmarks(image, roi);
    return this.landmarks(image, roiFromLandmarks(first.points));
  }

  close(): Promise<void> {
    return this.network.close();
  }
}
