/**
 * @file From motion frames to keypoints and expressions, on the GPU: the first two kernels of a frame and the motion state that
 * they fill. Interpolation to the display rate happens here, in motion space: it costs 70 numbers, and unlike a blend of
 * pictures it does not double edges (an idea of ANVIL's).
 */
import { ARTICULATION_SIZE } from '../../core/audio-types';
import type { MotionFrame } from '../../core/motion-frame';
import { type MotionLatent, restLatent } from '../../core/motion-latent';
import { TalkingPortraitError } from '../../errors';
import { createStorageBuffer, createUniformBuffer, uploadStorage, uploadUniform } from '../../gpu/buffers';
import type { PreparedDispatch } from '../../gpu/kernel';
import { StructArray } from '../../gpu/struct-layout';
import { createExpressionKernel } from '../../kernels/expression';
import { createKeypointTransformKernel } from '../../kernels/keypoint-transform';
import { MAX_EXPRESSIONS, motionStateSize } from '../../kernels/motion-state';
import { EXPRESSION, EXPRESSION_LIMITS, FRAME, PORTRAIT_POSE, RING_GAP } from '../../kernels/struct-layouts';
import { type LipShapes, lipShapes } from '../../portrait-bundle/lip-shapes';
import type { PortraitBundle } from '../../portrait-bundle/portrait-bundle';
import { SECONDARY_MOTION_MODES } from '../../portrait-bundle/secondary-motion-modes';
import { expressionIndex, type FaceModel } from '../../weights/face-model';
import { ARTICULATION_RANGE, LIP_OVERLAP_IOD, LIP_SLACK_IOD, MAX_SECONDARY_MOTION } from '../frame-limits';
import { TONGUE_STEP_IOD } from '../tongue-motion';
import { SecondaryMotion } from './secondary-motion';

type Buffers = {
  /** f32[70]: the previous and the newest motion frame; the rest pose before the first one. */
  latents: readonly [GPUBuffer, GPUBuffer];
  /** f32[70]: a latent that was made on the CPU. It is copied from here, so that it follows the commands before it. */
  uploaded: GPUBuffer;
  state: GPUBuffer;
  frame: GPUBuffer;
  tables: readonly GPUBuffer[];
};

/** Fills the motion state of one portrait. */
export class KeypointTransform {
  /** f32, see src/kernels/motion-state.ts. */
  readonly state: GPUBuffer;
  readonly #device: GPUDevice;
  readonly #buffers: Buffers;
  readonly #steps: readonly PreparedDispatch[];
  readonly #secondary: SecondaryMotion;
  readonly #frame = new StructArray(FRAME);
  /** Articulation of the previous and of the newest motion frame. */
  readonly #articulation = [new Float32Array(ARTICULATION_SIZE), new Float32Array(ARTICULATION_SIZE)] as const;
  #speechBlend = 0;
  #secondaryMotion = 0;

  private constructor(
    device: GPUDevice,
    buffers: Buffers,
    steps: readonly PreparedDispatch[],
    secondary: SecondaryMotion,
  ) {
    this.#device = device;
    this.#buffers = buffers;
    this.#steps = steps;
    this.#secondary = secondary;
    this.state = buffers.state;
  }

  /** @throws TalkingPortraitError 'weights-corrupt' when the model has more expressions than the motion state can hold */
  static async create(device: GPUDevice, model: FaceModel, bundle: PortraitBundle): Promise<KeypointTransform> {
    const sizes = { expressions: model.expressions.count, samples: bundle.gaps.offsets[3] };
    checkExpressionCount(sizes.expressions);
    const [bindTransform, bindExpression] = await Promise.all([
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
    const latentFrom = uploadStorage(device, 'latent from', restLatent());
    const latentTo = uploadStorage(device, 'latent to', restLatent());
    const secondary = await SecondaryMotion.create(device, model, latentTo);
    const state = createStorageBuffer(device, 'motion state', 4 * motionStateSize(sizes.samples));
    const frame = createUniformBuffer(device, 'frame', 4 * FRAME.size);
    const pose = uploadUniform(device, 'portrait pose', packPose(model, bundle));
    const limits = uploadUniform(device, 'expression limits', packLimits(bundle));
    const keypointsToExpressions = uploadStorage(device, 'keypoints to expressions', model.keypointsToExpressions);
    const shapes = lipShapes(model, bundle);
    const expressions = uploadStorage(device, 'expressions', packExpressions(model, bundle, shapes));
    const gaps = uploadStorage(device, 'ring gaps', packGaps(bundle, shapes.arch));
    const basis = uploadStorage(device, 'ring gap basis', bundle.gaps.basis);
    const secondaryModes = secondary.modes;
    return new KeypointTransform(
      device,
      {
        latents: [latentFrom, latentTo],
        uploaded: uploadStorage(device, 'uploaded latent', restLatent()),
        state,
        frame,
        tables: [pose, limits, keypointsToExpressions, expressions, gaps, basis],
      },
      [
        bindTransform({ frame, pose, latentFrom, latentTo, keypointsToExpressions, secondaryModes, state }),
        bindExpression({ limits, expressions, gaps, basis, state }),
      ],
      secondary,
    );
  }

  /** See PortraitRenderer.advance. At most once per submission, because a latent of the CPU is written through the queue. */
  advance(encoder: GPUCommandEncoder, { latent, articulation, speechBlend, secondaryMotion }: MotionFrame): void {
    this.#speechBlend = speechBlend;
    this.#secondaryMotion = secondaryMotion;
    const [before, now] = this.#articulation;
    before.set(now);
    now.set(articulation);
    const [from, to] = this.#buffers.latents;
    encoder.copyBufferToBuffer(to, 0, from, 0, from.size);
    const source = latent instanceof Float32Array ? this.#upload(latent) : latent;
    encoder.copyBufferToBuffer(source, 0, to, 0, to.size);
    this.#secondary.encode(encoder);
  }

  #upload(latent: MotionLatent): GPUBuffer {
    this.#device.queue.writeBuffer(this.#buffers.uploaded, 0, latent as Float32Array<ArrayBuffer>);
    return this.#buffers.uploaded;
  }

  /** Records both kernels. @param mix 0: the previous motion frame, 1: the newest */
  encode(pass: GPUComputePassEncoder, mix: number): void {
    const part = clamp(mix, 0, 1);
    const [tip, between, back, pressed, atTeeth, rounded] = this.#articulation[0].map((before, k) =>
      articulationAmount(before * (1 - part) + this.#articulation[1][k]! * part),
    ) as unknown as [number, number, number, number, number, number];
    this.#frame.set(0, {
      mix: part,
      speechBlend: clamp(this.#speechBlend, 0, 1),
      secondaryMotion: clamp(this.#secondaryMotion, 0, MAX_SECONDARY_MOTION),
      tip,
      between,
      back,
      pressed,
      atTeeth,
      rounded,
    });
    this.#device.queue.writeBuffer(this.#buffers.frame, 0, this.#frame.data);
    for (const step of this.#steps) step(pass);
  }

  destroy(): void {
    this.#secondary.destroy();
    const { latents, uploaded, state, frame, tables } = this.#buffers;
    for (const buffer of [...latents, uploaded, state, frame, ...tables]) buffer.destroy();
  }
}

const clamp = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, x));

