/**
 * @file Pictures of the renderer: the photo in the rest pose, sealed lips, no folds; on landmarks of real faces over a
 * drawn photo.
 */

import { beforeAll, describe, expect, it } from 'vitest';
import { SHOTS } from '../../bench/gallery/poses';
import { restLatent } from '../../src/core/motion-latent';
import { fitFace } from '../../src/portrait/fit/face-fit';
import { splitFace } from '../../src/renderer/face-triangles';
import type { PortraitBundle } from '../../src/portrait-bundle/portrait-bundle';
import type { RgbaImage } from '../../src/core/rgba-image';
import { signedDistance } from '../../src/core/polygon';
import { preparePortrait } from '../../src/portrait/prepare/prepare-portrait';
import { WarpingRenderer } from '../../src/renderer/webgpu/warping-renderer';
import { faceModel } from '../fixtures/synthetic-face';
import golden from '../goldens/face-landmarks.json' with { type: 'json' };
import { readFloats, testDevice } from '../fixtures/gpu-device';
import { drawFrame, latentOf } from '../fixtures/draw-frame';
import { psnr } from '../reference/compare';
import { drawnPhoto } from '../fixtures/synthetic-portrait';

const SIZE_PX = 256;
const TARGET = { width: SIZE_PX, height: SIZE_PX, format: 'rgba8unorm' as const, sampleCount: 1 as const };
const MIN_REST_PSNR_DB = 40;
/** No colour of the drawn photo is near it. */
const MOUTH_COLOUR = [0, 1, 0];
/** Landmark. */
const NOSE_TIP = 1;

type Face = { name: string; bundle: PortraitBundle; renderer: WarpingRenderer; landmarks: Float32Array };

let device: GPUDevice;
const faces: Face[] = [];

/** A bundle as the library prepares it, with the inside of the mouth in one glaring colour and no teeth of the photo. */
async function prepare(name: 'eileen-collins.jpg' | 'painting_difficult_lesson.jpg'): Promise<Face> {
  const { size, landmarker } = golden.pictures[name];
  const factor = SIZE_PX / size[0]! / 10;
  const landmarks = new Float32Array(3 * 478);
  for (let i = 0; i < 478; i++) landmarks.set([landmarker[2 * i]! * factor, landmarker[2 * i + 1]! * factor], 3 * i);
  const analysis = {
    photo: drawnPhoto(SIZE_PX),
    landmarks,
    matte: { width: 1, height: 1, data: new Float32Array([1]) },
    faceCount: 1,
    warnings: [],
  };
  const model = faceModel();
  const bundle = preparePortrait(model, analysis, fitFace(model, landmarks));
  return { name, bundle, landmarks, renderer: await WarpingRenderer.create(device, model, bundle, TARGET) };
}

const draw = ({ renderer }: Face, to: Float32Array, speechBlend: number): Promise<RgbaImage> =>
  drawFrame(device, renderer, TARGET, { to, speechBlend });

/** The circle about the tip of the nose that the face fills. */
function insideHead({ landmarks, bundle }: Face): (x: number, y: number) => boolean {
  const [cx, cy] = [landmarks[3 * NOSE_TIP]!, landmarks[3 * NOSE_TIP + 1]!];
  return (x, y) => Math.hypot(x - cx, y - cy) < 0.7 * bundle.pose.scale;
}

beforeAll(async () => {
  ({ device } = await testDevice());
  for (const name of ['eileen-collins.jpg', 'painting_difficult_lesson.jpg'] as const) faces.push(await prepare(name));
});

