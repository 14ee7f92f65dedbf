/**
 * @file PortraitWarp: moves the vertices of one portrait. This is the compute half of a frame: keypoints and expressions
 * (KeypointTransform), then mesh, photo grid and lip profile. No kernel of it needs a barrier.
 */
import type { MotionFrame } from '../../core/motion-frame';
import { createStorageBuffer, createUniformBuffer, uploadStorage } from '../../gpu/buffers';
import type { PreparedDispatch } from '../../gpu/kernel';
import { StructArray } from '../../gpu/struct-layout';
import { createDenseMotionKernel } from '../../kernels/dense-motion';
import { createGridMotionKernel } from '../../kernels/grid-motion';
import { createLipProfileKernel } from '../../kernels/lip-profile';
import { CAMERA, LIP_PROFILE } from '../../kernels/struct-layouts';
import type { PortraitBundle } from '../../portrait-bundle/portrait-bundle';
import type { FaceModel } from '../../weights/face-model';
import { MOUTH_DEPTH_BIAS } from '../frame-limits';
import { thinLipRing } from '../lip-ring';
import { photoPixels, type PhotoToClip, photoToClip, type PictureOutput } from '../picture-output';
import { KeypointTransform } from './keypoint-transform';
import { gridRest, packGrid, packMesh } from '../motion-tables';

/** Buffers that the warp fills and the compositor draws. */
export type WarpedGeometry = {
  camera: GPUBuffer;
  /** f32: motion-state.wgsl. */
  state: GPUBuffer;
  /** LipProfile: lip-profile.wgsl. */
  lipProfile: GPUBuffer;
  /** vec4f[V]: dense-motion.wgsl. */
  mesh: GPUBuffer;
  /** vec4f[n]: grid-motion.wgsl. */
  grid: GPUBuffer;
  gridTriangles: Uint32Array<ArrayBuffer>;
  /** f32[n x 2], px: where each grid vertex lies in the photo. */
  gridUv: Float32Array;
};

export class PortraitWarp {
  readonly geometry: WarpedGeometry;
  readonly #device: GPUDevice;
  readonly #bundle: PortraitBundle;
  readonly #transform: KeypointTransform;
  readonly #steps: readonly PreparedDispatch[];
  readonly #tables: readonly GPUBuffer[];

  private constructor(
    device: GPUDevice,
    bundle: PortraitBundle,
    transform: KeypointTransform,
    geometry: WarpedGeometry,
    steps: readonly PreparedDispatch[],
    tables: readonly GPUBuffer[],
  ) {
    this.#device = device;
    this.#bundle = bundle;
    this.#transform = transform;
    this.geometry = geometry;
    this.#steps = steps;
    this.#tables = tables;
  }

  /** @throws TalkingPortraitError 'unsupported' when the driver refuses a shader, 'weights-corrupt' when model and bundle differ */
  static async create(device: GPUDevice, model: FaceModel, bundle: PortraitBundle): Promise<PortraitWarp> {
    const transform = await KeypointTransform.create(device, model, bundle);
    const { state } = transform;
    const meshTable = packMesh(model, bundle);
    const gridTable = packGrid(bundle);
    const lipRing = thinLipRing(bundle.lipRing, bundle.lipRingUpperCount);
    const meshCount = bundle.mesh.source.length;
    const [bindMesh, bindGrid, bindLips] = await Promise.all([
      createDenseMotionKernel(device, { vertices: meshCount, samples: bundle.gaps.offsets[3] }),
      createGridMotionKernel(device, { moving: gridTable.moving }),
      createLipProfileKernel(device, { points: lipRing.points.length, firstLower: lipRing.firstLower }),
    ]);
    const camera = createUniformBuffer(device, 'camera', 4 * CAMERA.size);
    const mesh = createStorageBuffer(device, 'mesh positions', 16 * meshCount, GPUBufferUsage.VERTEX);
    const grid = createStorageBuffer(device, 'grid positions', 16 * gridTable.order.length, GPUBufferUsage.VERTEX);
    const lipProfile = createStorageBuffer(device, 'lip profile', 4 * LIP_PROFILE.size);
    const tables = {
      meshVertices: uploadStorage(device, 'mesh vertices', meshTable.vertices),
      meshEntries: uploadStorage(device, 'mesh modes', meshTable.entries),
      gridVertices: uploadStorage(device, 'grid vertices', gridTable.vertices),
      gridEntries: uploadStorage(device, 'grid modes', gridTable.entries),
      ring: uploadStorage(device, 'lip ring', lipRing.points),
    };
    const gridUv = Float32Array.from(Array.from(gridTable.order, (v) => gridRest(bundle.grid, bundle.photo, v)).flat());
    const { meshVertices, meshEntries, gridVertices, gridEntries, ring } = tables;
    return new PortraitWarp(
      device,
      bundle,
      transform,
      { camera, state, lipProfile, mesh, grid, gridTriangles: gridTable.triangles, gridUv },
      [
        bindMesh({ camera, vertices: meshVertices, entries: meshEntries, state, positions: mesh }),
        bindGrid({ camera, vertices: gridVertices, entries: gridEntries, state, positions: grid }),
        bindLips({ camera, positions: mesh, ring, profile: lipProfile }),
      ],
      Object.values(tables),
    );
  }

  /** See PortraitRenderer.advance. */
  advance(encoder: GPUCommandEncoder, frame: MotionFrame): void {
    this.#transform.advance(encoder, frame);
  }

  /** Writes the camera for an output, and the vertices of the grid that never move. */
  place(output: PictureOutput): void {
    const { photo, pose } = this.#bundle;
    const { camera, grid, gridUv } = this.geometry;
    const toClip = photoToClip(photo, pose, output);
    this.#device.queue.writeBuffer(camera, 0, packCamera(this.#bundle, toClip, output));
    this.#device.queue.writeBuffer(grid, 0, restingGrid(gridUv, photo, toClip));
  }

  /** Records the kernels. @param mix 0: the previous motion frame, 1: the newest */
  encode(pass: GPUComputePassEncoder, mix: number): void {
    this.#transform.encode(pass, mix);
    for (const step of this.#steps) step(pass);
  }

  destroy(): void {
    this.#transform.destroy();
    const { camera, mesh, grid, lipProfile } = this.geometry;
    for (const buffer of [camera, mesh, grid, lipProfile, ...this.#tables]) buffer.destroy();
  }
}

function packCamera(
  { pose, photo }: PortraitBundle,
  toClip: PhotoToClip,
  output: PictureOutput,
): Float32Array<ArrayBuffer> {
  const out = new StructArray(CAMERA);
  out.set(0, {
    poseScale: pose.scale,
    depthBias: MOUTH_DEPTH_BIAS,
    translation: pose.translation,
    toClip,
    photoSize: [photo.width, photo.height],
    photoLevel: Math.max(0, Math.log2(photoPixels(toClip, output))),
    pixel: 2 / output.height,
  });
  return out.data;
}

/** Positions of the grid in the rest pose; the kernel overwrites those that move. @param uv f32[n x 2], px */
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
