/**
 * @file VertexMotion: moves the vertices of mesh and photo grid on the CPU, from the tables that the kernels dense-motion.wgsl
 * and grid-motion.wgsl read. A list of modes per vertex holds only those that move it.
 */
import type { PortraitBundle, PortraitPose } from '../../portrait-bundle/portrait-bundle';
import { GRID_VERTEX, MESH_VERTEX } from '../../kernels/struct-layouts';
import { SECONDARY_STEP } from '../../kernels/keypoint-transform';
import { MOTION_STATE } from '../../kernels/motion-state';
import type { FaceModel } from '../../weights/face-model';
import { gridRest, type GridTable, type MotionTable, packGrid, packMesh } from '../motion-tables';
import { TONGUE_STEP_IOD } from '../tongue-motion';
import type { FrameAmounts } from './frame-amounts';
import { correctionAt } from './frame-steps';

/** A mode of a list is addressed by 8 bits. */
const AMOUNTS = 256;

/** Mode lists of all vertices: entries first[v] ... first[v + 1] - 1. */
type ModeLists = { first: Uint32Array; mode: Uint8Array; offset: Float32Array };

/** The mesh of face and mouth. */
export class MeshMotion {
  /** f32[V x 3]: px of the photo, then depth in IOD away from the viewer. */
  readonly places: Float32Array;
  /** f32[V]: canonical z, IOD. */
  readonly canonicalZ: Float32Array;
  readonly #rest: Float32Array;
  readonly #gapCoord: Float32Array;
  readonly #gapWeight: Float32Array;
  readonly #lists: ModeLists;
  readonly #pose: PortraitPose;
  readonly #scale: Float32Array;
  /** Amount of each mode, times its step. */
  readonly #amounts = new Float64Array(AMOUNTS);

  constructor(model: FaceModel, bundle: PortraitBundle) {
    const count = bundle.mesh.source.length;
    this.places = new Float32Array(3 * count);
    this.canonicalZ = new Float32Array(count);
    this.#rest = bundle.mesh.rest;
    this.#gapCoord = bundle.mesh.gapCoord;
    this.#gapWeight = bundle.mesh.gapWeight;
    this.#pose = bundle.pose;
    this.#scale = model.expressions.scale;
    this.#lists = meshLists(packMesh(model, bundle), count);
  }

