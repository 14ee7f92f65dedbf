/** @file The kernel expression.wgsl against the reference, with random expressions and ring gaps. */
import { beforeAll, describe, expect, it } from 'vitest';
import { uploadStorage, uploadUniform } from '../../src/gpu/buffers';
import { StructArray } from '../../src/gpu/struct-layout';
import { createExpressionKernel } from '../../src/kernels/expression';
import { MOTION_STATE, motionStateSize } from '../../src/kernels/motion-state';
import { EXPRESSION, EXPRESSION_LIMITS, RING_GAP } from '../../src/kernels/struct-layouts';
import type { RingGaps } from '../../src/portrait-bundle/portrait-bundle';
import { dispatch, readFloats, testDevice } from '../fixtures/gpu-device';
import { largestDifference } from '../reference/compare';
import { type Articulation, gapCorrections, showExpressions, tongueAmounts } from '../../src/renderer/cpu/frame-steps';
import { uniforms } from '../reference/random-numbers';

const EXPRESSIONS = 9;
const JAW_OPEN = 2;
const TONGUE_STEP = 0.004;
/** More samples than a workgroup has threads. */
const OFFSETS: RingGaps['offsets'] = [0, 50, 80, 110];
const SAMPLES = OFFSETS[3];
const TOLERANCE = 2e-6;

const own = uniforms(EXPRESSIONS, 1, 0, 0.6);
const headroom = uniforms(EXPRESSIONS, 2, 0.5, 1);
const relax = {
  mask: uniforms(EXPRESSIONS, 3, 0, 1),
  gain: uniforms(EXPRESSIONS, 4, 0, 0.5),
  base: 0.5,
  limit: 0.9,
};
const shapes = {
  press: uniforms(EXPRESSIONS, 5, 0, 0.4),
  tuck: uniforms(EXPRESSIONS, 6, 0, 0.4),
  round: uniforms(EXPRESSIONS, 7, 0, 0.4),
  aperture: uniforms(EXPRESSIONS, 8, 0, 0.2),
  width: uniforms(EXPRESSIONS, 9, -0.2, 0.2),
};
const modeScale = uniforms(EXPRESSIONS, 10, 0.001, 0.01);
const arch = uniforms(OFFSETS[1], 11, 0, 1);
const gaps: RingGaps = {
  offsets: OFFSETS,
  rest: uniforms(SAMPLES, 12, 0, 0.1),
  basis: uniforms(SAMPLES * EXPRESSIONS, 13, -0.1, 0.2),
  photo: uniforms(SAMPLES, 14, 0, 0.1),
  lidOverlap: 0.008,
};
const blinks = [0.3, 0.9] as const;
const SILENT: Articulation = { tip: 0, between: 0, back: 0, pressed: 0, atTeeth: 0, rounded: 0 };

let device: GPUDevice;

beforeAll(async () => {
  ({ device } = await testDevice());
});

