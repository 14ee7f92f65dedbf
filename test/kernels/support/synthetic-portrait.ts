/**
 * @file A portrait without a photo: the neutral face model in front of a drawn texture, for tests of the renderer that
 * must not depend on landmarks, fit or preparation. Same contract as a real one (src/portrait-bundle/portrait-bundle.ts).
 */
import type {
  PhotoGrid,
  PortraitBundle,
  PortraitMesh,
  PortraitPose,
} from '../../../src/portrait-bundle/portrait-bundle';
import type { RgbaImage } from '../../../src/core/rgba-image';
import { faceTopology } from '../../../src/portrait/mesh/face-topology';
import { ringGaps } from '../../../src/portrait/mesh/ring-gaps';
import { SECONDARY_MOTION_MODES } from '../../../src/portrait-bundle/secondary-motion';
import type { FaceModel } from '../../../src/weights/face-model';
import { faceModel as sharedFaceModel } from '../../fixtures/synthetic-face';

/** Vertices of the face without ears and neck. */
const OPAQUE_FACE_VERTICES = 6706;
const NEGLIGIBLE_WEIGHT = 1e-4;
const GRID_SIDE = 33;

/** @param size of the square photo, px */
export function syntheticPortrait(size = 256): { model: FaceModel; bundle: PortraitBundle } {
  const faceModel = sharedFaceModel();
  const rotation = new Float32Array([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  const pose: PortraitPose = { rotation, scale: size * 0.3, translation: [size * 0.5, size * 0.66] };
  const { count } = faceModel.expressions;
  const expression = new Float32Array(count);
  const field = faceTopology(faceModel).gaps;
  const rest = ringGaps(field.samples, (v) => faceModel.neutral[3 * v + 1]!);
  const mesh = syntheticMesh(faceModel, pose, field);
  const lower = faceModel.rings.lipInnerLower;
  return {
    model: faceModel,
    bundle: {
      colorSpace: 'srgb',
      photo: drawnPhoto(size),
      layers: null,
      gaze: null,
      pose,
      expression,
      headroom: new Float32Array(count).fill(1),
      relax: { mask: new Float32Array(count), gain: new Float32Array(count), base: 0.7, limit: 0.9 },
      mesh,
      lipRing: Uint32Array.from([...faceModel.rings.lipInnerUpper, ...lower.subarray(1, lower.length - 1)]),
      lipRingUpperCount: faceModel.rings.lipInnerUpper.length,
      gaps: { offsets: field.offsets, rest, basis: field.basis, photo: rest.slice(), lidOverlap: 0.008 },
      grid: syntheticGrid(size, pose),
      secondary: new Float32Array(SECONDARY_MOTION_MODES.length * 2 * GRID_SIDE * GRID_SIDE),
      mouth: {
        light: new Float32Array([1, 1, 1]),
        colours: new Float32Array([78, 34, 38, 165, 88, 92, 234, 222, 203, 62, 27, 30].map((c) => c / 255)),
        photoTeeth: null,
      },
      lids: { image: drawnPhoto(size), offset: [0, 0] },
    },
  };
}

function syntheticMesh(
  faceModel: FaceModel,
  pose: PortraitPose,
  field: { coord: Float32Array; weight: Float32Array },
): PortraitMesh {
  const { face, mouth_socket: socket, gums_and_tongue: gums, teeth } = faceModel.parts;
  const faceCount = face.vertices[1];
  const source = [...Array(faceCount).keys()];
  const mouthTriangles: number[] = [];
  const index = new Map<number, number>();
  const group = (range: [number, number], keep: (v: number) => boolean): [number, number] => {
    const start = mouthTriangles.length;
    for (let t = range[0]; t < range[1]; t++) {
      const corners = [...faceModel.triangles.subarray(3 * t, 3 * t + 3)];
      if (!keep(corners[0]!)) continue;
      for (const v of corners) {
        if (!index.has(v)) {
          index.set(v, source.length);
          source.push(v);
        }
        mouthTriangles.push(index.get(v)!);
      }
    }
    return [start, mouthTriangles.length];
  };
  const jaw = faceModel.expressionNames.indexOf('jawOpen');
  const onJaw = (v: number): boolean =>
    faceModel.expressions.quantised[3 * (jaw * faceModel.vertexCount + v) + 1] !== 0;
  const mouthGroups = {
    socket: group(socket.triangles, () => true),
    tongue: group(gums.triangles, () => true),
    upperTeeth: group(teeth.triangles, (v) => !onJaw(v)),
    lowerTeeth: group(teeth.triangles, onJaw),
  };
  const rest = new Float32Array(3 * source.length);
  source.forEach((v, k) => rest.set(faceModel.neutral.subarray(3 * v, 3 * v + 3), 3 * k));
  const uv = new Float32Array(2 * faceCount);
  for (let v = 0; v < faceCount; v++) {
    uv[2 * v] = pose.scale * rest[3 * v]! + pose.translation[0];
    uv[2 * v + 1] = pose.scale * rest[3 * v + 1]! + pose.translation[1];
  }
  const towards = new Float32Array(3 * (source.length - faceCount));
  for (let k = 2; k < towards.length; k += 3) towards[k] = -1;
  return {
    source: Uint32Array.from(source),
    rest,
    faceVertexCount: faceCount,
    faceTriangles: faceModel.triangles.slice(3 * face.triangles[0], 3 * face.triangles[1]),
    mouthTriangles: Uint32Array.from(mouthTriangles),
    mouthGroups,
    uv,
    alpha: Float32Array.from({ length: faceCount }, (_, v) => (v < OPAQUE_FACE_VERTICES ? 1 : 0)),
    shade: new Float32Array(faceCount).fill(1),
    gapCoord: Float32Array.from(source, (v) => field.coord[v]!),
    gapWeight: Float32Array.from(source, (v) =>
      Math.abs(field.weight[v]!) < NEGLIGIBLE_WEIGHT ? 0 : field.weight[v]!,
    ),
    lidUv: uv.slice(),
    lidMask: new Float32Array(faceCount),
    lashDistance: new Float32Array(faceCount).fill(10),
    mouthNormal: towards,
  };
}

/** 33 x 33; the middle moves with the head, a ring about it half, the border rests. */
function syntheticGrid(size: number, pose: PortraitPose): PhotoGrid {
  const side = GRID_SIDE;
  const count = side * side;
  const canonical = new Float32Array(3 * count);
  const rigid = new Float32Array(count);
  const basis = new Float32Array(2 * 2 * count);
  for (let v = 0; v < count; v++) {
    const [x, y] = [((v % side) * size) / (side - 1), (Math.floor(v / side) * size) / (side - 1)];
    canonical.set([(x - pose.translation[0]) / pose.scale, (y - pose.translation[1]) / pose.scale, -0.5], 3 * v);
    const distance = Math.hypot(x / size - 0.5, y / size - 0.5);
    rigid[v] = Math.min(1, Math.max(0, (0.42 - distance) / 0.15));
    basis[2 * v + 1] = 0.1 * rigid[v]!;
    basis[2 * (count + v)] = -0.05 * rigid[v]!;
  }
  return { columns: side, rows: side, canonical, rigid, expressions: Uint32Array.from([26, 46]), basis };
}

/** Smooth colours with a period that no resampling can mistake. */
export function drawnPhoto(size: number): RgbaImage {
  const data = new Uint8ClampedArray(4 * size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const wave = 40 * Math.sin((x / size) * 37) + 40 * Math.cos((y / size) * 29);
      data.set([150 + wave, 110 + wave / 2, 90 + (60 * x) / size, 255], 4 * (y * size + x));
    }
  }
  return { width: size, height: size, data };
}