  /** Amounts of a frame, for the calls of `move` that follow. */
  set({ shown, secondary, tongue }: FrameAmounts): void {
    const amounts = this.#amounts;
    shown.forEach((e, k) => (amounts[k] = e * this.#scale[k]!));
    secondary.forEach((y, k) => (amounts[shown.length + k] = y * SECONDARY_STEP));
    const slot = MOTION_STATE.tongue - MOTION_STATE.shown;
    tongue.forEach((amount, k) => (amounts[slot + k] = amount * TONGUE_STEP_IOD));
  }

  /** Moves the vertices `from` ... `to` - 1. */
  move({ head, corrections }: FrameAmounts, from: number, to: number): void {
    const { first, mode, offset } = this.#lists;
    const { scale: pxPerIod, translation } = this.#pose;
    const [amounts, rest, places] = [this.#amounts, this.#rest, this.places];
    const [a, b, c, d, e, f, g, h, i] = head.rotation as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const { scale, shift } = head;
    for (let v = from; v < to; v++) {
      let x = rest[3 * v]!;
      let y = rest[3 * v + 1]!;
      let z = rest[3 * v + 2]!;
      for (let k = first[v]!, end = first[v + 1]!; k < end; k++) {
        const amount = amounts[mode[k]!]!;
        x += amount * offset[3 * k]!;
        y += amount * offset[3 * k + 1]!;
        z += amount * offset[3 * k + 2]!;
      }
      const weight = this.#gapWeight[v]!;
      if (weight !== 0) y += weight * correctionAt(corrections, this.#gapCoord[v]!);
      places[3 * v] = pxPerIod * (scale * (x * a + y * d + z * g) + shift[0]) + translation[0];
      places[3 * v + 1] = pxPerIod * (scale * (x * b + y * e + z * h) + shift[1]) + translation[1];
      places[3 * v + 2] = scale * (x * c + y * f + z * i) + shift[2];
      this.canonicalZ[v] = z;
    }
  }
}

/** The photo layer. Only its vertices that can move are computed. */
export class GridMotion {
  /** f32[n x 2]: px of the photo. */
  readonly places: Float32Array;
  /** f32[n x 2]: px of the photo in the rest pose, where the vertex samples it. */
  readonly uv: Float32Array;
  /** u32[3 n]. */
  readonly triangles: Uint32Array;
  /** Vertices from here on never move. */
  readonly moving: number;
  readonly #canonical: Float32Array;
  readonly #rigid: Float32Array;
  readonly #lists: ModeLists;
  readonly #pose: PortraitPose;

  constructor(bundle: PortraitBundle) {
    const table = packGrid(bundle);
    this.uv = Float32Array.from(Array.from(table.order, (v) => gridRest(bundle.grid, bundle.photo, v)).flat());
    this.places = this.uv.slice();
    this.triangles = table.triangles;
    this.moving = table.moving;
    this.#pose = bundle.pose;
    this.#canonical = new Float32Array(3 * table.moving);
    this.#rigid = new Float32Array(table.moving);
    const { size, fields } = GRID_VERTEX;
    for (let v = 0; v < table.moving; v++) {
      const at = v * size + fields.canonical.offset;
      this.#canonical.set(table.vertices.subarray(at, at + 3), 3 * v);
      this.#rigid[v] = table.vertices[v * size + fields.rigid.offset]!;
    }
    this.#lists = gridLists(table);
  }

  move({ head, change, secondary }: FrameAmounts): void {
    const amounts = Float64Array.from([...change, ...secondary]);
    const { first, mode, offset } = this.#lists;
    const { scale: pxPerIod, translation } = this.#pose;
    const [canonical, uv, places] = [this.#canonical, this.uv, this.places];
    const [a, b, , d, e, , g, h] = head.rotation as [number, number, number, number, number, number, number, number];
    const { scale, shift } = head;
    for (let v = 0; v < this.moving; v++) {
      let mx = 0;
      let my = 0;
      for (let k = first[v]!, end = first[v + 1]!; k < end; k++) {
        const amount = amounts[mode[k]!]!;
        mx += amount * offset[2 * k]!;
        my += amount * offset[2 * k + 1]!;
      }
      const [x, y, z] = [canonical[3 * v]!, canonical[3 * v + 1]!, canonical[3 * v + 2]!];
      const rigid = this.#rigid[v]!;
      const [rx, ry] = [uv[2 * v]!, uv[2 * v + 1]!];
      const headX = pxPerIod * (scale * (x * a + y * d + z * g) + shift[0]) + translation[0];
      const headY = pxPerIod * (scale * (x * b + y * e + z * h) + shift[1]) + translation[1];
      places[2 * v] = rx + rigid * (headX - rx) + pxPerIod * scale * (mx * a + my * d);
      places[2 * v + 1] = ry + rigid * (headY - ry) + pxPerIod * scale * (mx * b + my * e);
    }
  }
}

function meshLists({ vertices, entries }: MotionTable, count: number): ModeLists {
  const words = new Uint32Array(vertices.buffer);
  const { size, fields } = MESH_VERTEX;
  const first = new Uint32Array(count + 1);
  for (let v = 0; v < count; v++) first[v] = words[v * size + fields.first.offset]!;
  first[count] = words[(count - 1) * size + fields.end.offset]!;
  const mode = new Uint8Array(first[count]);
  const offset = new Float32Array(3 * first[count]);
  for (let k = 0; k < mode.length; k++) {
    const entry = entries[k]!;
    mode[k] = entry >>> 24;
    for (let axis = 0; axis < 3; axis++) offset[3 * k + axis] = (entry << (24 - 8 * axis)) >> 24;
  }
  return { first, mode, offset };
}

function gridLists({ vertices, entries, moving }: GridTable): ModeLists {
  const words = new Uint32Array(vertices.buffer);
  const { size, fields } = GRID_VERTEX;
  const first = new Uint32Array(moving + 1);
  for (let v = 0; v < moving; v++) first[v] = words[v * size + fields.first.offset]!;
  if (moving > 0) first[moving] = words[(moving - 1) * size + fields.end.offset]!;
  const mode = new Uint8Array(first[moving]!);
  const offset = new Float32Array(2 * mode.length);
  for (let k = 0; k < mode.length; k++) {
    mode[k] = entries[2 * k]!;
    const pair = entries[2 * k + 1]!;
    offset[2 * k] = fromHalf(pair & 0xffff);
    offset[2 * k + 1] = fromHalf(pair >>> 16);
  }
  return { first, mode, offset };
}

/** Value of a finite, normal f16. */
function fromHalf(bits: number): number {
  const exponent = (bits >>> 10) & 31;
  if (exponent === 0) return 0;
  return (bits & 0x8000 ? -1 : 1) * 2 ** (exponent - 15) * (1 + (bits & 1023) / 1024);
}
