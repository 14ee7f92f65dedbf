/**
 * @file FrameAmounts: from motion frames to what moves the vertices and lights the mouth, on the CPU. The kernels
 * keypoint-transform.wgsl and expression.wgsl compute the same on the GPU.
 */
import { ARTICULATION_SIZE } from '../../core/audio-types';
import type { MotionFrame } from '../../core/motion-frame';
import { type MotionLatent, restLatent } from '../../core/motion-latent';
import { type LipShapes, lipShapes } from '../../portrait-bundle/lip-shapes';
import type { PortraitBundle } from '../../portrait-bundle/portrait-bundle';
import { expressionIndex, type FaceModel } from '../../weights/face-model';
import { MAX_SECONDARY_MOTION } from '../frame-limits';
import {
  type Articulation,
  articulationOf,
  clamp,
  commandedExpressions,
  gapCorrections,
  type HeadMotion,
  headMotion,
  mixed,
  showExpressions,
  tongueAmounts,
} from './frame-steps';
import { CpuSecondaryMotion } from './secondary-motion';

/** E expressions, S ring samples, K modes of secondary motion. */
export type FrameAmounts = {
  head: HeadMotion;
  /** E: commanded expressions, shown ones, and shown - expression of the photo. */
  commanded: number[];
  shown: number[];
  change: number[];
  /** S, IOD: added to the gap at each ring sample. */
  corrections: number[];
  /** K: y of each mode times its strength, IOD. */
  secondary: number[];
  /** Amounts of the modes of the tongue. */
  tongue: number[];
  /** 0 open ... 1 closed. */
  blinks: [right: number, left: number];
  /** 0 ... 1. */
  speechBlend: number;
  articulation: Articulation;
  /** Width of the mouth, in widths without expression. */
  mouthWidth: number;
};

const REST_FRAME: MotionFrame<MotionLatent> = {
  latent: restLatent(),
  articulation: new Float32Array(ARTICULATION_SIZE),
  speechBlend: 0,
  secondaryMotion: 0,
};

/** Keeps the last two motion frames of a portrait. */
export class FrameMotion {
  readonly #model: FaceModel;
  readonly #bundle: PortraitBundle;
  readonly #shapes: LipShapes;
  readonly #secondary: CpuSecondaryMotion;
  #before = REST_FRAME;
  #now = REST_FRAME;

  constructor(model: FaceModel, bundle: PortraitBundle) {
    this.#model = model;
    this.#bundle = bundle;
    this.#shapes = lipShapes(model, bundle);
    this.#secondary = new CpuSecondaryMotion(model);
  }

  /** See PortraitRenderer.advance. */
  advance(frame: MotionFrame<MotionLatent>): void {
    this.#before = this.#now;
    this.#now = { ...frame, latent: frame.latent.slice(), articulation: frame.articulation.slice() };
    this.#secondary.advance(frame.latent);
  }

  /** @param mix 0: the previous motion frame, 1: the newest */
  at(mix: number): FrameAmounts {
    const [model, bundle] = [this.#model, this.#bundle];
    const part = clamp(mix, 0, 1);
    const head = headMotion(mixed(this.#before.latent, this.#now.latent, part), bundle.pose);
    const articulation = articulationOf(mixed(this.#before.articulation, this.#now.articulation, part));
    const speechBlend = clamp(this.#now.speechBlend, 0, 1);
    const strength = clamp(this.#now.secondaryMotion, 0, MAX_SECONDARY_MOTION);
    const index = (name: string): number => expressionIndex(model, name);

    const commanded = commandedExpressions(model.keypointsToExpressions, head);
    const expressions = showExpressions(bundle, this.#shapes, commanded, speechBlend, articulation);
    const { shown, change, mouthWidth } = expressions;
    const blinks: FrameAmounts['blinks'] = [
      clamp(commanded[index('eyeBlink_R')]!, 0, 1),
      clamp(commanded[index('eyeBlink_L')]!, 0, 1),
    ];
    return {
      head,
      commanded,
      shown,
      change,
      corrections: gapCorrections(bundle.gaps, this.#shapes.arch, commanded, blinks, speechBlend, expressions),
      secondary: this.#secondary.at(part).map((y) => strength * y),
      tongue: tongueAmounts(articulation, shown[index('jawOpen')]!),
      blinks,
      speechBlend,
      articulation,
      mouthWidth,
    };
  }
}