describe.each([0, 1])('WarpingRenderer on real landmarks, face %i (0 open mouth, 1 closed)', (index) => {
  it('shows the photo in the rest pose', async () => {
    const face = faces[index]!;
    const picture = await draw(face, restLatent(), 0);
    expect(psnr(picture, face.bundle.photo, insideHead(face))).toBeGreaterThan(MIN_REST_PSNR_DB);
    expect(psnr(picture, face.bundle.photo)).toBeGreaterThan(MIN_REST_PSNR_DB);
  });

  it('moves the head, but not the border of the picture', async () => {
    const face = faces[index]!;
    const picture = await draw(face, latentOf(faceModel(), {}, { yaw: 10, pitch: 5 }), 0);
    const border = (x: number, y: number): boolean => Math.min(x, y, SIZE_PX - 1 - x, SIZE_PX - 1 - y) < 2;
    expect(psnr(picture, face.bundle.photo, border)).toBeGreaterThan(MIN_REST_PSNR_DB);
    expect(psnr(picture, face.bundle.photo, insideHead(face))).toBeLessThan(30);
  });

  it('shows the inside of the mouth when an opening is commanded, and none of it when a closure is', async () => {
    const { bundle, landmarks, name } = faces[index]!;
    const colours = Float32Array.from({ length: 12 }, (_, k) => MOUTH_COLOUR[k % 3]!);
    const glaring = { ...bundle, mouth: { light: new Float32Array([1, 1, 1]), colours, photoTeeth: null } };
    const renderer = await WarpingRenderer.create(device, faceModel(), glaring, TARGET);
    const mouthPixels = async (expressions: Record<string, number>, pose = {}): Promise<number> => {
      const { data } = await draw(
        { name, bundle: glaring, renderer, landmarks },
        latentOf(faceModel(), expressions, pose),
        1,
      );
      let count = 0;
      for (let i = 0; i < data.length; i += 4)
        if (data[i + 1]! > 2 * data[i]! && data[i + 1]! > 2 * data[i + 2]!) count++;
      return count;
    };
    const area = bundle.pose.scale ** 2; // px of one square IOD
    expect(await mouthPixels({ jawOpen: 0.4 })).toBeGreaterThan(0.015 * area);
    const slightly = await mouthPixels({ jawOpen: 0.12 });
    expect(slightly).toBeGreaterThan(0);
    expect(slightly).toBeLessThan(0.5 * (await mouthPixels({ jawOpen: 0.4 })));
    for (const pose of [{}, { yaw: 12 }, { yaw: -12, pitch: 6 }, { pitch: -8 }]) {
      expect(await mouthPixels({}, pose)).toBe(0);
      expect(await mouthPixels({ mouthPress: 0.5, mouthRollLower: 0.25, mouthRollUpper: 0.2 }, pose)).toBe(0);
      // The jaw may be open behind closed lips.
      expect(await mouthPixels({ jawOpen: 0.15, mouthClose: 0.15, mouthPress: 0.3 }, pose)).toBe(0);
    }
    renderer.destroy();
  });

  it('shows nothing of the open eyes once they are closed', async () => {
    const { bundle, landmarks, name } = faces[index]!;
    const { lids, mesh } = bundle;
    const green = { ...lids.image, data: lids.image.data.map((_, i) => [0, 200, 0, 255][i % 4]!) };
    const marked = { ...bundle, lids: { ...lids, image: green } };
    const renderer = await WarpingRenderer.create(device, faceModel(), marked, TARGET);
    const place = new Map(Array.from(mesh.source.subarray(0, mesh.faceVertexCount), (v, k) => [v, k]));
    const eyes = [faceModel().rings.eyeRight, faceModel().rings.eyeLeft].map((ring) =>
      Float32Array.from([...ring].slice(1).flatMap((v) => [0, 1].map((axis) => mesh.uv[2 * place.get(v)! + axis]!))),
    );
    /** Share of the openings that is lid skin. */
    const covered = async (eyeBlink: number): Promise<number> => {
      const latent = latentOf(faceModel(), { eyeBlink });
      const { data } = await draw({ name, bundle: marked, renderer, landmarks }, latent, 0);
      let [lid, all] = [0, 0];
      for (let y = 0; y < SIZE_PX; y++)
        for (let x = 0; x < SIZE_PX; x++) {
          if (eyes.every((eye) => signedDistance(eye, x + 0.5, y + 0.5) > 0)) continue;
          const i = 4 * (y * SIZE_PX + x);
          lid += data[i + 1]! > 2 * data[i]! && data[i + 1]! > 2 * data[i + 2]! ? 1 : 0;
          all++;
        }
      return lid / all;
    };
    expect(await covered(0)).toBe(0);
    expect(await covered(0.5)).toBeLessThan(0.8);
    expect(await covered(1)).toBe(1);
    renderer.destroy();
  });

  it('does not fold the visible face in speech', async () => {
    const { bundle, renderer, name, landmarks } = faces[index]!;
    const { plain } = splitFace(bundle.mesh);
    const areas = (mesh: Float32Array): Float32Array =>
      Float32Array.from({ length: plain.length / 3 }, (_, t) => {
        const [a, b, c] = [0, 1, 2].map((k) => 4 * plain[3 * t + k]!) as [number, number, number];
        return (
          (mesh[b]! - mesh[a]!) * (mesh[c + 1]! - mesh[a + 1]!) - (mesh[c]! - mesh[a]!) * (mesh[b + 1]! - mesh[a + 1]!)
        );
      });
    const positions = async (latent: Float32Array, speechBlend: number): Promise<Float32Array> => {
      await draw({ name, bundle, renderer, landmarks }, latent, speechBlend);
      return areas(await readFloats(device, renderer.inspect.mesh));
    };
    const rest = await positions(restLatent(), 0);
    const visible = rest.reduce((sum, area) => sum + Math.max(0, area), 0);
    for (const [shot, { expressions, speechBlend = 0 }] of Object.entries(SHOTS)) {
      if (shot === 'shout' || shot.startsWith('blink')) continue; // beyond speech; lids close over themselves
      const moved = await positions(latentOf(faceModel(), expressions), speechBlend);
      let folded = 0;
      moved.forEach((area, t) => {
        if (rest[t]! > 0 && area < 0) folded += rest[t]!;
      });
      expect(folded / visible, shot).toBeLessThan(0.004);
    }
  });
});

