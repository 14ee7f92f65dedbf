/**
 * @file Prepares a portrait: from photo, landmarks, matte and face fit to the bundle that the renderer draws. Pure
 * arithmetic on the CPU, about a second.
 */

import { expressionIndex, type FaceModel, partTriangles } from '../../weights/face-model';
import { rollHeadroom } from '../../portrait-bundle/lip-shapes';
import type { PortraitBundle, PortraitMesh, RingGaps } from '../../portrait-bundle/portrait-bundle';
import type { FaceFit } from '../fit/face-fit';
import type { RgbaImage, PersonMatte } from '../../core/rgba-image';
import { prepareFaceLayer, type FaceLayer } from './face/face-layer';
import { faceTopology } from '../mesh/face-topology';
import { splitPhoto } from './person/foreground';
import { prepareGaze } from './eyes/gaze';
import { type LidLayer, prepareLids } from './eyes/lids';
import { surfaceDistances } from '../mesh/surface-distances';
import { vertexNormals } from '../mesh/vertex-normals';
import { mouthColours } from './mouth/mouth-colours';
import { mouthTriangles, type MouthTriangles } from './mouth/mouth-triangles';
import { personAlpha } from './person/person-alpha';
import { preparePhotoGrid } from './person/photo-grid';
import { faceOval } from '../mesh/face-oval';
import { poseFace } from './face/posed-face';
import { relaxation } from './mouth/relaxation';
import { blinkExpressions, ringGaps } from '../mesh/ring-gaps';
import { alignSeam } from './mouth/seam-alignment';
import { secondaryMotionFields } from './person/secondary-motion-fields';
import { limitSlopes } from './face/slope-limit';
import { preparePhotoTeeth } from './mouth/photo-teeth';

/** Width of the contact shadow of closed lips, from their inner edges. */
const SEAM_REACH_IOD = 0.06;

/**
 * Expressions of skin round the eyes, on which the photo shows the frames of glasses. They are reduced, or the frames
 * would bend. Irises are not affected.
 */
const AROUND_GLASSES = ['brow', 'eyeLook', 'eyeSquint', 'eyeWide'];
const GLASSES_HEADROOM = 0.4;

/** What the preparation needs of a face analysis. */
type PortraitSource = {
  photo: RgbaImage;
  /** @defaultValue 'srgb' */
  colorSpace?: PredefinedColorSpace;
  /** f32[468 or 478 x 3], px of the photo. */
  landmarks: Float32Array;
  /** null: the background counts as part of the person and moves with it. */
  matte: PersonMatte | null;
};

/**
 * Prepares a portrait.
 *
 * @param model the face model that `landmarkFit` was made with
 * @param landmarkFit from fitFace(model, source.landmarks)
 */
export function preparePortrait(model: FaceModel, source: PortraitSource, landmarkFit: FaceFit): PortraitBundle {
  const { photo, landmarks, matte } = source;
  const aligned = alignSeam(model, landmarkFit, photo);
  const steep = poseFace(model, aligned, photo);
  const oval = faceOval(landmarks);
  const face = prepareFaceLayer(model, aligned, steep, oval);
  const { fit, posed } = limitSlopes(model, aligned, steep, face);
  const headroom = new Float32Array(model.expressions.count).fill(1);
  for (const e of blinkExpressions(model)) headroom[e] = 1 - fit.expression[e]!;
  for (const [name, factor] of Object.entries(rollHeadroom(model, fit.vertices)))
    headroom[expressionIndex(model, name)] = factor;
  const lids = prepareLids(model, fit, posed, photo, landmarks, headroom);
  if (lids.hasGlasses)
    model.expressionNames.forEach((name, e) => {
      if (AROUND_GLASSES.some((part) => name.startsWith(part))) headroom[e] = headroom[e]! * GLASSES_HEADROOM;
    });
  const grid = preparePhotoGrid(model, fit, posed, photo, oval, face.alpha, matte);

  const upper = model.rings.lipInnerUpper;
  const lower = model.rings.lipInnerLower;
  const lipRing = Uint32Array.from([...upper, ...lower.subarray(1, lower.length - 1)]);
  const photoTeeth = fit.mouthClosed ? null : preparePhotoTeeth(model, fit, posed, photo, lipRing);
  const { mesh, place } = drawnMesh(model, fit, face, lids, photoTeeth !== null);
  const split = splitPhoto(photo, personAlpha(matte, oval, photo), fit.pose.scale);
  return {
    colorSpace: source.colorSpace ?? 'srgb',
    photo: split.photo,
    layers: matte && { person: split.person, background: split.background },
    pose: fit.pose,
    expression: fit.expression,
    headroom,
    relax: relaxation(model),
    mesh,
    lipRing: lipRing.map((v) => place[v]!),
    lipRingUpperCount: upper.length,
    gaps: portraitGaps(model, fit, lids.overlap),
    grid,
    secondary: secondaryMotionFields(grid, fit.pose, photo, landmarks),
    mouth: { ...mouthColours(photo, landmarks), photoTeeth },
    lids: lids.texture,
    gaze: prepareGaze(model, fit, posed, photo, landmarks),
  };
}

