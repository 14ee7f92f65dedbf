/**
 * @file CpuRenderer: motion frames in, pictures out, on one thread of the CPU, without WebGPU. It draws what the WGSL renderer draws on
 * a software adapter, only faster, and it is the reference that the kernels are compared with.
 *
 * Cost of a 512 x 512 px picture of a bundled portrait: 8600 triangles of face and photo (and up to 3000 of the mouth, where it is open),
 * 120 000 opaque pixels, 60 000 blended ones; half of the picture does not move and is copied.
 */
import type { MotionFrame } from '../../core/motion-frame';
import type { PortraitBundle } from '../../portrait-bundle/portrait-bundle';
import type { FaceModel } from '../../weights/face-model';
import type { PictureOutput } from '../picture-output';
import type { PortraitRenderer, PreparedOutput } from '../portrait-renderer';
import { FrameMotion } from './frame-amounts';
import { PictureScene } from './picture-scene';
import type { Target } from './target';
import { GridMotion, MeshMotion } from './vertex-motion';

/** Draws one portrait. */
export class CpuRenderer implements PortraitRenderer {
  readonly #model: FaceModel;
  readonly #bundle: PortraitBundle;
  readonly #motion: FrameMotion;
  readonly #mesh: MeshMotion;
  readonly #grid: GridMotion;
  readonly #show: (picture: Target) => void;
  #scene: PictureScene;

  /** @param show gets every picture, premultiplied; the next one overwrites it */
  constructor(model: FaceModel, bundle: PortraitBundle, output: PictureOutput, show: (picture: Target) => void) {
    this.#model = model;
    this.#bundle = bundle;
    this.#show = show;
    this.#motion = new FrameMotion(model, bundle);
    this.#mesh = new MeshMotion(model, bundle);
    this.#grid = new GridMotion(bundle);
    this.#scene = this.#compose(output);
  }

  /** The latent must be on the CPU. */
  advance({ latent, ...frame }: MotionFrame): void {
    if (!(latent instanceof Float32Array)) throw new Error('the CPU renderer cannot read a latent from the GPU');
    this.#motion.advance({ latent, ...frame });
  }

  async prepareOutput(output: PictureOutput): Promise<PreparedOutput> {
    const scene = this.#compose(output);
    return { apply: () => void (this.#scene = scene), discard: () => {} };
  }

  draw(mix: number): void {
    this.#scene.draw(this.#motion.at(mix));
    this.#show(this.#scene.target);
  }

  destroy(): void {}

  #compose(output: PictureOutput): PictureScene {
    return new PictureScene(this.#model, this.#bundle, this.#mesh, this.#grid, output);
  }
}
