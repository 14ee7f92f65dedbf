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
import { createStorageBuffer, uploadBuffer, uploadStorage } from '../gpu/buffers';
import type { GpuTimer } from '../gpu/gpu-timer';
import type { ComputeKernel } from '../gpu/kernel';
import { createLipProfileKernel, LIP_PROFILE_BYTES, thinLipRing } from '../kernels/lip-profile';
import { createDenseMotionKernel } from '../kernels/dense-motion';
import { createGridMotionKernel } from '../kernels/grid-motion';
import type { FaceModel } from '../weights/face-model';
import { Compositor } from './compositor';
import type { CompositorOptions } from './layer-draws';
import { KeypointTransform } from './keypoint-transform';
import { gridRest, packGrid, packMesh } from './motion-tables';
import type { PortraitBundle } from './portrait-bundle';

/** How far the mouth lies behind where it is modelled, as depth: 0.06 IOD of the 6 that the buffer spans. */
const MOUTH_DEPTH_BIAS = 0.01;
/** Threads a workgroup of the warp kernels. */
const WORKGROUP_SIZE = 64;

/** Names of the passes for a `GpuTimer`. */
export const RENDER_PASSES = ['warp', 'draw'] as const;

export type WarpingRendererOptions = Omit<CompositorOptions, 'sampleCount'> & {
  /** Samples a pixel; 1 where the adapter is a software one. @defaultValue 4 */
  sampleCount?: 1 | 4;
};

/** Draws one portrait. */
export class WarpingRenderer {
  private constructor(
    private readonly transform: KeypointTransform,
    private readonly kernels: { mesh: ComputeKernel; grid: ComputeKernel; lips: ComputeKernel },
    private readonly groups: { mesh: GPUBindGroup; grid: GPUBindGroup; lips: GPUBindGroup },
    private readonly counts: { mesh: number; grid: number },
    private readonly compositor: Compositor,
    private readonly buffers: {
      camera: GPUBuffer;
      mesh: GPUBuffer;
      grid: GPUBuffer;
      lipProfile: GPUBuffer;
      tables: GPUBuffer[];
    },
  ) {}

  /**
   * Uploads a portrait and builds its pipelines; takes tens of milliseconds.
   *
   * @param options width and height in pixels: the photo covers the picture, centred; `format` of the target view: with an
   *   -srgb format blending works on light
   * @throws TalkingPortraitError 'unsupported' when the driver refuses a shader, 'weights-corrupt' when model and bundle differ
   */
  static async create(
    device: GPUDevice,
    model: FaceModel,
    bundle: PortraitBundle,
    options: WarpingRendererOptions,
  ): Promise<WarpingRenderer> {
    const toClip = photoToClip(bundle.photo, options);
    const camera = uploadBuffer(device, 'camera', packCamera(bundle, toClip), GPUBufferUsage.UNIFORM);
    const mesh = packMesh(model, bundle.mesh);
    const grid = packGrid(bundle);
    const counts = { mesh: bundle.mesh.source.length, grid: grid.moving };
    const vertices = 4 * 4 * counts.mesh;
    const ring = thinLipRing(bundle.lipRing, bundle.lipRingUpperCount);
    const buffers = {
      camera,
      mesh: createStorageBuffer(device, 'mesh positions', vertices, GPUBufferUsage.VERTEX),
      grid: uploadStorage(device, 'grid positions', restingGrid(bundle, grid.order, toClip), GPUBufferUsage.VERTEX),
      lipProfile: createStorageBuffer(device, 'lip profile', LIP_PROFILE_BYTES),
      tables: [
        uploadStorage(device, 'mesh vertices', mesh.vertices),
        uploadStorage(device, 'mesh modes', mesh.entries),
        uploadStorage(device, 'grid vertices', grid.vertices),
        uploadStorage(device, 'grid modes', grid.entries),
        uploadStorage(device, 'lip ring', ring.points),
      ],
    };
    const transform = await KeypointTransform.create(device, model, bundle);
    const [meshKernel, gridKernel, lipKernel, compositor] = await Promise.all([
      createDenseMotionKernel(device, { vertices: counts.mesh, samples: bundle.gaps.offsets[3] }),
      createGridMotionKernel(device, { moving: counts.grid }),
      createLipProfileKernel(device, { points: ring.points.length, firstLower: ring.firstLower }),
      Compositor.create(
        device,
        model,
        bundle,
        {
          camera,
          state: transform.state,
          lipProfile: buffers.lipProfile,
          mesh: buffers.mesh,
          grid: buffers.grid,
          gridTriangles: grid.triangles,
        },
        { ...options, sampleCount: options.sampleCount ?? 4 },
      ),
    ]);
    const [meshVertices, meshModes, gridVertices, gridModes, lipRing] = buffers.tables as [
      GPUBuffer,
      GPUBuffer,
      GPUBuffer,
      GPUBuffer,
      GPUBuffer,
    ];
    return new WarpingRenderer(
      transform,
      { mesh: meshKernel, grid: gridKernel, lips: lipKernel },
      {
        mesh: meshKernel.bind([camera, meshVertices, meshModes, transform.state, buffers.mesh]),
        grid: gridKernel.bind([camera, gridVertices, gridModes, transform.state, buffers.grid]),
        lips: lipKernel.bind([camera, buffers.mesh, lipRing, buffers.lipProfile]),
      },
      counts,
      compositor,
      buffers,
    );
  }

