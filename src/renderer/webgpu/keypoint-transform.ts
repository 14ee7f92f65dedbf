/**
 * @file From motion latent to keypoints and expressions, on the GPU: the first two kernels of a frame and the motion state
 * that they fill. Interpolation to the display rate happens here, in motion space (ANVIL's idea: blending latents costs
 * 70 numbers, blending pictures doubles edges).
 */
import { ARTICULATION_SIZE } from '../../core/audio-types';
import type { MotionFrame } from '../../core/motion-frame';
import { KEYPOINT_COUNT, restLatent } from '../../core/motion-latent';
import { TalkingPortraitError } from '../../errors';
import { createStorageBuffer, createUniformBuffer, uploadStorage } from '../../gpu/buffers';
import type { ComputeKernel } from '../../gpu/kernel';
import { createExpressionKernel, EXPRESSION_STRIDE, expressionWorkgroups } from '../../kernels/expression';
import { createKeypointTransformKernel } from '../../kernels/keypoint-transform';
import { MAX_EXPRESSIONS, motionStateSize } from '../../kernels/motion-state';
import { expressionIndex, type FaceModel } from '../../weights/face-model';
import type { PortraitBundle } from '../../portrait-bundle/portrait-bundle';
import { type LipShapes, lipShapes } from '../../portrait-bundle/lip-shapes';
import { SECONDARY_MOTION_MODES } from '../../portrait-bundle/secondary-motion';
import { SecondaryMotion } from './secondary-motion';
import { TONGUE_STEP_IOD } from '../tongue-motion';

/**
 * Openings smaller than this count as closed while talking: the residual VQ leaves about this much of a closure over, and lips
 * that almost touch look like a mistake. IOD.
 */
const LIP_SLACK_IOD = 0.006;
/** By so much closed lips overlap while talking, half a pixel of a 512 picture: meeting edges let single pixels through. IOD. */
const LIP_OVERLAP_IOD = 0.003;

/** f32 of the struct Frame of keypoint-transform.wgsl, in whole vec4f. */
const FRAME_SIZE = 12;
/** Probabilities of AudioEmbedding.articulation that count as nothing and as all of it. */
const HEARD = [0.08, 0.45] as const;

/** Strongest secondary motion. */
const MAX_SECONDARY_MOTION = 2;

/** Fills the motion state of one portrait. */
export class KeypointTransform {
  /** The motion frame before and the motion frame now, f32[70] each; at rest until somebody writes them. */
  readonly latents: readonly [GPUBuffer, GPUBuffer];
  /** f32, see src/kernels/motion-state.ts. */
  readonly state: GPUBuffer;
  /** Speech blend of the newest motion frame; see MotionFrame. */
  speechBlend = 0;
  /** Strength of the secondary motion of the newest motion frame; see MotionFrame. */
  #secondaryMotion = 0;

  /** Articulation of the motion frame before and of the one now, f32[6] each, see AudioEmbedding; zeros at rest. */
  readonly articulation = [new Float32Array(ARTICULATION_SIZE), new Float32Array(ARTICULATION_SIZE)] as const;

  readonly #frame: GPUBuffer;
  readonly #frameValues = new Float32Array(FRAME_SIZE);
  readonly #buffers: GPUBuffer[];
  readonly #device: GPUDevice;
  readonly #kernels: { transform: ComputeKernel; expression: ComputeKernel };
  readonly #temporal: SecondaryMotion;
  readonly #sizes: { expressions: number; samples: number };
  readonly #groups: { transform: GPUBindGroup; expression: GPUBindGroup };

  private constructor(
    device: GPUDevice,
    kernels: { transform: ComputeKernel; expression: ComputeKernel },
    temporal: SecondaryMotion,
    sizes: { expressions: number; samples: number },
    buffers: { latents: [GPUBuffer, GPUBuffer]; state: GPUBuffer; frame: GPUBuffer; tables: GPUBuffer[] },
    groups: { transform: GPUBindGroup; expression: GPUBindGroup },
  ) {
    this.#device = device;
    this.#kernels = kernels;
    this.#temporal = temporal;
    this.#sizes = sizes;
    this.#groups = groups;
    this.latents = buffers.latents;
    this.state = buffers.state;
    this.#frame = buffers.frame;
    this.#buffers = [...buffers.latents, buffers.state, buffers.frame, ...buffers.tables];
  }

