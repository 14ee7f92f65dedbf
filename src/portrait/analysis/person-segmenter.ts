/** @file Person or background, for every pixel: MediaPipe Selfie Segmentation, a 256 x 256 network. */

import type { ModelLoader } from '../../weights/model-loader';
import type { OnnxSessionOptions } from '../../weights/onnx-session';
import type { PersonMatte, RgbaImage } from '../../portrait-bundle/portrait-bundle';
import { sampleCrop } from './crop-sampler';
import { ImageNetwork } from './image-network';

const INPUT_SIZE_PX = 256;

export class PersonSegmenter {
  readonly #network: ImageNetwork;

  private constructor(network: ImageNetwork) {
    this.#network = network;
  }

  /** Loads person-matte.onnx. @throws TalkingPortraitError of the loader or the runtime */
  static async create(loader: ModelLoader, options: OnnxSessionOptions = {}): Promise<PersonSegmenter> {
    return new PersonSegmenter(await ImageNetwork.load(loader, 'person-matte', INPUT_SIZE_PX, options));
  }

  /** @param photo square; @returns 256 x 256 probabilities that span the whole photo */
  async matte(photo: RgbaImage): Promise<PersonMatte> {
    const roi = { centreX: photo.width / 2, centreY: photo.height / 2, size: photo.width, angle: 0 };
    const { matte } = await this.#network.run(sampleCrop(photo, roi, INPUT_SIZE_PX, 'edge'));
    return { width: INPUT_SIZE_PX, height: INPUT_SIZE_PX, data: matte! };
  }

  /** The first picture takes no longer than others after it. */
  warmUp(): Promise<void> {
    return this.#network.warmUp();
  }

  close(): Promise<void> {
    return this.#network.close();
  }
}
