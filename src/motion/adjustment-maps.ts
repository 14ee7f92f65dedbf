/** @file AdjustmentMaps: the role of every expression of the face model in the motion adjustment (motion-adjustment.ts). */

import { ROLE } from '../kernels/struct-layouts';
import type { FaceModel } from '../weights/face-model';

const { fields, size } = ROLE;
/** Numbers for each expression. */
export const EXPRESSION_ROLE_STRIDE = size;
/** Offsets into the numbers of an expression, as in `ExpressionRole` of shaders/vq/residual-decode.wgsl. */
export const EXPRESSION_ROLE = {
  /** 1 for expressions of the lower face, which move the lips. */
  mouth: fields.mouth.offset,
  /** 1 for expressions of the brows. */
  brow: fields.brow.offset,
  /** Gap of the lips at weight 1, IOD. */
  gap: fields.gap.offset,
  /** Weight in a raise of the brows. */
  raise: fields.raise.offset,
  /** 1 for the blink of the left or right eye. */
  lidLeft: fields.lids.offset,
  lidRight: fields.lids.offset + 1,
  /** Weight per degree of gaze to the right of the picture, and down. */
  lookX: fields.look.offset,
  lookY: fields.look.offset + 1,
} as const;

/** Rotation of the eyes at weight 1 of an eyeLook expression. */
const DEGREES_PER_LOOK = 30;

/** The roles of the expressions, and the linear maps between keypoints and expressions. */
export type AdjustmentMaps = {
  /** Number of expressions, E. */
  count: number;
  /** f32[E x 8]; see EXPRESSION_ROLE. */
  roles: Float32Array;
  /** f32[E x 63], keypoints to expressions. */
  read: Float32Array;
  /** f32[63 x E], expressions to keypoints. */
  write: Float32Array;
};

/** The fields of the face model that the maps are made from. */
export type AdjustmentSource = Pick<
  FaceModel,
  'expressionNames' | 'expressions' | 'landmarks' | 'keypointsToExpressions' | 'expressionsToKeypoints'
>;

const LOWER_FACE = /^(jaw|mouth|cheek|noseSneer)/;
const BROW_RAISE: Readonly<Record<string, number>> = { browInnerUp: 1, browOuterUp: 0.6 };
/** Direction of the eyeLook expressions: x to the right of the picture, which is outwards for the person's left eye; y down. */
const LOOK: Readonly<Record<string, readonly [x: number, y: number]>> = {
  eyeLookOut_L: [1, 0],
  eyeLookIn_L: [-1, 0],
  eyeLookIn_R: [1, 0],
  eyeLookOut_R: [-1, 0],
  eyeLookDown_L: [0, 1],
  eyeLookDown_R: [0, 1],
  eyeLookUp_L: [0, -1],
  eyeLookUp_R: [0, -1],
};
/** Landmarks of the inner lips, upper and lower; the gap is their mean vertical distance (as in training/face_basis.py). */
const LIP_PAIRS = [
  [13, 14],
  [82, 87],
  [312, 317],
] as const;

/** f32[E], IOD: gap of the lips of every expression at weight 1. */
function lipGaps({ expressions: { count, quantised, scale }, landmarks }: AdjustmentSource): Float32Array {
  const size = quantised.length / count;
  const height = (expression: number, landmark: number): number => {
    const at = landmarks.index.indexOf(landmark);
    let y = 0;
    for (let corner = 3 * at; corner < 3 * at + 3; corner++) {
      y += landmarks.weight[corner]! * quantised[expression * size + 3 * landmarks.vertex[corner]! + 1]!;
    }
    return y * scale[expression]!;
  };
  return Float32Array.from(
    { length: count },
    (_, expression) =>
      LIP_PAIRS.reduce((sum, [upper, lower]) => sum + height(expression, lower) - height(expression, upper), 0) /
      LIP_PAIRS.length,
  );
}

/** The maps of a face model. */
export function adjustmentMaps(model: AdjustmentSource): AdjustmentMaps {
  const { expressionNames, keypointsToExpressions, expressionsToKeypoints } = model;
  const gaps = lipGaps(model);
  const roles = new Float32Array(expressionNames.length * EXPRESSION_ROLE_STRIDE);
  expressionNames.forEach((name, e) => {
    const [lookX, lookY] = LOOK[name] ?? [0, 0];
    const values: Record<keyof typeof EXPRESSION_ROLE, number> = {
      mouth: LOWER_FACE.test(name) ? 1 : 0,
      brow: name.startsWith('brow') ? 1 : 0,
      gap: gaps[e]!,
      raise: BROW_RAISE[name.slice(0, -2)] ?? 0,
      lidLeft: name === 'eyeBlink_L' ? 1 : 0,
      lidRight: name === 'eyeBlink_R' ? 1 : 0,
      lookX: lookX / DEGREES_PER_LOOK,
      lookY: lookY / DEGREES_PER_LOOK,
    };
    for (const [role, offset] of Object.entries(EXPRESSION_ROLE)) {
      roles[e * EXPRESSION_ROLE_STRIDE + offset] = values[role as keyof typeof EXPRESSION_ROLE];
    }
  });
  return { count: expressionNames.length, roles, read: keypointsToExpressions, write: expressionsToKeypoints };
}