/** 0 ... 1 of a probability. */
function articulationAmount(probability: number): number {
  const [none, full] = ARTICULATION_RANGE;
  return clamp((probability - none) / (full - none), 0, 1);
}

function checkExpressionCount(count: number): void {
  const most = MAX_EXPRESSIONS - SECONDARY_MOTION_MODES.length;
  if (count <= most) return;
  throw new TalkingPortraitError(
    'weights-corrupt',
    `The face model has too many expressions; at most ${most} fit.`,
    'Rebuild it with training/face_model.py.',
    count,
  );
}

function packPose(model: FaceModel, bundle: PortraitBundle): Float32Array<ArrayBuffer> {
  const { rotation, scale, translation } = bundle.pose;
  const out = new StructArray(PORTRAIT_POSE);
  const rows = [0, 3, 6].map((at) => rotation.subarray(at, at + 3));
  out.set(0, { rotation: rows, scale, translation, keypoints: canonicalKeypoints(model, bundle) });
  return out.data;
}

/** x_c: the keypoints of the rest pose in the head's frame, with the expression of the photo, IOD. */
function canonicalKeypoints(model: FaceModel, bundle: PortraitBundle): [number, number, number][] {
  const { mesh, expression } = bundle;
  const { quantised, scale, count } = model.expressions;
  return Array.from(model.keypoints, (vertex) => {
    const v = mesh.source.indexOf(vertex);
    if (v < 0)
      throw new TalkingPortraitError(
        'weights-corrupt',
        'The portrait has no vertex for a keypoint of the face model.',
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

function packLimits({ relax, gaps }: PortraitBundle): Float32Array<ArrayBuffer> {
  const out = new StructArray(EXPRESSION_LIMITS);
  out.set(0, {
    relaxBase: relax.base,
    relaxLimit: relax.limit,
    lidOverlap: gaps.lidOverlap,
    lipSlack: LIP_SLACK_IOD,
    lipOverlap: LIP_OVERLAP_IOD,
  });
  return out.data;
}

function packExpressions(
  model: FaceModel,
  { expression, headroom, relax }: PortraitBundle,
  { press, tuck, round, aperture, width }: LipShapes,
): Float32Array<ArrayBuffer> {
  const { count, scale } = model.expressions;
  const out = new StructArray(EXPRESSION, count);
  for (let e = 0; e < count; e++)
    out.set(e, {
      own: expression[e]!,
      headroom: headroom[e]!,
      relaxMask: relax.mask[e]!,
      relaxGain: relax.gain[e]!,
      modeScale: scale[e]!,
      press: press[e]!,
      tuck: tuck[e]!,
      round: round[e]!,
      aperture: aperture[e]!,
      width: width[e]!,
    });
  return out.data;
}

/** @param arch shape of an opening over the samples of the lips */
function packGaps({ gaps }: PortraitBundle, arch: Float32Array): Float32Array<ArrayBuffer> {
  const [, right, left, count] = gaps.offsets;
  const out = new StructArray(RING_GAP, count);
  for (let s = 0; s < count; s++)
    out.set(s, {
      rest: gaps.rest[s]!,
      photo: gaps.photo[s]!,
      kind: s < right ? 0 : s < left ? 1 : 2,
      arch: arch[s] ?? 0,
    });
  return out.data;
}