  /** @throws TalkingPortraitError 'weights-corrupt' when the model has more expressions than the state has room for */
  static async create(device: GPUDevice, model: FaceModel, bundle: PortraitBundle): Promise<KeypointTransform> {
    const sizes = { expressions: model.expressions.count, samples: bundle.gaps.offsets[3] };
    if (sizes.expressions + SECONDARY_MOTION_MODES.length > MAX_EXPRESSIONS) {
      throw new TalkingPortraitError(
        'weights-corrupt',
        `The face model has too many expressions, at most ${MAX_EXPRESSIONS - SECONDARY_MOTION_MODES.length} fit.`,
        'Rebuild it with training/face_model.py.',
        sizes.expressions,
      );
    }
    const [transform, expression] = await Promise.all([
      createKeypointTransformKernel(device, {
        expressions: sizes.expressions,
        blinkRight: expressionIndex(model, 'eyeBlink_R'),
        blinkLeft: expressionIndex(model, 'eyeBlink_L'),
        secondaryModes: SECONDARY_MOTION_MODES.length,
      }),
      createExpressionKernel(device, {
        ...sizes,
        jawOpen: expressionIndex(model, 'jawOpen'),
        tongueStep: TONGUE_STEP_IOD,
      }),
    ]);
    const rest = restLatent() as Float32Array<ArrayBuffer>;
    const latents: [GPUBuffer, GPUBuffer] = [
      uploadStorage(device, 'latent from', rest),
      uploadStorage(device, 'latent to', rest),
    ];
    const state = createStorageBuffer(device, 'motion state', 4 * motionStateSize(sizes.samples));
    const frame = createUniformBuffer(device, 'frame', 4 * FRAME_SIZE);
    const pose = uniform(device, 'portrait pose', packPose(model, bundle));
    const { relax, gaps } = bundle;
    const limits = uniform(
      device,
      'expression limits',
      new Float32Array([relax.base, relax.limit, gaps.lidOverlap, LIP_SLACK_IOD, LIP_OVERLAP_IOD, 0, 0, 0]),
    );
    const maps = uploadStorage(
      device,
      'keypoints to expressions',
      model.keypointsToExpressions as Float32Array<ArrayBuffer>,
    );
    const shapes = lipShapes(model, bundle);
    const expressions = uploadStorage(device, 'expressions', packExpressions(model, bundle, shapes));
    const samples = uploadStorage(device, 'ring gaps', packGaps(bundle, shapes.arch));
    const basis = uploadStorage(device, 'ring gap basis', gaps.basis as Float32Array<ArrayBuffer>);
    const temporal = await SecondaryMotion.create(device, model, latents[1]);
    return new KeypointTransform(
      device,
      { transform, expression },
      temporal,
      sizes,
      { latents, state, frame, tables: [pose, limits, maps, expressions, samples, basis] },
      {
        transform: transform.bind([frame, pose, ...latents, maps, temporal.modes, state]),
        expression: expression.bind([limits, expressions, samples, basis, state]),
      },
    );
  }

  /** See PortraitRenderer.advance. */
  advance(encoder: GPUCommandEncoder, { latent, articulation, speechBlend, secondaryMotion }: MotionFrame): void {
    this.speechBlend = speechBlend;
    this.#secondaryMotion = secondaryMotion;
    this.articulation[0].set(this.articulation[1]);
    this.articulation[1].set(articulation);
    const [before, now] = this.latents;
    encoder.copyBufferToBuffer(now, 0, before, 0, before.size);
    encoder.copyBufferToBuffer(latent, 0, now, 0, now.size);
    this.#temporal.encode(encoder);
  }