function portraitGaps(model: FaceModel, fit: FaceFit, lidOverlap: number): RingGaps {
  const { gaps } = faceTopology(model);
  const rest = ringGaps(gaps.samples, (v) => fit.vertices[3 * v + 1]!);
  const count = fit.expression.length;
  // Summed in the renderer's order, so that the rest pose is exact.
  const photo = rest.map((gap, s) => fit.expression.reduce((sum, e, k) => sum + e * gaps.basis[s * count + k]!, gap));
  return { offsets: gaps.offsets, rest, basis: gaps.basis, photo, lidOverlap };
}

/** PortraitMesh.lashDistance for photos with an open mouth, in which closed lips need a contact shadow. */
function withLipDistance(model: FaceModel, lashDistance: Float32Array): Float32Array {
  const { lipInnerUpper, lipInnerLower } = model.rings;
  const { surface } = faceTopology(model);
  const { nearest, distance } = surfaceDistances(
    model.neutral,
    surface,
    [...lipInnerUpper, ...lipInnerLower],
    SEAM_REACH_IOD,
  );
  return lashDistance.map((lash, v) => (nearest[v]! < 0 ? lash : -Math.max(distance[v]!, 1e-6)));
}

/** The mesh of all triangles that can be visible. `place`: mesh vertex of each model vertex, -1 if there is none. */
function drawnMesh(
  model: FaceModel,
  fit: FaceFit,
  face: FaceLayer,
  lids: LidLayer,
  hasPhotoTeeth: boolean,
): { mesh: PortraitMesh; place: Int32Array } {
  const { gaps, thinFace: triangles } = faceTopology(model);
  const visible: number[] = [];
  for (let t = 0; t < triangles.length; t += 3) {
    const corners = [triangles[t]!, triangles[t + 1]!, triangles[t + 2]!];
    if (corners.some((v) => face.alpha[v]! > 0)) visible.push(...corners);
  }
  const place = new Int32Array(model.vertexCount).fill(-1);
  const source: number[] = [];
  const add = (v: number): void => {
    if (place[v]! >= 0) return;
    place[v] = source.length;
    source.push(v);
  };
  // Lip rings first, on every portrait, because the lip polygon needs them.
  for (const ring of [model.rings.lipInnerUpper, model.rings.lipInnerLower]) ring.forEach(add);
  visible.forEach(add);
  const faceVertexCount = source.length;
  const faceSource = source.slice();

  const mouth = mouthTriangles(model);
  const mouthPlace = new Map<number, number>();
  const mouthList: number[] = [];
  const ranges: PortraitMesh['mouthGroups'] = {
    socket: [0, 0],
    tongue: [0, 0],
    upperTeeth: [0, 0],
    lowerTeeth: [0, 0],
  };
  for (const group of ['socket', 'tongue', 'upperTeeth', 'lowerTeeth'] as const satisfies (keyof MouthTriangles)[]) {
    const start = mouthList.length;
    if (group !== 'upperTeeth' || !hasPhotoTeeth) {
      for (const v of mouth[group]) {
        let at = mouthPlace.get(v);
        if (at === undefined) {
          at = source.length;
          mouthPlace.set(v, at);
          source.push(v); // vertices shared with the face are duplicated, because they need a normal of their own
        }
        mouthList.push(at);
      }
    }
    ranges[group] = [start, mouthList.length];
  }

  const pick = (field: Float32Array, of: number[], size: number): Float32Array => {
    const out = new Float32Array(of.length * size);
    of.forEach((v, n) => {
      for (let c = 0; c < size; c++) out[n * size + c] = field[v * size + c]!;
    });
    return out;
  };
  const normals = vertexNormals(
    fit.vertices,
    partTriangles(model.triangles, [model.parts.mouth_socket.triangles[0], model.parts.teeth.triangles[1]]),
  );
  return {
    place,
    mesh: {
      source: Uint32Array.from(source),
      rest: pick(fit.vertices, source, 3),
      faceVertexCount,
      faceTriangles: Uint32Array.from(visible, (v) => place[v]!),
      mouthTriangles: Uint32Array.from(mouthList),
      mouthGroups: ranges,
      uv: pick(face.uv, faceSource, 2),
      alpha: pick(face.alpha, faceSource, 1),
      shade: pick(face.shade, faceSource, 1),
      gapCoord: pick(gaps.coord, source, 1),
      gapWeight: pick(gaps.weight, source, 1),
      lidUv: pick(lids.lidUv, faceSource, 2),
      lidMask: pick(lids.lidMask, faceSource, 1),
      lashDistance: pick(
        fit.mouthClosed ? lids.lashDistance : withLipDistance(model, lids.lashDistance),
        faceSource,
        1,
      ),
      mouthNormal: pick(normals, source.slice(faceVertexCount), 3),
    },
  };
}
