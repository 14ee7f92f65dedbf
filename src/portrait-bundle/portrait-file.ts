/**
 * @file Saves a PortraitBundle in a safetensors container and loads it again, so that a photo needs to be analysed only
 * once. The names of the tensors are the file format: they do not change, so that saved portraits stay readable.
 * (`card` is the format's name for the photo teeth.)
 */

import type { RgbaImage } from '../core/rgba-image';
import { parseSafetensors } from '../weights/safetensors';
import { writeSafetensors, type WritableTensor } from '../weights/safetensors-writer';
import { type Iris, type PortraitBundle, PHOTO_TEETH_COLUMNS } from './portrait-bundle';
import { checkedReader, corrupt, type PortraitNumbers, readNumbers } from './portrait-file-checks';
import { SECONDARY_MOTION_MODES } from './secondary-motion-modes';

const FORMAT = 'talking-portrait';
const VERSION = 2;

/** The bytes of a portrait, for {@link loadPortraitBundle}. */
export function savePortraitBundle(bundle: PortraitBundle): ArrayBuffer {
  const { mesh, gaps, grid, mouth, lids, relax } = bundle;
  const f32 = (data: Float32Array, ...shape: number[]): WritableTensor => ({ dtype: 'F32', shape, data });
  const u32 = (data: Uint32Array, ...shape: number[]): WritableTensor => ({ dtype: 'U32', shape, data });
  const image = ({ width, height, data }: RgbaImage): WritableTensor => ({
    dtype: 'U8',
    shape: [height, width, 4],
    data,
  });
  const [v, f, e, s, n] = [
    mesh.source.length,
    mesh.faceVertexCount,
    bundle.expression.length,
    gaps.rest.length,
    grid.rigid.length,
  ];
  const tensors = new Map<string, WritableTensor>([
    ['pose.rotation', f32(bundle.pose.rotation, 3, 3)],
    ['expression', f32(bundle.expression, e)],
    ['headroom', f32(bundle.headroom, e)],
    ['relax.mask', f32(relax.mask, e)],
    ['relax.gain', f32(relax.gain, e)],
    ['mesh.source', u32(mesh.source, v)],
    ['mesh.rest', f32(mesh.rest, v, 3)],
    ['mesh.faceTriangles', u32(mesh.faceTriangles, mesh.faceTriangles.length / 3, 3)],
    ['mesh.mouthTriangles', u32(mesh.mouthTriangles, mesh.mouthTriangles.length / 3, 3)],
    ['mesh.uv', f32(mesh.uv, f, 2)],
    ['mesh.alpha', f32(mesh.alpha, f)],
    ['mesh.shade', f32(mesh.shade, f)],
    ['mesh.gapCoord', f32(mesh.gapCoord, v)],
    ['mesh.gapWeight', f32(mesh.gapWeight, v)],
    ['mesh.lidUv', f32(mesh.lidUv, f, 2)],
    ['mesh.lidMask', f32(mesh.lidMask, f)],
    ['mesh.lashDistance', f32(mesh.lashDistance, f)],
    ['mesh.mouthNormal', f32(mesh.mouthNormal, v - f, 3)],
    ['lipRing', u32(bundle.lipRing, bundle.lipRing.length)],
    ['gaps.rest', f32(gaps.rest, s)],
    ['gaps.basis', f32(gaps.basis, s, e)],
    ['gaps.photo', f32(gaps.photo, s)],
    ['grid.canonical', f32(grid.canonical, n, 3)],
    ['grid.rigid', f32(grid.rigid, n)],
    ['grid.expressions', u32(grid.expressions, grid.expressions.length)],
    ['grid.basis', f32(grid.basis, grid.expressions.length, n, 2)],
    ['secondary', f32(bundle.secondary, SECONDARY_MOTION_MODES.length, n, 2)],
    ['mouth.light', f32(mouth.light, 3)],
    ['mouth.colours', f32(mouth.colours, 4, 3)],
  ]);
  if (mouth.photoTeeth) tensors.set('card.strip', f32(mouth.photoTeeth.strip, 2 * PHOTO_TEETH_COLUMNS, 3));
  tensors.set('photo', image(bundle.photo));
  if (bundle.layers) {
    tensors.set('person', image(bundle.layers.person));
    tensors.set('background', image(bundle.layers.background));
  }
  tensors.set('lids.image', image(lids.image));
  if (bundle.gaze) {
    tensors.set('gaze.image', image(bundle.gaze.image));
    tensors.set('gaze.irises', f32(Float32Array.from(bundle.gaze.irises.flatMap(irisNumbers)), 2, IRIS_NUMBERS));
  }
  if (mouth.photoTeeth) tensors.set('card.image', image(mouth.photoTeeth.image));
  const numbers: PortraitNumbers = {
    colorSpace: bundle.colorSpace,
    scale: bundle.pose.scale,
    translation: bundle.pose.translation,
    relaxBase: relax.base,
    relaxLimit: relax.limit,
    faceVertexCount: f,
    mouthGroups: mesh.mouthGroups,
    lipRingUpperCount: bundle.lipRingUpperCount,
    gapOffsets: gaps.offsets,
    lidOverlap: gaps.lidOverlap,
    columns: grid.columns,
    rows: grid.rows,
    cardOffset: mouth.photoTeeth?.offset ?? null,
    lidOffset: lids.offset,
    gazeOffset: bundle.gaze?.offset ?? null,
  };
  return writeSafetensors(tensors, { format: FORMAT, version: String(VERSION), numbers: JSON.stringify(numbers) });
}

/**
 * @param bytes from {@link savePortraitBundle}
 * @throws TalkingPortraitError `portrait-corrupt` if they are not a complete portrait of this version
 */