async function run(commanded: number[], speechBlend: number, heard: Articulation): Promise<Float32Array> {
  const bind = await createExpressionKernel(device, {
    expressions: EXPRESSIONS,
    samples: SAMPLES,
    jawOpen: JAW_OPEN,
    tongueStep: TONGUE_STEP,
  });
  const limits = new StructArray(EXPRESSION_LIMITS);
  limits.set(0, {
    relaxBase: relax.base,
    relaxLimit: relax.limit,
    lidOverlap: gaps.lidOverlap,
    lipSlack: 0.006,
    lipOverlap: 0.003,
  });
  const expressions = new StructArray(EXPRESSION, EXPRESSIONS);
  for (let e = 0; e < EXPRESSIONS; e++)
    expressions.set(e, {
      own: own[e]!,
      headroom: headroom[e]!,
      relaxMask: relax.mask[e]!,
      relaxGain: relax.gain[e]!,
      modeScale: modeScale[e]!,
      press: shapes.press[e]!,
      tuck: shapes.tuck[e]!,
      round: shapes.round[e]!,
      aperture: shapes.aperture[e]!,
      width: shapes.width[e]!,
    });
  const table = new StructArray(RING_GAP, SAMPLES);
  for (let s = 0; s < SAMPLES; s++)
    table.set(s, {
      rest: gaps.rest[s]!,
      photo: gaps.photo[s]!,
      kind: s < OFFSETS[1] ? 0 : s < OFFSETS[2] ? 1 : 2,
      arch: arch[s] ?? 0,
    });
  const values = new Float32Array(motionStateSize(SAMPLES));
  values.set(commanded, MOTION_STATE.commanded);
  values.set(blinks, MOTION_STATE.blink);
  values[MOTION_STATE.speechBlend] = speechBlend;
  values.set(Object.values(heard), MOTION_STATE.articulation);
  const state = uploadStorage(device, 'state', values);
  const step = bind({
    limits: uploadUniform(device, 'limits', limits.data),
    expressions: uploadStorage(device, 'expressions', expressions.data),
    gaps: uploadStorage(device, 'gaps', table.data),
    basis: uploadStorage(device, 'basis', gaps.basis),
    state,
  });
  dispatch(device, step);
  return readFloats(device, state);
}

const part = (state: Float32Array, name: keyof typeof MOTION_STATE, count: number): Float32Array =>
  state.subarray(MOTION_STATE[name], MOTION_STATE[name] + count);

describe('expression', () => {
  // Openings in the middle of the lips: about 0, .02, .05, .2 IOD.
  it.each([
    ['silence', 0, 0, SILENT],
    ['closed lips in speech', 0, 1, SILENT],
    ['a slit in speech', 0.03, 1, SILENT],
    ['half speech', 0.06, 0.5, SILENT],
    ['an open mouth', 0.3, 1, SILENT],
    ['pressed lips', 0.05, 1, { ...SILENT, pressed: 0.8 }],
    ['a lower lip at the teeth', 0.08, 0.9, { ...SILENT, atTeeth: 1 }],
    ['rounded lips', 0.2, 1, { ...SILENT, rounded: 0.7 }],
    ['a raised tongue', 0.2, 1, { ...SILENT, tip: 0.6, between: 0.9, back: 0.2 }],
  ])('agrees with the reference for %s', async (_, strength, speechBlend, heard) => {
    const commanded = [...uniforms(EXPRESSIONS, 20, 0.5, 1)].map((x) => strength * x);
    const state = await run(commanded, speechBlend, heard);
    const bundle = { expression: own, headroom, relax };
    const expected = showExpressions(bundle, shapes, commanded, speechBlend, heard);
    expect(largestDifference(part(state, 'change', EXPRESSIONS), expected.change)).toBeLessThan(TOLERANCE);
    const quantised = expected.shown.map((x, e) => x * modeScale[e]!);
    expect(largestDifference(part(state, 'shown', EXPRESSIONS), quantised)).toBeLessThan(TOLERANCE);
    expect(largestDifference(part(state, 'mouthWidth', 1), [expected.mouthWidth])).toBeLessThan(TOLERANCE);
    const tongue = tongueAmounts(heard, expected.shown[JAW_OPEN]!).map((x) => x * TONGUE_STEP);
    expect(largestDifference(part(state, 'tongue', 4), tongue)).toBeLessThan(TOLERANCE);
    const corrections = gapCorrections(gaps, arch, commanded, blinks, speechBlend, expected);
    expect(largestDifference(part(state, 'correction', SAMPLES), corrections)).toBeLessThan(TOLERANCE);
  });

  it('leaves the commanded expressions as they are', async () => {
    const commanded = [...uniforms(EXPRESSIONS, 21, 0, 0.3)];
    const state = await run(commanded, 1, SILENT);
    expect(largestDifference(part(state, 'commanded', EXPRESSIONS), commanded)).toBe(0);
  });
});
