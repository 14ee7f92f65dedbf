/** @file What the compositor draws, layer by layer: shader, vertices, triangles, and how the layer combines with those before it. */
import backdropCode from '../../../shaders/mouth/backdrop.wgsl?raw';
import interiorCode from '../../../shaders/mouth/mouth-interior.wgsl?raw';
import mouthLightCode from '../../../shaders/mouth/mouth-light.wgsl?raw';
import photoTeethCode from '../../../shaders/mouth/photo-teeth.wgsl?raw';
import backdropLayerCode from '../../../shaders/present/backdrop-layer.wgsl?raw';
import edgeRibbonCode from '../../../shaders/warp/edge-ribbon.wgsl?raw';
import eyeLayerCode from '../../../shaders/warp/eye-layer.wgsl?raw';
import faceLayerCode from '../../../shaders/warp/face-layer.wgsl?raw';
import photoLayerCode from '../../../shaders/warp/photo-layer.wgsl?raw';
import { uploadBuffer } from '../../gpu/buffers';
import { buildEdgeRibbons, RIBBON_STRIDE } from '../edge-ribbon';
import { splitAtEyes } from '../eye-layer';
import { splitFace } from '../face-triangles';
import { FACE_ATTRIBUTE_STRIDE, lipPolygon, packFace, packMouthVertices } from '../layer-attributes';
import { splitByOpacity } from '../photo-triangles';
import { type PictureOutput, showsPlainPhoto } from '../picture-output';
import { type PortraitBundle, PHOTO_TEETH_COLUMNS } from '../../portrait-bundle/portrait-bundle';
import type { FaceModel } from '../../weights/face-model';
import type { WarpedGeometry } from './portrait-warp';

/** One draw call. */
export type Draw = {
  label: string;
  code: string;
  constants?: Record<string, number>;
  /** Default 'vertex_main'. */
  vertexEntry?: string;
  vertexBuffers: { buffer: GPUBuffer; layout: GPUVertexBufferLayout; offset?: number }[];
  topology?: GPUPrimitiveTopology;
  cull: boolean;
  blend: boolean;
  /** 'solid': tested and written; 'tested': tested, not written; 'over': neither. */
  depth: 'solid' | 'tested' | 'over';
  /** 'mark': marks the stencil; 'inside': draws only where it is marked. */
  stencil?: 'mark' | 'inside';
  /** Indices, or the number of vertices if there are no indices. */
  triangles: Uint32Array<ArrayBuffer> | number;
};

const POSITION_LAYOUT: GPUVertexBufferLayout = {
  arrayStride: 16,
  attributes: [{ shaderLocation: 0, offset: 0, format: 'float32x4' }],
};
const FACE_LAYOUT: GPUVertexBufferLayout = {
  arrayStride: 4 * FACE_ATTRIBUTE_STRIDE,
  attributes: [
    { shaderLocation: 1, offset: 0, format: 'float32x4' },
    { shaderLocation: 2, offset: 16, format: 'float32x4' },
  ],
};
const RIBBON_LAYOUT: GPUVertexBufferLayout = {
  arrayStride: 4 * RIBBON_STRIDE,
  attributes: [
    { shaderLocation: 0, offset: 0, format: 'float32' },
    { shaderLocation: 1, offset: 4, format: 'float32x4' },
    { shaderLocation: 2, offset: 20, format: 'float32x4' },
    { shaderLocation: 3, offset: 4 * (1 + FACE_ATTRIBUTE_STRIDE), format: 'float32x3' },
  ],
};
const MOUTH_LAYOUT: GPUVertexBufferLayout = {
  arrayStride: 16,
  attributes: [{ shaderLocation: 1, offset: 0, format: 'float32x4' }],
};

