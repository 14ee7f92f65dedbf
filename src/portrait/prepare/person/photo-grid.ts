/**
 * @file Layer 0: the whole photo on a grid. Hair, ears, neck and shoulders follow the rigid head with a weight and the
 * face's expression by a precomputed linear basis, so that the photo layer and the face layer move alike where they meet.
 */

import type { FaceModel } from '../../../weights/face-model';
import { unproject } from '../../../portrait-bundle/pose';
import type { FaceFit, PersonMatte, PhotoGrid, RgbaImage } from '../../../portrait-bundle/portrait-bundle';
import { rasterise } from '../../mesh/depth-raster';
import { partTriangles } from '../../mesh/mesh-geometry';
import { type Polygon, signedDistance } from '../../mesh/polygon';
import type { PosedFace } from '../face/posed-face';
import { chamferDistance, gaussianBlur, pushPull, smoothstep } from '../../../core/smooth';

const COLUMNS = 57;
const ROWS = 57;
/** Rigid weight outside the face contour, IOD: 1 until the first, 0 from the second; above the eyes and at the chin. */
const RIGID_ABOVE = [0.9, 2.2] as const;
const RIGID_CHIN = [0.015, 0.93] as const;
/** Without a matte the background above the head is a part of the head, and has to come to rest. */
const RIGID_ABOVE_NO_MATTE = [0.62, 1.72] as const;
/** Shoulders follow the head by this much. */
const SHOULDERS_FOLLOW = 0.1;
/** A side of the picture that cuts the person, or is nearer to it than the second, rests: weight 0 there, 1 from the first. */
const BORDER_IOD = 0.42;
const AT_BORDER_IOD = 0.12;
/** Expressions fade out over this distance outside the contour. */
const EXPRESSION_REACH_IOD = 0.33;
/** Lids move on the face layer alone: the photo layer holds the eyeballs. */
const LID_FREE_CM = [0.3, 1.0] as const;
const BASIS_BLUR_CELLS = 0.8;
/** Expressions that move nothing outside the opaque face by more than this are dropped. */
const NEGLIGIBLE_IOD = 0.002;
/**
 * Round the person the grid moves with it until the first, for the rim of the photo that comes along (foreground.ts), and rests
 * from the second: nothing is seen there, but a grid that comes to rest over less than it moves (.3 IOD when the head nods)
 * would fold over the rim.
 */
const BACKGROUND_REACH_IOD = [0.2, 0.75] as const;
/** Hair and the back of the head: depth behind the face's outline that is assumed far away from the model. */
const BACK_DEPTH_CM = 2;

/**
 * @param oval face contour, px
 * @param alpha f32[face vertices] of the face layer
 * @param matte null: everything may move
 */
export function preparePhotoGrid(
  model: FaceModel,
  fit: FaceFit,
  posed: PosedFace,
  photo: RgbaImage,
  oval: Polygon,
  alpha: Float32Array,
  matte: PersonMatte | null,
): PhotoGrid {
  const count = COLUMNS * ROWS;
  const at = (i: number, j: number): [number, number] => [
    (i * photo.width) / (COLUMNS - 1),
    (j * photo.height) / (ROWS - 1),
  ];
  const distance = new Float32Array(count);
  const cell = photo.width / (COLUMNS - 1) / fit.pose.scale;
  const away = personDistance(matte, cell);
  const person = away.map((d) => 1 - smoothstep(...BACKGROUND_REACH_IOD, d));
  gaussianBlur(person, COLUMNS, ROWS, 1, 1);
  const border = cutDistance(away, cell);
  const rigid = new Float32Array(count);
  const above = matte ? RIGID_ABOVE : RIGID_ABOVE_NO_MATTE;
  const up = headAxis(fit);
  const eyeHeight = up(...meanPixel(posed, [...model.rings.eyeLeft, ...model.rings.eyeRight]));
  const chinHeight = Math.min(...ovalHeights(oval, up));
  for (let j = 0, k = 0; j < ROWS; j++) {
    for (let i = 0; i < COLUMNS; i++, k++) {
      const [x, y] = at(i, j);
      const d = signedDistance(oval, x, y) / fit.pose.scale;
      distance[k] = d;
      const low = smoothstep(eyeHeight, chinHeight, up(x, y));
      const from = above[0] * (1 - low) + RIGID_CHIN[0] * low;
      const to = above[1] * (1 - low) + RIGID_CHIN[1] * low;
      const least = SHOULDERS_FOLLOW * low;
      rigid[k] = (1 - (1 - least) * smoothstep(from, to, d)) * smoothstep(0, BORDER_IOD, border[k]!) * person[k]!;
    }
  }

  const depth = gridDepth(model, posed, photo, distance, model.iodCm);
  const canonical = new Float32Array(3 * count);
  for (let j = 0, k = 0; j < ROWS; j++)
    for (let i = 0; i < COLUMNS; i++, k++) canonical.set(unproject(fit.pose, ...at(i, j), depth[k]!), 3 * k);

  const { expressions, basis } = expressionBasis(model, posed, photo, distance, alpha, person);
  return { columns: COLUMNS, rows: ROWS, canonical, rigid, expressions, basis };
}

