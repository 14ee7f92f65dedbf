/** @file Rotation of the head from Euler angles, in LivePortrait's convention. */

const DEGREE = Math.PI / 180;

/**
 * R = (Rz Ry Rx)^T. Row vectors are multiplied from the left: x_d = x_c R.
 *
 * @param pitch about x, degrees; yaw about y, degrees; roll about z, degrees
 * @returns 3 x 3, row-major
 */
export function rotationFromAngles(pitch: number, yaw: number, roll: number): Float32Array {
  const [cx, sx] = [Math.cos(pitch * DEGREE), Math.sin(pitch * DEGREE)];
  const [cy, sy] = [Math.cos(yaw * DEGREE), Math.sin(yaw * DEGREE)];
  const [cz, sz] = [Math.cos(roll * DEGREE), Math.sin(roll * DEGREE)];
  return new Float32Array([
    cz * cy,
    sz * cy,
    -sy,
    cz * sy * sx - sz * cx,
    sz * sy * sx + cz * cx,
    cy * sx,
    cz * sy * cx + sz * sx,
    sz * sy * cx - cz * sx,
    cy * cx,
  ]);
}