  /** The motion frame before and the motion frame now, f32[70] each, COPY_DST; at rest until somebody writes them. */
  get latents(): readonly [GPUBuffer, GPUBuffer] {
    return this.transform.latents;
  }

  /** How far the photo's own mouth gives way to the motion's: 0 at rest (the photo), 1 while talking. Change it slowly. */
  get talking(): number {
    return this.transform.talking;
  }

  set talking(value: number) {
    this.transform.talking = value;
  }

  /** For tests, COPY_SRC: motion state (src/kernels/motion-state.ts), mesh and grid positions (vec4f), lip profile (vec2f). */
  get inspect(): { state: GPUBuffer; mesh: GPUBuffer; grid: GPUBuffer; lipProfile: GPUBuffer } {
    const { mesh, grid, lipProfile } = this.buffers;
    return { state: this.transform.state, mesh, grid, lipProfile };
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
    this.transform.encode(pass, mix);
    this.kernels.mesh.dispatch(pass, this.groups.mesh, Math.ceil(this.counts.mesh / WORKGROUP_SIZE));
    if (this.counts.grid > 0)
      this.kernels.grid.dispatch(pass, this.groups.grid, Math.ceil(this.counts.grid / WORKGROUP_SIZE));
    this.kernels.lips.dispatch(pass, this.groups.lips, 1);
    pass.end();
    this.compositor.encode(encoder, target, timer?.pass('draw'));
  }

  destroy(): void {
    this.transform.destroy();
    this.compositor.destroy();
    const { camera, mesh, grid, lipProfile, tables } = this.buffers;
    for (const buffer of [camera, mesh, grid, lipProfile, ...tables]) buffer.destroy();
  }
}

/** clip = px * (x, y) + (z, w): the photo covers the target and is cut at its longer sides. */
function photoToClip(
  photo: { width: number; height: number },
  target: { width: number; height: number },
): [number, number, number, number] {
  const scale = Math.max(target.width / photo.width, target.height / photo.height);
  const x = (2 * scale) / target.width;
  const y = (-2 * scale) / target.height;
  return [x, y, (-x * photo.width) / 2, (-y * photo.height) / 2];
}

/** The struct Camera of camera.wgsl. */
function packCamera(
  { pose, photo }: PortraitBundle,
  toClip: [number, number, number, number],
): Float32Array<ArrayBuffer> {
  return new Float32Array([
    pose.scale,
    MOUTH_DEPTH_BIAS,
    ...pose.translation,
    ...toClip,
    photo.width,
    photo.height,
    0,
    0,
  ]);
}

/** Grid positions at rest in the order of `packGrid`; the kernel overwrites those that move. */
function restingGrid(
  { grid, photo }: PortraitBundle,
  order: Uint32Array,
  toClip: [number, number, number, number],
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(4 * order.length);
  order.forEach((v, k) => {
    const [x, y] = gridRest(grid, photo, v);
    out.set([x * toClip[0] + toClip[2], y * toClip[1] + toClip[3], x / photo.width, y / photo.height], 4 * k);
  });
  return out;
}