/** Height above the neck joint along the head's own axis in the picture, IOD. */
function headAxis(fit: FaceFit): (x: number, y: number) => number {
  const r = fit.pose.rotation;
  const [ux, uy] = [-r[3]!, -r[4]!];
  const length = Math.hypot(ux, uy) * fit.pose.scale;
  return (x, y) => ((x - fit.pose.translation[0]) * ux + (y - fit.pose.translation[1]) * uy) / length;
}

function ovalHeights(oval: Polygon, up: (x: number, y: number) => number): number[] {
  return Array.from({ length: oval.length / 2 }, (_, i) => up(oval[2 * i]!, oval[2 * i + 1]!));
}

function meanPixel(posed: PosedFace, vertices: number[]): [number, number] {
  let [x, y] = [0, 0];
  for (const v of vertices) {
    x += posed.pixels[2 * v]! / vertices.length;
    y += posed.pixels[2 * v + 1]! / vertices.length;
  }
  return [x, y];
}

/** Distance from the person, IOD, 0 on it and everywhere without a matte. @param cell of the grid, IOD */
function personDistance(matte: PersonMatte | null, cell: number): Float32Array {
  const distance = new Float32Array(COLUMNS * ROWS);
  if (!matte) return distance;
  for (let j = 0, k = 0; j < ROWS; j++) {
    for (let i = 0; i < COLUMNS; i++, k++) {
      const x = Math.min(matte.width - 1, Math.round((i * matte.width) / (COLUMNS - 1)));
      const y = Math.min(matte.height - 1, Math.round((j * matte.height) / (ROWS - 1)));
      distance[k] = matte.data[y * matte.width + x]! > 0.3 ? 0 : Infinity;
    }
  }
  chamferDistance(distance, COLUMNS, ROWS);
  return distance.map((d) => Math.max(0, d - 1) * cell);
}

/** Distance from the nearest side of the picture that cuts the person, IOD. @param away from the person, IOD; @param cell IOD */
function cutDistance(away: Float32Array, cell: number): Float32Array {
  const sides = [
    (i: number) => i,
    (i: number) => COLUMNS - 1 - i,
    (_: number, j: number) => j,
    (_: number, j: number) => ROWS - 1 - j,
  ].filter((side) => away.some((d, k) => side(k % COLUMNS, Math.floor(k / COLUMNS)) === 0 && d < AT_BORDER_IOD));
  return away.map((_, k) => cell * Math.min(...sides.map((side) => side(k % COLUMNS, Math.floor(k / COLUMNS)))));
}

/** Depth of the head at every grid vertex: the model where it is seen, continued outwards and then flattened. */
function gridDepth(
  model: FaceModel,
  posed: PosedFace,
  photo: RgbaImage,
  distance: Float32Array,
  iodCm: number,
): Float32Array {
  const { face, head_and_neck: head } = model.parts;
  const skin = partTriangles(model.triangles, [face.triangles[0], head.triangles[1]]);
  // The model's neck would make a second jaw line: leave out what lies below the ears and behind the jaw.
  const scalp: number[] = [];
  const earY = posed.shown[3 * model.rings.lipOuterUpper[0]! + 1]! - 0.35;
  for (let t = 0; t < skin.length; t += 3) {
    const corners = [skin[t]!, skin[t + 1]!, skin[t + 2]!];
    // Through the openings of eyes and mouth the back of the head would be seen.
    if (corners.some((v) => posed.facing[v]! <= 0)) continue;
    if (corners.every((v) => v < face.vertices[1]) || corners.every((v) => posed.shown[3 * v + 1]! < earY))
      scalp.push(...corners);
  }
  const scale = (COLUMNS - 1) / photo.width;
  const raster = rasterise(
    posed.pixels.map((p) => p * scale),
    posed.depth,
    Uint32Array.from(scalp),
    COLUMNS,
    ROWS,
  );
  // Grid vertices sit on cell corners; the raster samples half a cell further, which is far below what depth needs.
  const weight = Float32Array.from(raster.depth, (z) => (Number.isFinite(z) ? 1 : 0));
  const filled = pushPull(
    raster.depth.map((z) => (Number.isFinite(z) ? z : 0)),
    weight,
    COLUMNS,
    ROWS,
    1,
  );
  gaussianBlur(filled, COLUMNS, ROWS, 1, 2);
  const outline = filled.filter((_, k) => Math.abs(distance[k]!) < 0.05);
  outline.sort();
  const back = (outline[Math.floor(0.9 * outline.length)] ?? 0) + BACK_DEPTH_CM / iodCm;
  return filled.map((z, k) => z + 0.5 * (back - z) * smoothstep(0, 0.66, distance[k]!));
}