/** The layers in drawing order, see compositor.ts. @param own registers a buffer that the compositor destroys */
export function describeDraws(
  device: GPUDevice,
  model: FaceModel,
  portrait: PortraitBundle,
  geometry: WarpedGeometry,
  output: PictureOutput,
  own: <T extends { destroy(): void }>(resource: T) => T,
): Draw[] {
  const { mesh, mouth } = portrait;
  const mouthStart = mesh.faceVertexCount;
  const faceAttributes = packFace(portrait);
  const faceLook = own(uploadBuffer(device, 'face attributes', faceAttributes, GPUBufferUsage.VERTEX));
  const mouthLook = own(uploadBuffer(device, 'mouth attributes', packMouthVertices(portrait), GPUBufferUsage.VERTEX));
  const face = [
    { buffer: geometry.mesh, layout: POSITION_LAYOUT },
    { buffer: faceLook, layout: FACE_LAYOUT },
  ];
  const parts = splitFace(mesh);
  const ribbons = buildEdgeRibbons(model, portrait, faceAttributes);
  const ribbonVertices = own(uploadBuffer(device, 'edge ribbons', ribbons.vertices, GPUBufferUsage.VERTEX));
  const ribbon = {
    code: faceLayerCode + edgeRibbonCode,
    vertexEntry: 'ribbon_main',
    vertexBuffers: [{ buffer: ribbonVertices, layout: RIBBON_LAYOUT }],
    cull: false,
    blend: true,
  };
  const person = splitByOpacity(
    geometry.gridTriangles,
    geometry.gridUv,
    showsPlainPhoto(output) || !portrait.layers ? portrait.photo : portrait.layers.person,
  );
  const { eyes, others } = portrait.gaze
    ? splitAtEyes(person.opaque, geometry.gridUv, portrait.gaze)
    : { eyes: new Uint32Array(), others: person.opaque };
  const photo = {
    code: photoLayerCode,
    vertexBuffers: [{ buffer: geometry.grid, layout: POSITION_LAYOUT }],
    cull: false,
  };
  const draws: Draw[] = [
    {
      label: 'face',
      code: faceLayerCode,
      constants: { LIDS: 0, SOFT: 0 },
      vertexBuffers: face,
      cull: true,
      blend: false,
      depth: 'solid',
      triangles: parts.plain,
    },
    {
      label: 'lids',
      code: faceLayerCode,
      constants: { LIDS: 1, SOFT: 0 },
      vertexBuffers: face,
      cull: false, // a closed lid folds over itself; a hole would show the open eye of the photo
      blend: false,
      depth: 'solid',
      triangles: parts.lids,
    },
    {
      label: 'mouth backdrop',
      code: backdropCode,
      vertexBuffers: [{ buffer: geometry.mesh, layout: POSITION_LAYOUT }],
      cull: false,
      blend: false,
      depth: 'solid',
      stencil: 'mark',
      triangles: lipPolygon(portrait),
    },
    {
      label: 'mouth interior',
      code: mouthLightCode + interiorCode,
      vertexBuffers: [
        { buffer: geometry.mesh, layout: POSITION_LAYOUT, offset: 16 * mouthStart },
        { buffer: mouthLook, layout: MOUTH_LAYOUT },
      ],
      cull: true,
      blend: false,
      depth: 'solid',
      stencil: 'inside',
      triangles: mesh.mouthTriangles.map((v) => v - mouthStart),
    },
  ];
  if (mouth.photoTeeth) {
    draws.push({
      label: 'photo teeth',
      code: mouthLightCode + photoTeethCode,
      vertexBuffers: [],
      topology: 'triangle-strip',
      cull: false,
      blend: true,
      depth: 'over',
      stencil: 'inside',
      triangles: 2 * PHOTO_TEETH_COLUMNS,
    });
  }
  draws.push(
    {
      ...ribbon,
      label: 'lip edge',
      constants: { LIDS: 0, SOFT: 0 },
      depth: 'over',
      stencil: 'inside',
      triangles: ribbons.lips,
    },
    { ...photo, label: 'photo layer', blend: false, depth: 'solid', triangles: others },
    { ...photo, label: 'eyes', code: eyeLayerCode, blend: false, depth: 'solid', triangles: eyes },
    {
      label: 'backdrop',
      code: backdropLayerCode,
      constants: {
        FILL: output.backdrop.kind === 'image' ? 1 : 0,
        SHARP: showsPlainPhoto(output) ? 1 : 0,
        BLURRED: output.backdrop.kind === 'photo' && !showsPlainPhoto(output) ? 1 : 0,
      },
      vertexBuffers: [],
      topology: 'triangle-strip',
      cull: false,
      blend: false,
      depth: 'tested',
      triangles: portrait.layers && output.backdrop.kind !== 'colour' ? 4 : 0,
    },
    { ...photo, label: 'person edge', blend: true, depth: 'tested', triangles: person.soft },
    {
      ...ribbon,
      label: 'lid edge',
      constants: { LIDS: 1, SOFT: 0 },
      depth: 'tested',
      triangles: ribbons.lids,
    },
    {
      label: 'face edge',
      code: faceLayerCode,
      constants: { LIDS: 1, SOFT: 1 },
      vertexBuffers: face,
      cull: true,
      blend: true,
      depth: 'solid',
      triangles: parts.soft,
    },
  );
  return draws;
}