export function loadPortraitBundle(bytes: ArrayBuffer): PortraitBundle {
  const file = parseSafetensors(bytes);
  if (file.metadata['format'] !== FORMAT) throw corrupt('it is not a portrait');
  if (file.metadata['version'] !== String(VERSION))
    throw corrupt(`its version is not ${VERSION}`, file.metadata['version'] ?? '');
  const numbers = readNumbers(file);
  const read = checkedReader(file);
  const e = read.size('expression', 0);
  const v = read.size('mesh.source', 0);
  const s = read.size('gaps.rest', 0);
  const k = read.size('grid.expressions', 0);
  const n = numbers.columns * numbers.rows;
  const f = numbers.faceVertexCount;
  if (f < 3 || f > v) throw corrupt('the number of face vertices is out of range', f);
  const { gapOffsets } = numbers;
  if (gapOffsets[0] !== 0 || gapOffsets[3] !== s || gapOffsets.some((o, i) => i > 0 && o <= gapOffsets[i - 1]!))
    throw corrupt('the gap samples are out of order');

  const mouthTriangles = read.u32('mesh.mouthTriangles', [-1, 3], v);
  for (const [name, range] of Object.entries(numbers.mouthGroups)) {
    if (range[0] < 0 || range[1] < range[0] || range[1] > mouthTriangles.length || range[0] % 3 || range[1] % 3)
      throw corrupt('a part of the mouth is out of range', name);
  }
  const lipRing = read.u32('lipRing', [-1], f);
  if (numbers.lipRingUpperCount < 2 || numbers.lipRingUpperCount > lipRing.length)
    throw corrupt('the lip ring is out of range');
  const gapCoord = read.f32('mesh.gapCoord', [v]);
  if (gapCoord.some((c) => c < 0 || c > s - 1)) throw corrupt('a gap coordinate is out of range');
  const photo = read.image('photo');
  const layers = file.tensors.has('person')
    ? { person: read.image('person'), background: read.image('background') }
    : null;
  for (const { width, height } of Object.values(layers ?? {}))
    if (width !== photo.width || height !== photo.height)
      throw corrupt('person and background do not have the size of the photo');
  const photoTeeth = numbers.cardOffset
    ? {
        image: read.image('card.image'),
        offset: numbers.cardOffset,
        strip: read.f32('card.strip', [2 * PHOTO_TEETH_COLUMNS, 3]),
      }
    : null;
  return {
    colorSpace: numbers.colorSpace,
    photo,
    layers,
    pose: { rotation: read.f32('pose.rotation', [3, 3]), scale: numbers.scale, translation: numbers.translation },
    expression: read.f32('expression', [e]),
    headroom: read.f32('headroom', [e]),
    relax: {
      mask: read.f32('relax.mask', [e]),
      gain: read.f32('relax.gain', [e]),
      base: numbers.relaxBase,
      limit: numbers.relaxLimit,
    },
    mesh: {
      source: read.u32('mesh.source', [v], Infinity),
      rest: read.f32('mesh.rest', [v, 3]),
      faceVertexCount: f,
      faceTriangles: read.u32('mesh.faceTriangles', [-1, 3], f),
      mouthTriangles,
      mouthGroups: numbers.mouthGroups,
      uv: read.f32('mesh.uv', [f, 2]),
      alpha: read.f32('mesh.alpha', [f]),
      shade: read.f32('mesh.shade', [f]),
      gapCoord,
      gapWeight: read.f32('mesh.gapWeight', [v]),
      lidUv: read.f32('mesh.lidUv', [f, 2]),
      lidMask: read.f32('mesh.lidMask', [f]),
      lashDistance: read.f32('mesh.lashDistance', [f]),
      mouthNormal: read.f32('mesh.mouthNormal', [v - f, 3]),
    },
    lipRing,
    lipRingUpperCount: numbers.lipRingUpperCount,
    gaps: {
      offsets: gapOffsets,
      rest: read.f32('gaps.rest', [s]),
      basis: read.f32('gaps.basis', [s, e]),
      photo: read.f32('gaps.photo', [s]),
      lidOverlap: numbers.lidOverlap,
    },
    grid: {
      columns: numbers.columns,
      rows: numbers.rows,
      canonical: read.f32('grid.canonical', [n, 3]),
      rigid: read.f32('grid.rigid', [n]),
      expressions: read.u32('grid.expressions', [k], e),
      basis: read.f32('grid.basis', [k, n, 2]),
    },
    secondary: read.f32('secondary', [SECONDARY_MOTION_MODES.length, n, 2]),
    mouth: { light: read.f32('mouth.light', [3]), colours: read.f32('mouth.colours', [4, 3]), photoTeeth },
    lids: { image: read.image('lids.image'), offset: numbers.lidOffset },
    gaze: numbers.gazeOffset && {
      image: read.image('gaze.image'),
      offset: numbers.gazeOffset,
      irises: irisesOf(read.f32('gaze.irises', [2, IRIS_NUMBERS])),
    },
  };
}

/** How many numbers describe an iris in the file. */
const IRIS_NUMBERS = 8;

function irisNumbers({ centre, radius, softness, across, down }: Iris): number[] {
  return [...centre, radius, softness, ...across, ...down];
}

function irisesOf(values: Float32Array): [Iris, Iris] {
  const iris = (at: number): Iris => {
    const [x, y, radius, softness, ax, ay, dx, dy] = values.subarray(at, at + IRIS_NUMBERS) as unknown as number[];
    return { centre: [x!, y!], radius: radius!, softness: softness!, across: [ax!, ay!], down: [dx!, dy!] };
  };
  return [iris(0), iris(IRIS_NUMBERS)];
}