/** Displacement of the grid by each expression, from the face layer's vertices. */
function expressionBasis(
  model: FaceModel,
  posed: PosedFace,
  photo: RgbaImage,
  distance: Float32Array,
  alpha: Float32Array,
  person: Float32Array,
): { expressions: Uint32Array; basis: Float32Array } {
  const count = COLUMNS * ROWS;
  // Bilinear splat: per vertex of the layer its cell and weight.
  const vertices: number[] = [];
  const cells: number[] = [];
  const shares: number[] = [];
  const weight = new Float32Array(count);
  for (let v = 0; v < alpha.length; v++) {
    if (alpha[v]! < 0.05 || !posed.seen[v]) continue;
    const w = alpha[v]! * smoothstep(LID_FREE_CM[0], LID_FREE_CM[1], posed.lidDistance[v]! * model.iodCm);
    const x = (posed.pixels[2 * v]! / photo.width) * (COLUMNS - 1);
    const y = (posed.pixels[2 * v + 1]! / photo.height) * (ROWS - 1);
    const [i, j] = [Math.floor(x), Math.floor(y)];
    if (w <= 0 || i < 0 || j < 0 || i >= COLUMNS - 1 || j >= ROWS - 1) continue;
    const [fx, fy] = [x - i, y - j];
    for (const [di, dj, share] of [
      [0, 0, (1 - fx) * (1 - fy)],
      [1, 0, fx * (1 - fy)],
      [0, 1, (1 - fx) * fy],
      [1, 1, fx * fy],
    ] as const) {
      vertices.push(v);
      cells.push((j + dj) * COLUMNS + i + di);
      shares.push(w * share);
      weight[(j + dj) * COLUMNS + i + di] = weight[(j + dj) * COLUMNS + i + di]! + w * share;
    }
  }
  const reach = distance.map((d, k) => Math.exp(-((Math.max(0, d) / EXPRESSION_REACH_IOD) ** 2)) * person[k]!);
  // All expressions at once, as channels of one field: filling in and blurring work out their weights once.
  const { count: modes, quantised } = model.expressions;
  const sum = new Float32Array(count * 2 * modes);
  const own = new Float32Array(2 * count); // of one expression: small enough to stay in the processor's cache
  for (let e = 0; e < modes; e++) {
    const start = e * 3 * model.vertexCount;
    const scale = model.expressions.scale[e]!;
    for (let n = 0; n < vertices.length; n++) {
      const from = start + 3 * vertices[n]!;
      const to = 2 * cells[n]!;
      own[to] = own[to]! + shares[n]! * scale * quantised[from]!;
      own[to + 1] = own[to + 1]! + shares[n]! * scale * quantised[from + 1]!;
    }
    for (let k = 0; k < count; k++) {
      sum[2 * (k * modes + e)] = own[2 * k]!;
      sum[2 * (k * modes + e) + 1] = own[2 * k + 1]!;
    }
    own.fill(0);
  }
  const field = pushPull(sum, weight, COLUMNS, ROWS, 2 * modes);
  for (let k = 0, o = 0; k < count; k++) for (let c = 0; c < 2 * modes; c++, o++) field[o] = field[o]! * reach[k]!;
  gaussianBlur(field, COLUMNS, ROWS, 2 * modes, BASIS_BLUR_CELLS);
  const largest = new Float32Array(modes);
  for (let k = 0, o = 0; k < count; k++) {
    for (let e = 0; e < modes; e++, o += 2) {
      if (distance[k]! <= OPAQUE_INSIDE_IOD) continue;
      const square = field[o]! ** 2 + field[o + 1]! ** 2;
      if (square > largest[e]!) largest[e] = square;
    }
  }
  const kept = [...largest.keys()].filter((e) => largest[e]! >= NEGLIGIBLE_IOD ** 2);
  const basis = new Float32Array(kept.length * 2 * count);
  kept.forEach((e, n) => {
    for (let k = 0; k < count; k++) {
      const [from, to] = [2 * (k * modes + e), 2 * (n * count + k)];
      basis[to] = field[from]!;
      basis[to + 1] = field[from + 1]!;
    }
  });
  return { expressions: Uint32Array.from(kept), basis };
}

/** Farther inside the contour than this the face layer hides the photo layer. */
const OPAQUE_INSIDE_IOD = -0.2;