  /** Records both kernels. @param mix 0: the motion frame before, 1: the motion frame now */
  encode(pass: GPUComputePassEncoder, mix: number): void {
    const part = Math.min(1, Math.max(0, mix));
    this.#frameValues[0] = part;
    this.#frameValues[1] = Math.min(1, Math.max(0, this.speechBlend));
    this.#frameValues[2] = Math.min(MAX_SECONDARY_MOTION, Math.max(0, this.#secondaryMotion));
    const [from, to] = this.articulation;
    for (let k = 0; k < ARTICULATION_SIZE; k++) {
      const heard = (from[k]! * (1 - part) + to[k]! * part - HEARD[0]) / (HEARD[1] - HEARD[0]);
      this.#frameValues[3 + k] = Math.min(1, Math.max(0, heard));
    }
    this.#device.queue.writeBuffer(this.#frame, 0, this.#frameValues);
    this.#kernels.transform.dispatch(pass, this.#groups.transform, 1);
    this.#kernels.expression.dispatch(pass, this.#groups.expression, expressionWorkgroups(this.#sizes));
  }

  destroy(): void {
    this.#temporal.destroy();
    for (const buffer of this.#buffers) buffer.destroy();
  }
}

function uniform(device: GPUDevice, label: string, data: Float32Array<ArrayBuffer>): GPUBuffer {
  const buffer = createUniformBuffer(device, label, data.byteLength);
  device.queue.writeBuffer(buffer, 0, data);
  return buffer;
}

/** R_p, camera and x_c as in keypoint-transform.wgsl; the photo's own expression is part of x_c. */
function packPose(model: FaceModel, bundle: PortraitBundle): Float32Array<ArrayBuffer> {
  const { pose } = bundle;
  const out = new Float32Array(16 + 4 * KEYPOINT_COUNT);
  for (let row = 0; row < 3; row++) out.set(pose.rotation.subarray(3 * row, 3 * row + 3), 4 * row);
  out.set([pose.scale, ...pose.translation], 12);
  canonicalKeypoints(model, bundle).forEach((point, k) => out.set(point, 16 + 4 * k));
  return out;
}

/** x_c: the keypoints of the portrait at rest in the head's frame, with the photo's expression, IOD. */
export function canonicalKeypoints(model: FaceModel, bundle: PortraitBundle): [number, number, number][] {
  const { mesh, expression } = bundle;
  const { quantised, scale, count } = model.expressions;
  return Array.from(model.keypoints, (vertex) => {
    const v = mesh.source.indexOf(vertex);
    if (v < 0)
      throw new TalkingPortraitError(
        'weights-corrupt',
        'A keypoint is not on the drawn face.',
        'Rebuild the face model with training/face_model.py.',
        vertex,
      );
    const point: [number, number, number] = [mesh.rest[3 * v]!, mesh.rest[3 * v + 1]!, mesh.rest[3 * v + 2]!];
    for (let mode = 0; mode < count; mode++) {
      const factor = expression[mode]! * scale[mode]!;
      for (let k = 0; k < 3; k++) point[k]! += factor * quantised[3 * (mode * model.vertexCount + vertex) + k]!;
    }
    return point;
  });
}

function packExpressions(model: FaceModel, bundle: PortraitBundle, shapes: LipShapes): Float32Array<ArrayBuffer> {
  const { count, scale } = model.expressions;
  const out = new Float32Array(count * EXPRESSION_STRIDE);
  for (let e = 0; e < count; e++) {
    const { expression, headroom, relax } = bundle;
    out.set([expression[e]!, headroom[e]!, relax.mask[e]!, relax.gain[e]!, scale[e]!], e * EXPRESSION_STRIDE);
    const { press, tuck, round, aperture, width } = shapes;
    out.set([press[e]!, tuck[e]!, round[e]!, aperture[e]!, width[e]!], e * EXPRESSION_STRIDE + 5);
  }
  return out;
}

/** @param arch shape of an opening over the lips' samples */
function packGaps({ gaps }: PortraitBundle, arch: Float32Array): Float32Array<ArrayBuffer> {
  const [, right, left, count] = gaps.offsets;
  const out = new Float32Array(4 * count);
  for (let s = 0; s < count; s++)
    out.set([gaps.rest[s]!, gaps.photo[s]!, s < right ? 0 : s < left ? 1 : 2, arch[s] ?? 0], 4 * s);
  return out;
}
