/**
 * @file WarpingRenderer: motion latents in, picture out, everything on the GPU in the caller's command encoder.
 *
 * A frame is one compute pass of five kernels without barriers (keypoints, expressions, mesh, grid, lip profile) and one render pass.
 * Nothing is allocated and nothing is read back; bind groups and the render bundle are made at creation.
 *
 * What a 512 x 512 frame costs (Eileen Collins; `node bench/run.mjs render` counts and times it for any portrait):
 *   mesh 6350 vertices with 115 000 mode entries, 6 multiply-adds and 8 integer operations each: 2.1 MFLOP with the pose
 *   grid 1270 moving vertices with 15 000 entries: 0.1 MFLOP; keypoints, expressions, gaps: 0.9 MFLOP
 *   14 800 triangles: face 8600, mouth 3500, photo 2700; 0.35 million shaded pixels of one or two bilinear samples: 10 MFLOP
 *   0.9 MB of tables, 0.3 MB of positions written and read, 2 MB of colour and depth, 1 to 4 MB of photo
 */
import type { MotionFrame } from '../../core/motion-frame';
import { createStorageBuffer, createUniformBuffer, uploadStorage } from '../../gpu/buffers';
import type { GpuTimer } from '../../gpu/gpu-timer';
import type { ComputeKernel } from '../../gpu/kernel';
import { createLipProfileKernel, LIP_PROFILE_BYTES, thinLipRing } from '../../kernels/lip-profile';
import { createDenseMotionKernel } from '../../kernels/dense-motion';
import { createGridMotionKernel } from '../../kernels/grid-motion';
import type { FaceModel } from '../../weights/face-model';
import { Compositor } from './compositor';
import type { WarpedGeometry } from './layer-draws';
import { KeypointTransform } from './keypoint-transform';
import { gridRest, packGrid, packMesh } from './motion-tables';
import { DEFAULT_PICTURE, photoPixels, type PhotoToClip, photoToClip, type PictureOutput } from '../picture-output';
import type { PortraitBundle } from '../../portrait-bundle/portrait-bundle';
import type { PortraitRenderer, PreparedOutput } from '../portrait-renderer';
import { PortraitTextures } from './portrait-textures';

/** How far the mouth lies behind where it is modelled, as depth: 0.06 IOD of the 6 that the buffer spans. */
const MOUTH_DEPTH_BIAS = 0.01;
/** Threads a workgroup of the warp kernels. */
const WORKGROUP_SIZE = 64;

/** Names of the passes for a `GpuTimer`. */
export const RENDER_PASSES = ['warp', 'draw'] as const;

/** The rest as in DEFAULT_PICTURE. */
export type WarpingRendererOptions = Pick<PictureOutput, 'width' | 'height' | 'format'> & Partial<PictureOutput>;

