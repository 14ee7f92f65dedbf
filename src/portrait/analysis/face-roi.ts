/**
 * @file The rotated square that is the landmark network's input, and the transform from it to the picture.
 *
 * As in MediaPipe's face landmark graphs (google-ai-edge/mediapipe, modules/face_landmark): a square around the
 * bounding box of the detection or of all landmarks, 1.5 times its longer side, rotated so that the eyes are level.
 */

import { extentOf } from '../../core/polygon';
import type { FaceRoi } from './crop-sampler';
import type { FaceDetection } from './face-detector';

/** Side of the square as a multiple of the longer side of the bounding box. */
const MARGIN = 1.5;
/** Outer and inner corner of the eye at the picture's left; the line through them is made level. */
const EYE_LINE = [33, 133] as const;

/** The square around a detected face. */
export function roiFromDetection(face: FaceDetection): FaceRoi {
  const { x, y, width, height, keypoints } = face;
  return {
    centreX: x + width / 2,
    centreY: y + height / 2,
    size: MARGIN * Math.max(width, height),
    angle: Math.atan2(keypoints[3]! - keypoints[1]!, keypoints[2]! - keypoints[0]!),
  };
}

/**
 * The square around a face whose landmarks are known; more exact than that of a detection.
 *
 * @param landmarks f32[478 x 3], px
 */
export function roiFromLandmarks(landmarks: Float32Array): FaceRoi {
  const at = (index: number): [number, number] => [landmarks[3 * index]!, landmarks[3 * index + 1]!];
  const [[x0, y0], [x1, y1]] = [at(EYE_LINE[0]), at(EYE_LINE[1])];
  const [left, top, right, bottom] = extentOf(landmarks, 3);
  return {
    centreX: (left + right) / 2,
    centreY: (top + bottom) / 2,
    size: MARGIN * Math.max(right - left, bottom - top),
    angle: Math.atan2(y1 - y0, x1 - x0),
  };
}

/**
 * Transforms landmarks from the crop to the picture.
 *
 * @param points f32[n x 3], px of the crop; z has the scale of x
 * @param cropSize side of the crop, px
 * @returns f32[n x 3], px of the picture
 */
export function cropToPicture(points: Float32Array, roi: FaceRoi, cropSize: number): Float32Array {
  const scale = roi.size / cropSize;
  const [cosine, sine] = [Math.cos(roi.angle) * scale, Math.sin(roi.angle) * scale];
  const out = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 3) {
    const [x, y] = [points[i]! - cropSize / 2, points[i + 1]! - cropSize / 2];
    out[i] = roi.centreX + cosine * x - sine * y;
    out[i + 1] = roi.centreY + sine * x + cosine * y;
    out[i + 2] = points[i + 2]! * scale;
  }
  return out;
}
