/**
 * @file PictureScene: draws one output of a portrait on the CPU, layer by layer, from vertices that have been moved. Order, depths and
 * the mask of the mouth are those of webgpu/compositor.ts.
 *
 * Two things make a frame cheaper: what never moves (the backdrop, and triangles of the photo layer whose vertices do not move) is drawn once
 * per output, and a frame begins with a copy of it. And behind sealed lips nothing of the mouth is moved, lit or drawn.
 */
import type { RgbaImage } from '../../core/rgba-image';
import type { PortraitBundle } from '../../portrait-bundle/portrait-bundle';
import type { FaceModel } from '../../weights/face-model';
import { convertColours } from '../color-space';
import { MOUTH_DEPTH_BIAS } from '../frame-limits';
import { packMouth } from '../layer-attributes';
import { MOUTH } from '../../kernels/struct-layouts';
import { type LipRing, thinLipRing } from '../lip-ring';
import { type PictureOutput, showsPlainPhoto } from '../picture-output';
import { drawBackdrop } from './backdrop';
import { FaceLayer } from './face-layer';
import type { FrameAmounts } from './frame-amounts';
import { lipProfile } from './frame-steps';
import { MouthLight } from './mouth-light';
import { MouthLayer } from './mouth-layer';
import { PhotoLayer } from './photo-layer';
import { createTarget, type Target } from './target';
import { createTexture } from './textures';
import type { GridMotion, MeshMotion } from './vertex-motion';
import { depthOf, type View, viewOf } from './view';

const FAR = 1;

export class PictureScene {
  /** The picture of the newest frame. */
  readonly target: Target;
  readonly #portrait: PortraitBundle;
  readonly #mesh: MeshMotion;
  readonly #grid: GridMotion;
  readonly #view: View;
  /** f32[V x 3]: pixels of the picture and depth. */
  readonly #positions: Float32Array;
  readonly #lipRing: LipRing;
  readonly #saturation: number;
  /** What never moves. */
  readonly #still: Int32Array;
  readonly #photoLayer: PhotoLayer;
  readonly #faceLayer: FaceLayer;
  readonly #mouthLayer: MouthLayer;

  constructor(model: FaceModel, portrait: PortraitBundle, mesh: MeshMotion, grid: GridMotion, output: PictureOutput) {
    this.#portrait = portrait;
    this.#mesh = mesh;
    this.#grid = grid;
    this.#view = viewOf(portrait, output);
    this.target = createTarget(output.width, output.height);
    this.#positions = new Float32Array(mesh.places.length);
    this.#lipRing = thinLipRing(portrait.lipRing, portrait.lipRingUpperCount);
    this.#saturation = packMouth(portrait)[MOUTH.fields.saturation.offset]!;

    const [view, target] = [this.#view, this.target];
    const { level } = view;
    const image = (source: RgbaImage): RgbaImage => convertColours(source, portrait.colorSpace, output.colorSpace);
    const { photo, layers, lids, mouth, gaze } = portrait;
    // `photo` keeps a rim of its background, so it is used only in front of that background.
    const person = showsPlainPhoto(output) || !layers ? photo : layers.person;
    const photoTexture = createTexture(image(person), level, reachBeyond(portrait));
    const teeth = mouth.photoTeeth ? createTexture(image(mouth.photoTeeth.image), level) : undefined;
    const eyes = gaze ? createTexture(gaze.image, level) : undefined;
    drawBackdrop(target.colour, target, portrait, output, view);
    target.depth.fill(FAR);
    this.#photoLayer = new PhotoLayer(model, portrait, grid, output, view, target, photoTexture, eyes);
    this.#still = target.colour.slice();
    const lidTexture = createTexture(image(lids.image), level);
    this.#faceLayer = new FaceLayer(model, portrait, view, target, photoTexture, lidTexture, this.#positions);
    this.#mouthLayer = new MouthLayer(portrait, view, target, photoTexture, teeth, {
      positions: this.#positions,
      canonicalZ: mesh.canonicalZ,
    });
  }

  /** Moves the vertices of a frame and draws it. */
  draw(amounts: FrameAmounts): void {
    const { target } = this;
    const { faceVertexCount, source } = this.#portrait.mesh;
    this.#mesh.set(amounts);
    this.#moveMesh(amounts, 0, faceVertexCount);
    this.#grid.move(amounts);
    const light = new MouthLight(this.#lips(), amounts.mouthWidth, this.#saturation);
    this.#photoLayer.move(amounts);
    this.#faceLayer.move(amounts, light.opening);

    target.colour.set(this.#still);
    target.depth.fill(FAR);
    this.#faceLayer.draw();
    if (!light.isSealed) {
      this.#moveMesh(amounts, faceVertexCount, source.length);
      this.#mouthLayer.draw(amounts, light);
      this.#faceLayer.drawLipEdge();
    }
    this.#photoLayer.draw();
    this.#photoLayer.drawOutline();
    this.#faceLayer.drawEdges();
  }

  #moveMesh(amounts: FrameAmounts, from: number, to: number): void {
    this.#mesh.move(amounts, from, to);
    const { scaleX, scaleY, offsetX, offsetY } = this.#view;
    const bias = from < this.#portrait.mesh.faceVertexCount ? 0 : MOUTH_DEPTH_BIAS;
    const [places, positions] = [this.#mesh.places, this.#positions];
    for (let v = from; v < to; v++) {
      positions[3 * v] = places[3 * v]! * scaleX + offsetX;
      positions[3 * v + 1] = places[3 * v + 1]! * scaleY + offsetY;
      positions[3 * v + 2] = depthOf(places[3 * v + 2]!) + bias;
    }
  }

  /** The lips on the screen, IOD. */
  #lips(): ReturnType<typeof lipProfile> {
    const { points, firstLower } = this.#lipRing;
    const { iodX, iodY } = this.#view;
    const ring = Array.from(
      points,
      (v) => [this.#positions[3 * v]! / iodX, this.#positions[3 * v + 1]! / iodY] as const,
    );
    return lipProfile(ring, firstLower);
  }
}

/** How far the face samples beyond the photo, px. */
function reachBeyond({ mesh, photo }: PortraitBundle): number {
  let reach = 0;
  for (let k = 0; k < mesh.uv.length; k += 2) {
    const [u, v] = [mesh.uv[k]!, mesh.uv[k + 1]!];
    reach = Math.max(reach, -u, u - photo.width, -v, v - photo.height);
  }
  return reach;
}