/** Draws one portrait. */
export class WarpingRenderer implements PortraitRenderer {
  readonly #device: GPUDevice;
  readonly #model: FaceModel;
  readonly #bundle: PortraitBundle;
  readonly #transform: KeypointTransform;
  readonly #kernels: { mesh: ComputeKernel; grid: ComputeKernel; lips: ComputeKernel };
  readonly #groups: { mesh: GPUBindGroup; grid: GPUBindGroup; lips: GPUBindGroup };
  readonly #counts: { mesh: number; grid: number };
  readonly #geometry: WarpedGeometry;
  #textures: PortraitTextures;
  #compositor: Compositor;
  #output: PictureOutput;
  readonly #buffers: {
    camera: GPUBuffer;
    mesh: GPUBuffer;
    grid: GPUBuffer;
    lipProfile: GPUBuffer;
    tables: GPUBuffer[];
  };

  private constructor(
    device: GPUDevice,
    model: FaceModel,
    bundle: PortraitBundle,
    transform: KeypointTransform,
    kernels: { mesh: ComputeKernel; grid: ComputeKernel; lips: ComputeKernel },
    groups: { mesh: GPUBindGroup; grid: GPUBindGroup; lips: GPUBindGroup },
    counts: { mesh: number; grid: number },
    geometry: WarpedGeometry,
    textures: PortraitTextures,
    compositor: Compositor,
    output: PictureOutput,
    buffers: {
      camera: GPUBuffer;
      mesh: GPUBuffer;
      grid: GPUBuffer;
      lipProfile: GPUBuffer;
      tables: GPUBuffer[];
    },
  ) {
    this.#device = device;
    this.#model = model;
    this.#bundle = bundle;
    this.#transform = transform;
    this.#kernels = kernels;
    this.#groups = groups;
    this.#counts = counts;
    this.#geometry = geometry;
    this.#textures = textures;
    this.#compositor = compositor;
    this.#output = output;
    this.#buffers = buffers;
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
    const camera = createUniformBuffer(device, 'camera', CAMERA_BYTES);
    const mesh = packMesh(model, bundle);
    const grid = packGrid(bundle);
    const counts = { mesh: bundle.mesh.source.length, grid: grid.moving };
    const vertices = 4 * 4 * counts.mesh;
    const ring = thinLipRing(bundle.lipRing, bundle.lipRingUpperCount);
    const buffers = {
      camera,
      mesh: createStorageBuffer(device, 'mesh positions', vertices, GPUBufferUsage.VERTEX),
      grid: createStorageBuffer(device, 'grid positions', 4 * 4 * grid.order.length, GPUBufferUsage.VERTEX),
      lipProfile: createStorageBuffer(device, 'lip profile', LIP_PROFILE_BYTES),
      tables: [
        uploadStorage(device, 'mesh vertices', mesh.vertices),
        uploadStorage(device, 'mesh modes', mesh.entries),
        uploadStorage(device, 'grid vertices', grid.vertices),
        uploadStorage(device, 'grid modes', grid.entries),
        uploadStorage(device, 'lip ring', ring.points),
      ],
    };
    const geometry: Omit<WarpedGeometry, 'state'> = {
      camera,
      lipProfile: buffers.lipProfile,
      mesh: buffers.mesh,
      grid: buffers.grid,
      gridTriangles: grid.triangles,
      gridUv: Float32Array.from(Array.from(grid.order, (v) => gridRest(bundle.grid, bundle.photo, v)).flat()),
    };
    const textures = new PortraitTextures(device, bundle, output.colorSpace);
    const transform = await KeypointTransform.create(device, model, bundle);
    const scene = { ...geometry, state: transform.state };
    const [meshKernel, gridKernel, lipKernel, compositor] = await Promise.all([
      createDenseMotionKernel(device, { vertices: counts.mesh, samples: bundle.gaps.offsets[3] }),
      createGridMotionKernel(device, { moving: counts.grid }),
      createLipProfileKernel(device, { points: ring.points.length, firstLower: ring.firstLower }),
      Compositor.create(device, model, bundle, scene, textures, output),
    ]);
    const [meshVertices, meshModes, gridVertices, gridModes, lipRing] = buffers.tables as [
      GPUBuffer,
      GPUBuffer,
      GPUBuffer,
      GPUBuffer,
      GPUBuffer,
    ];
    const renderer = new WarpingRenderer(
      device,
      model,
      bundle,
      transform,
      { mesh: meshKernel, grid: gridKernel, lips: lipKernel },
      {
        mesh: meshKernel.bind([camera, meshVertices, meshModes, transform.state, buffers.mesh]),
        grid: gridKernel.bind([camera, gridVertices, gridModes, transform.state, buffers.grid]),
        lips: lipKernel.bind([camera, buffers.mesh, lipRing, buffers.lipProfile]),
      },
      counts,
      scene,
      textures,
      compositor,
      output,
      buffers,
    );
    renderer.#place();
    return renderer;
  }

  async prepareOutput(output: PictureOutput): Promise<PreparedOutput> {
    const [device, model, bundle] = [this.#device, this.#model, this.#bundle];
    const [geometry, now] = [this.#geometry, this.#output];
    const keys = Object.keys(output) as (keyof PictureOutput)[];
    const same = keys.every((key) => key === 'crop' || output[key] === now[key]); // a crop is but a camera
    const { colorSpace } = output;
    const before = { textures: this.#textures, compositor: this.#compositor };
    const textures = colorSpace === now.colorSpace ? before.textures : new PortraitTextures(device, bundle, colorSpace);
    const dropTextures = (unused: PortraitTextures): void => {
      if (textures !== before.textures) unused.destroy();
    };
    const compositor = same
      ? before.compositor
      : await Compositor.create(device, model, bundle, geometry, textures, output).catch((error: unknown) => {
          dropTextures(textures);
          throw error;
        });
    return {
      apply: () => {
        if (!same) before.compositor.destroy();
        dropTextures(before.textures);
        this.#compositor = compositor;
        this.#textures = textures;
        this.#output = output;
        this.#place();
      },
      discard: () => {
        if (!same) compositor.destroy();
        dropTextures(textures);
      },
    };
  }

  /** Writes where the photo lies in the picture. */
  #place(): void {
    const { photo, pose } = this.#bundle;
    const toClip = photoToClip(photo, pose, this.#output);
    this.#device.queue.writeBuffer(this.#buffers.camera, 0, packCamera(this.#bundle, toClip, this.#output));
    this.#device.queue.writeBuffer(this.#buffers.grid, 0, restingGrid(this.#geometry.gridUv, photo, toClip));
  }

  /** The motion frame before and the motion frame now, f32[70] each, COPY_DST; at rest until somebody writes them. */
  get latents(): readonly [GPUBuffer, GPUBuffer] {
    return this.#transform.latents;
  }

  /** For tests, like `latents`: articulation of the motion frame before and of the one now, f32[6] each; zeros at rest. */
  get articulation(): readonly [Float32Array, Float32Array] {
    return this.#transform.articulation;
  }

  /** For tests, like `latents`: speech blend of the newest motion frame; 0 at rest. */
  set speechBlend(value: number) {
    this.#transform.speechBlend = value;
  }

  advance(encoder: GPUCommandEncoder, frame: MotionFrame): void {
    this.#transform.advance(encoder, frame);
  }

  /** For tests, COPY_SRC: motion state (src/kernels/motion-state.ts), mesh and grid positions (vec4f), lip profile (vec2f). */
  get inspect(): { state: GPUBuffer; mesh: GPUBuffer; grid: GPUBuffer; lipProfile: GPUBuffer } {
    const { mesh, grid, lipProfile } = this.#buffers;
    return { state: this.#transform.state, mesh, grid, lipProfile };
  }

  /**
   * Records a frame.
   *
   * @param mix 0: the motion frame before, 1: the motion frame now
   * @param target a view of the size and format given to `create`
   * @param timer with passes `RENDER_PASSES`
   */
  encode(encoder: GPUCommandEncoder, mix: number, target: GPUTextureView, timer?: GpuTimer): void {
    const pass = encoder.beginComputePass({ label: 'warp', ...timer?.pass('warp') });
    this.#transform.encode(pass, mix);
    this.#kernels.mesh.dispatch(pass, this.#groups.mesh, Math.ceil(this.#counts.mesh / WORKGROUP_SIZE));
    if (this.#counts.grid > 0)
      this.#kernels.grid.dispatch(pass, this.#groups.grid, Math.ceil(this.#counts.grid / WORKGROUP_SIZE));
    this.#kernels.lips.dispatch(pass, this.#groups.lips, 1);
    pass.end();
    this.#compositor.encode(encoder, target, timer?.pass('draw'));
  }

  destroy(): void {
    this.#transform.destroy();
    this.#compositor.destroy();
    this.#textures.destroy();
    const { camera, mesh, grid, lipProfile, tables } = this.#buffers;
    for (const buffer of [camera, mesh, grid, lipProfile, ...tables]) buffer.destroy();
  }
}

/** The struct Camera of camera.wgsl. */
function packCamera(
  { pose, photo }: PortraitBundle,
  toClip: PhotoToClip,
  output: PictureOutput,
): Float32Array<ArrayBuffer> {
  const level = Math.max(0, Math.log2(photoPixels(toClip, output)));
  return new Float32Array([
    pose.scale,
    MOUTH_DEPTH_BIAS,
    ...pose.translation,
    ...toClip,
    photo.width,
    photo.height,
    level,
    2 / output.height,
  ]);
}
const CAMERA_BYTES = 48;

/** Grid positions at rest; the kernel overwrites those that move. @param uv f32[n x 2], px */
function restingGrid(
  uv: Float32Array,
  photo: { width: number; height: number },
  toClip: PhotoToClip,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(2 * uv.length);
  for (let k = 0; k < uv.length / 2; k++) {
    const [x, y] = [uv[2 * k]!, uv[2 * k + 1]!];
    out.set([x * toClip[0] + toClip[2], y * toClip[1] + toClip[3], x / photo.width, y / photo.height], 4 * k);
  }
  return out;
}