describe('WarpingRenderer', () => {
  it('draws the same frame for the same input', async () => {
    const latent = latentOf(faceModel(), { jawOpen: 0.3, mouthSmile: 0.3 }, { yaw: 5 });
    const [a, b] = [await draw(faces[0]!, latent, 1), await draw(faces[0]!, latent, 1)];
    expect(Buffer.compare(Buffer.from(a.data), Buffer.from(b.data))).toBe(0);
  });

  it('agrees between one and four samples, and between blending in sRGB and in linear light, except at edges', async () => {
    const { bundle } = faces[0]!;
    const latent = latentOf(faceModel(), { jawOpen: 0.3 }, { yaw: 5 });
    const plain = await draw(faces[0]!, latent, 1);
    const fine = { ...TARGET, format: 'rgba8unorm-srgb' as const, sampleCount: 4 as const };
    const renderer = await WarpingRenderer.create(device, faceModel(), bundle, fine);
    expect(psnr(await drawFrame(device, renderer, fine, { to: latent, speechBlend: 1 }), plain)).toBeGreaterThan(30);
    renderer.destroy();
  });

  it('draws at sizes other than that of the photo', async () => {
    const target = { width: 96, height: 64, format: 'rgba8unorm' as const, sampleCount: 1 as const };
    const renderer = await WarpingRenderer.create(device, faceModel(), faces[0]!.bundle, target);
    const { data } = await drawFrame(device, renderer, target, { to: restLatent() });
    // The middle row of the picture is the middle row of the photo: covered, not squeezed.
    const photo = faces[0]!.bundle.photo;
    for (const x of [8, 48, 88]) {
      const at = 4 * (32 * 96 + x);
      const from = 4 * ((SIZE_PX / 2) * SIZE_PX + Math.round(((x + 0.5) * SIZE_PX) / 96));
      for (let c = 0; c < 3; c++) expect(Math.abs(data[at + c]! - photo.data[from + c]!)).toBeLessThan(12);
    }
    renderer.destroy();
  });
});
