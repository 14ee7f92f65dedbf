import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TalkingPortraitError } from '../../../../src/errors';
import { fitFace } from '../../../../src/portrait/fit/face-fit';
import { expressionIndex, parseFaceModel } from '../../../../src/weights/face-model';
import { faceModel, faceModelBytes, syntheticFace } from '../../../fixtures/synthetic-face';

const IDENTITY = [0.8, -1.1, 0.5, 0.9, -0.4, 0.7, -0.9, 0.3, 0.6, -0.5];

/** Angle of the rotation between two matrices, degrees. */
function angleBetween(a: Float32Array, b: Float32Array): number {
  let trace = 0;
  for (let k = 0; k < 9; k++) trace += a[k]! * b[k]!;
  return (Math.acos(Math.min(1, (trace - 1) / 2)) * 180) / Math.PI;
}

describe('fitFace', () => {
  it.each([
    { name: 'frontal, neutral', setup: { identity: IDENTITY } },
    { name: 'turned and tilted', setup: { identity: IDENTITY, yaw: 18, pitch: -8, roll: 10 } },
    { name: 'far turned', setup: { identity: IDENTITY, yaw: -33, pitch: 5 } },
    {
      name: 'smiling with an open mouth',
      setup: { identity: IDENTITY, expression: { mouthSmile: 0.7, jawOpen: 0.3 }, yaw: 5 },
    },
  ])('recovers a known face: $name', ({ setup }) => {
    const model = faceModel();
    const face = syntheticFace(setup);
    const fit = fitFace(model, face.landmarks);
    expect(angleBetween(fit.pose.rotation, face.pose.rotation)).toBeLessThan(3);
    // Not closer, because the size of the head and the scale are nearly interchangeable.
    expect(Math.abs(fit.pose.scale / face.pose.scale - 1)).toBeLessThan(0.05);
    expect(fit.error.model).toBeLessThan(0.01);
    expect(fit.error.final).toBeLessThan(0.005);
    const jaw = expressionIndex(model, 'jawOpen');
    expect(Math.abs(fit.expression[jaw]! - face.expression[jaw]!)).toBeLessThan(0.12);
    expect(fit.mouthClosed).toBe((face.expression[jaw] ?? 0) === 0);
  });

  it('is deterministic and respects its bounds', () => {
    const { landmarks } = syntheticFace({ identity: IDENTITY, expression: { mouthFunnel: 0.6 }, yaw: 9 });
    const [a, b] = [fitFace(faceModel(), landmarks), fitFace(faceModel(), landmarks)];
    expect(a).toEqual(b);
    expect(Math.min(...a.expression)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...a.expression)).toBeLessThanOrEqual(1);
    expect(Math.max(...a.identity.map(Math.abs))).toBeLessThanOrEqual(3);
    expect(a.vertices.every(Number.isFinite)).toBe(true);
  });

  it('keeps the teeth behind the lips', () => {
    const model = faceModel();
    const fit = fitFace(model, syntheticFace({ identity: IDENTITY }).landmarks);
    const lip = model.rings.lipInnerUpper[model.rings.lipInnerUpper.length >> 1]!;
    const [first, end] = model.parts.teeth.vertices;
    let nearest = Infinity;
    for (let v = first; v < end; v++) nearest = Math.min(nearest, fit.vertices[3 * v + 2]!);
    expect(nearest).toBeGreaterThan(fit.vertices[3 * lip + 2]!);
  });

  const good = (): Float32Array => syntheticFace({}).landmarks;
  it.each([
    ['too few points', () => good().subarray(0, 300)],
    ['NaN', () => good().with(3 * 13, Number.NaN)],
    ['infinity', () => good().with(3 * 200 + 1, Number.POSITIVE_INFINITY)],
    ['all in one place', () => good().fill(100)],
    ['on a line', () => good().map((_, i) => (i % 3 === 0 ? i : 5))],
    ['mirrored', () => good().map((x, i) => (i % 3 === 0 ? 512 - x : x))],
    ['upside down and mirrored', () => good().map((x, i) => (i % 3 === 1 ? 512 - x : x))],
    ['shuffled', () => good().map((_, i, all) => all[(3 * ((i * 7919) % 478) + (i % 3)) % all.length]!)],
    ['tiny', () => good().map((x) => x * 0.02)],
  ])('rejects landmarks: %s', (_, make) => {
    expect(() => fitFace(faceModel(), make())).toThrow(TalkingPortraitError);
    expect(() => fitFace(faceModel(), make())).toThrow(expect.objectContaining({ code: 'no-face' }));
  });

  it('fits a one-sided smile on that side only', () => {
    const model = faceModel();
    const { expression } = fitFace(model, syntheticFace({ expression: { mouthSmile_L: 0.6 }, yaw: -20 }).landmarks);
    expect(expression[expressionIndex(model, 'mouthSmile_L')]!).toBeGreaterThan(0.4);
    expect(expression[expressionIndex(model, 'mouthSmile_R')]!).toBeLessThan(0.15);
  });

  // Landmarks of real faces in public-domain portraits: x, y in tenths of a pixel.
  const golden = JSON.parse(readFileSync(new URL('../../../goldens/face-landmarks.json', import.meta.url), 'utf8')) as {
    pictures: Record<string, { mesh: number[] }>;
  };
  const landmarksOf = (name: string): Float32Array => {
    const flat = golden.pictures[name]!.mesh;
    return Float32Array.from({ length: 3 * (flat.length / 2) }, (_, i) =>
      i % 3 === 2 ? 0 : flat[2 * Math.floor(i / 3) + (i % 3)]! / 10,
    );
  };
  it.each(Object.keys(golden.pictures))('fits the landmarks of a real portrait: %s', (name) => {
    const { error } = fitFace(faceModel(), landmarksOf(name));
    expect(error.model).toBeLessThan(0.02);
    expect(error.final).toBeLessThan(0.6 * error.model);
  });

  it('fits no grimace to the far side of a turned head', () => {
    const model = faceModel();
    const { expression } = fitFace(model, landmarksOf('painting_donna_velata.jpg'));
    model.expressionNames.forEach((name, e) => {
      const twin = model.expressionNames.indexOf(name.replace(/_L$/, '_R'));
      expect(Math.abs(expression[e]! - expression[twin]!), name).toBeLessThan(0.35);
    });
  });
});

describe('parseFaceModel', () => {
  it('reads the shipped model', () => {
    const model = faceModel();
    expect(model.expressionNames).toHaveLength(53);
    expect(model.identities.count).toBe(40);
    expect(model.parts.teeth.vertices[1]).toBe(model.vertexCount);
  });

  it('rejects a damaged model', () => {
    const bytes = faceModelBytes();
    expect(() => parseFaceModel(bytes.slice(0, bytes.byteLength - 4))).toThrow(TalkingPortraitError);
    // The first triangle gets an index beyond the last vertex; the header says where the tensor is.
    const header = new DataView(bytes).getBigUint64(0, true);
    const json = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, Number(header)))) as Record<
      string,
      { data_offsets: [number, number] }
    >;
    new DataView(bytes).setUint32(8 + Number(header) + json['triangles']!.data_offsets[0], 0xffff_fff0, true);
    expect(() => parseFaceModel(bytes)).toThrow(expect.objectContaining({ code: 'weights-corrupt' }));
  });
});
