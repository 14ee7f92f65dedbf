/** @file Separates person and background with MediaPipe Selfie Segmentation, a network for 256 x 256 pixels. */

import type { ModelLoader } from '../../weights/model-loader';
import type { OnnxSessionOptions } from '../../weights/onnx-session';
import type { PersonMatte, RgbaImage } from '../../core/rgba-image';
import { sampleCrop } from './crop-sampler';
import { ImageNetwork } from './image-network';

const INPUT_SIZE_PX = 256;

export class PersonSegmenter {
  readonly #network: ImageNetwork;

  private constructor(network: ImageNetwork) {
    this.#network = network;
  }

  /** Loads person-matte.onnx. @throws TalkingPortraitError any of the loader or the runtime */
  static async create(loader: ModelLoader, options: OnnxSessionOptions = {}): Promise<PersonSegmenter> {
    return new PersonSegmenter(await ImageNetwork.load(loader, 'person-matte', INPUT_SIZE_PX, options));
  }

  /** The matte of a square photo, 256 x 256. */
  async matte(photo: RgbaImage): Promise<PersonMatte> {
    const roi = { centreX: photo.width / 2, centreY: photo.height / 2, size: photo.width, angle: 0 };
    const { matte } = await this.#network.run(sampleCrop(photo, roi, INPUT_SIZE_PX, 'edge'));
    return { width: INPUT_SIZE_PX, height: INPUT_SIZE_PX, data: matte! };
  }

  /** Makes the first run as fast as later ones. */
  warmUp(): Promise<void> {
    return this.#network.warmUp();
  }

  close(): Promise<void> {
    return this.#network.close();
  }
}
