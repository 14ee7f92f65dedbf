/**
 * @file WarpingRenderer: motion frames in, pictures out, everything on the GPU in the caller's command encoder.
 *
 * A picture is one compute pass (PortraitWarp: five kernels without barriers) and one render pass (Compositor). Nothing is
 * allocated on the GPU and nothing is read back; bind groups and the render bundle are created once.
 *
 * Cost of a 512 x 512 px picture (Eileen Collins; `node bench/run.mjs render` counts and times it for any portrait):
 *   mesh 6350 vertices with 115 000 mode entries, 6 multiply-adds and 8 integer operations each: 2.1 MFLOP with the pose
 *   grid 1270 moving vertices with 15 000 entries: 0.1 MFLOP; keypoints, expressions, gaps: 0.9 MFLOP
 *   14 800 triangles: face 8600, mouth 3500, photo 2700; 0.35 million shaded pixels of one or two bilinear samples: 10 MFLOP
 *   0.9 MB of tables, 0.3 MB of positions written and read, 2 MB of colour and depth, 1 to 4 MB of photo
 */
import type { MotionFrame } from '../../core/motion-frame';
import type { GpuTimer } from '../../gpu/gpu-timer';
import type { PortraitBundle } from '../../portrait-bundle/portrait-bundle';
import type { FaceModel } from '../../weights/face-model';
import { DEFAULT_PICTURE, type PictureOutput } from '../picture-output';
import type { PreparedOutput } from '../portrait-renderer';
import { Compositor } from './compositor';
import { PortraitTextures } from './portrait-textures';
import { PortraitWarp, type WarpedGeometry } from './portrait-warp';

/** Names of the passes for a `GpuTimer`. */
export const RENDER_PASSES = ['warp', 'draw'] as const;

/** Missing fields are taken from DEFAULT_PICTURE. */
export type WarpingRendererOptions = Pick<PictureOutput, 'width' | 'height' | 'format'> & Partial<PictureOutput>;

/** Draws one portrait. */
export class WarpingRenderer {
  readonly #device: GPUDevice;
  readonly #model: FaceModel;
  readonly #bundle: PortraitBundle;
  readonly #warp: PortraitWarp;
  #textures: PortraitTextures;
  #compositor: Compositor;
  #output: PictureOutput;

  private constructor(
    device: GPUDevice,
    model: FaceModel,
    bundle: PortraitBundle,
    warp: PortraitWarp,
    textures: PortraitTextures,
    compositor: Compositor,
    output: PictureOutput,
  ) {
    this.#device = device;
    this.#model = model;
    this.#bundle = bundle;
    this.#warp = warp;
    this.#textures = textures;
    this.#compositor = compositor;
    this.#output = output;
    warp.place(output);
  }

  /**
   * Uploads a portrait and builds its pipelines; takes tens of milliseconds.
   *
   * @throws TalkingPortraitError 'unsupported' when the driver refuses a shader, 'weights-corrupt' when model and bundle differ
   */
  static async create(
    device: GPUDevice,
    model: FaceModel,
    bundle: PortraitBundle,
    options: WarpingRendererOptions,
  ): Promise<WarpingRenderer> {
    const output: PictureOutput = { ...DEFAULT_PICTURE, ...options };
    const warp = await PortraitWarp.create(device, model, bundle);
    const textures = new PortraitTextures(device, bundle, output.colorSpace);
    try {
      const compositor = await Compositor.create(device, model, bundle, warp.geometry, textures, output);
      return new WarpingRenderer(device, model, bundle, warp, textures, compositor, output);
    } catch (error) {
      warp.destroy();
      textures.destroy();
      throw error;
    }
  }

  /** Records the step to the next motion frame; see PortraitRenderer.advance. */
  advance(encoder: GPUCommandEncoder, frame: MotionFrame): void {
    this.#warp.advance(encoder, frame);
  }

  /** See PortraitRenderer.prepareOutput. */
  async prepareOutput(output: PictureOutput): Promise<PreparedOutput> {
    const before = { textures: this.#textures, compositor: this.#compositor, output: this.#output };
    const keys = Object.keys(output) as (keyof PictureOutput)[];
    // A new crop only needs another camera.
    const sameDraws = keys.every((key) => key === 'crop' || output[key] === before.output[key]);
    const { colorSpace } = output;
    const sameTextures = colorSpace === before.output.colorSpace;
    const textures = sameTextures ? before.textures : new PortraitTextures(this.#device, this.#bundle, colorSpace);
    const compositor = sameDraws
      ? before.compositor
      : await this.#compose(textures, output).catch((error: unknown) => {
          if (!sameTextures) textures.destroy();
          throw error;
        });
    return {
      apply: () => {
        if (!sameDraws) before.compositor.destroy();
        if (!sameTextures) before.textures.destroy();
        this.#compositor = compositor;
        this.#textures = textures;
        this.#output = output;
        this.#warp.place(output);
      },
      discard: () => {
        if (!sameDraws) compositor.destroy();
        if (!sameTextures) textures.destroy();
      },
    };
  }

  #compose(textures: PortraitTextures, output: PictureOutput): Promise<Compositor> {
    return Compositor.create(this.#device, this.#model, this.#bundle, this.#warp.geometry, textures, output);
  }

  /** What the warp computed, COPY_SRC; for tests and measurements. */
  get inspect(): Pick<WarpedGeometry, 'state' | 'mesh' | 'grid' | 'lipProfile'> {
    return this.#warp.geometry;
  }

  /**
   * Records a picture.
   *
   * @param mix see PortraitRenderer.draw
   * @param target a view of the output's size and format; premultiplied alpha
   * @param timer with passes `RENDER_PASSES`
   */
  encode(encoder: GPUCommandEncoder, mix: number, target: GPUTextureView, timer?: GpuTimer): void {
    const pass = encoder.beginComputePass({ label: 'warp', ...timer?.pass('warp') });
    this.#warp.encode(pass, mix);
    pass.end();
    this.#compositor.encode(encoder, target, timer?.pass('draw'));
  }

  destroy(): void {
    this.#warp.destroy();
    this.#compositor.destroy();
    this.#textures.destroy();
  }
}
