/**
 * @file Compositor: draws the layers of a portrait into one picture. One render pass, recorded once as a render bundle and
 * replayed every frame.
 *
 * Order, with a depth buffer, so that few pixels are shaded twice:
 *   1 opaque part of the face   2 mouth: backdrop, socket, tongue, teeth, photo teeth
 *   3 soft edge of the lips   4 photo layer where the person is opaque   5 backdrop, at the far plane
 *   6 the person's outline, soft edges of the lids and of the face, blended
 * The backdrop of the mouth is the polygon between the inner lips. It marks the stencil, and the mouth is drawn only there,
 * because the socket of the model is wider than the mouth and would show in the nostrils. The mouth has a depth bias away from
 * the viewer, because pressed lips of the mesh dip behind the teeth of the model.
 *
 * Fragment colours have straight alpha; in the target they are premultiplied, as a canvas expects. With an -srgb target
 * textures decode and the blender works on linear light. Otherwise everything stays in sRGB values, which is cheaper on
 * software adapters and differs only at half-covered edge pixels.
 */
import { uploadBuffer } from '../../gpu/buffers';
import { createBindGroup, createBindGroupLayout, createShaderModule, scoped } from '../../gpu/kernel';
import type { PortraitBundle } from '../../portrait-bundle/portrait-bundle';
import type { FaceModel } from '../../weights/face-model';
import { packEyes } from '../eye-layer';
import { packMouth } from '../layer-attributes';
import { srgbToLight } from '../mipmaps';
import type { PictureOutput } from '../picture-output';
import { describeDraws, type Draw } from './layer-draws';
import type { PortraitTextures } from './portrait-textures';
import type { WarpedGeometry } from './portrait-warp';
import { SCENE_BINDINGS, SCENE_CODE } from './scene';

const DEPTH_FORMAT: GPUTextureFormat = 'depth24plus-stencil8';

type Destroyable = { destroy(): void };
/** Registers a resource that is destroyed with the compositor. */
type Own = <T extends Destroyable>(resource: T) => T;
/** Attachments of the render pass; `colour` exists only with several samples per pixel. */
type Targets = { colour: GPUTextureView | undefined; depth: GPUTextureView };

/** Draws the vertices that the warp has placed. */
export class Compositor {
  readonly #bundle: GPURenderBundle;
  readonly #targets: Targets;
  readonly #clear: GPUColor;
  readonly #owned: readonly Destroyable[];

  private constructor(bundle: GPURenderBundle, targets: Targets, clear: GPUColor, owned: readonly Destroyable[]) {
    this.#bundle = bundle;
    this.#targets = targets;
    this.#clear = clear;
    this.#owned = owned;
  }

  /**
   * @param textures not destroyed with the compositor: they outlive a change of the output
   * @throws TalkingPortraitError 'unsupported' when the driver refuses a shader
   */
  static async create(
    device: GPUDevice,
    model: FaceModel,
    portrait: PortraitBundle,
    geometry: WarpedGeometry,
    textures: PortraitTextures,
    output: PictureOutput,
  ): Promise<Compositor> {
    const owned: Destroyable[] = [];
    const own: Own = (resource) => {
      owned.push(resource);
      return resource;
    };
    try {
      const layout = createBindGroupLayout(
        device,
        'scene',
        GPUShaderStage.VERTEX | GPUShaderStage.FRAGMENT,
        SCENE_BINDINGS,
      );
      const scene = bindScene(device, model, portrait, geometry, textures, output, layout, own);
      const draws = describeDraws(device, model, portrait, geometry, output, own);
      const pipelines = await createPipelines(device, draws, layout, output);
      const bundle = recordBundle(device, draws, pipelines, scene, output, own);
      return new Compositor(bundle, createTargets(device, output, own), clearColour(output), owned);
    } catch (error) {
      for (const resource of owned) resource.destroy();
      throw error;
    }
  }

  /** @param target a view of the format and size given to `create` */
  encode(
    encoder: GPUCommandEncoder,
    target: GPUTextureView,
    timestamps: { timestampWrites?: GPURenderPassTimestampWrites } = {},
  ): void {
    const { colour, depth } = this.#targets;
    const pass = encoder.beginRenderPass({
      label: 'portrait',
      colorAttachments: [
        colour
          ? {
              view: colour,
              resolveTarget: target,
              clearValue: this.#clear,
              loadOp: 'clear',
              storeOp: 'discard',
            }
          : { view: target, clearValue: this.#clear, loadOp: 'clear', storeOp: 'store' },
      ],
      depthStencilAttachment: {
        view: depth,
        depthClearValue: 1,
        depthLoadOp: 'clear',
        depthStoreOp: 'discard',
        stencilClearValue: 0,
        stencilLoadOp: 'clear',
        stencilStoreOp: 'discard',
      },
      ...timestamps,
    });
    pass.setStencilReference(1);
    pass.executeBundles([this.#bundle]);
    pass.end();
  }

  destroy(): void {
    for (const resource of this.#owned) resource.destroy();
  }
}

const isLinear = ({ format }: PictureOutput): boolean => format.endsWith('-srgb');

function bindScene(
  device: GPUDevice,
  model: FaceModel,
  portrait: PortraitBundle,
  { camera, state, lipProfile, mesh }: WarpedGeometry,
  textures: PortraitTextures,
  output: PictureOutput,
  layout: GPUBindGroupLayout,
  own: Own,
): GPUBindGroup {
  const backdrop = textures.backdrop(output);
  if (backdrop.owned) own(backdrop.texture);
  const view = (texture: GPUTexture): GPUTextureView =>
    texture.createView(isLinear(output) && texture.format === 'rgba8unorm' ? { format: 'rgba8unorm-srgb' } : {});
  return createBindGroup(device, 'scene', layout, SCENE_BINDINGS, {
    camera,
    mouth: own(uploadBuffer(device, 'mouth', packMouth(portrait), GPUBufferUsage.UNIFORM)),
    state,
    lipProfile,
    linearSampler: device.createSampler({
      label: 'photo',
      magFilter: 'linear',
      minFilter: 'linear',
      mipmapFilter: output.sampleCount === 1 ? 'nearest' : 'linear', // saves a software adapter half of the sampling
    }),
    photo: view(textures.photo(output)),
    lidSkin: view(textures.lids),
    teeth: view(textures.teeth),
    positions: mesh,
    backdrop: view(backdrop.texture),
    eyes: view(textures.eyes),
    gaze: own(uploadBuffer(device, 'eyes', packEyes(model, portrait.gaze), GPUBufferUsage.UNIFORM)),
  });
}

/** One pipeline per draw. */
function createPipelines(
  device: GPUDevice,
  draws: readonly Draw[],
  bindGroupLayout: GPUBindGroupLayout,
  output: PictureOutput,
): Promise<GPURenderPipeline[]> {
  const layout = device.createPipelineLayout({ label: 'scene', bindGroupLayouts: [bindGroupLayout] });
  return Promise.all(
    draws.map(async (draw) => {
      const module = await createShaderModule(device, draw.label, [SCENE_CODE, draw.code].join('\n'));
      const constants = { LINEAR: isLinear(output) ? 1 : 0, ...draw.constants };
      return scoped(device, draw.label, () =>
        device.createRenderPipelineAsync({
          label: draw.label,
          layout,
          vertex: {
            module,
            entryPoint: draw.vertexEntry ?? 'vertex_main',
            buffers: draw.vertexBuffers.map(({ layout: buffer }) => buffer),
            constants,
          },
          fragment: { module, constants, targets: [{ format: output.format, ...(draw.blend && { blend: OVER }) }] },
          primitive: {
            topology: draw.topology ?? 'triangle-list',
            frontFace: output.mirror ? 'cw' : 'ccw',
            cullMode: draw.cull ? 'back' : 'none',
          },
          depthStencil: {
            format: DEPTH_FORMAT,
            depthCompare: draw.depth === 'over' ? 'always' : 'less-equal',
            depthWriteEnabled: draw.depth === 'solid',
            ...(draw.stencil && STENCIL[draw.stencil]),
          },
          multisample: { count: output.sampleCount },
        }),
      );
    }),
  );
}

function recordBundle(
  device: GPUDevice,
  draws: readonly Draw[],
  pipelines: readonly GPURenderPipeline[],
  scene: GPUBindGroup,
  output: PictureOutput,
  own: Own,
): GPURenderBundle {
  const encoder = device.createRenderBundleEncoder({
    label: 'portrait',
    colorFormats: [output.format],
    depthStencilFormat: DEPTH_FORMAT,
    sampleCount: output.sampleCount,
  });
  encoder.setBindGroup(0, scene);
  draws.forEach(({ label, triangles, vertexBuffers }, k) => {
    const count = typeof triangles === 'number' ? triangles : triangles.length;
    if (count === 0) return;
    encoder.setPipeline(pipelines[k]!);
    vertexBuffers.forEach(({ buffer, offset = 0 }, slot) => encoder.setVertexBuffer(slot, buffer, offset));
    if (typeof triangles === 'number') {
      encoder.draw(count);
    } else {
      const indices = own(uploadBuffer(device, `${label} triangles`, triangles, GPUBufferUsage.INDEX));
      encoder.setIndexBuffer(indices, 'uint32');
      encoder.drawIndexed(count);
    }
  });
  return encoder.finish({ label: 'portrait' });
}

function createTargets(device: GPUDevice, { width, height, format, sampleCount }: PictureOutput, own: Own): Targets {
  const target = (label: string, format: GPUTextureFormat): GPUTextureView =>
    own(
      device.createTexture({
        label,
        size: [width, height],
        format,
        sampleCount,
        usage: GPUTextureUsage.RENDER_ATTACHMENT,
      }),
    ).createView();
  return {
    colour: sampleCount > 1 ? target('portrait samples', format) : undefined,
    depth: target('portrait depth', DEPTH_FORMAT),
  };
}

const STENCIL = {
  mark: { stencilFront: { passOp: 'replace' as const }, stencilBack: { passOp: 'replace' as const } },
  inside: {
    stencilFront: { compare: 'equal' as const },
    stencilBack: { compare: 'equal' as const },
    stencilWriteMask: 0,
  },
};

const OVER: GPUBlendState = {
  color: { srcFactor: 'src-alpha', dstFactor: 'one-minus-src-alpha' },
  alpha: { srcFactor: 'one', dstFactor: 'one-minus-src-alpha' },
};

/** Clear colour, premultiplied, in the values of the target. */
function clearColour(output: PictureOutput): GPUColor {
  const { backdrop } = output;
  if (backdrop.kind !== 'colour') return [0, 0, 0, 0];
  const [r, g, b, a] = backdrop.colour;
  const value = (c: number): number => (isLinear(output) ? srgbToLight(c) : c) * a;
  return [value(r), value(g), value(b), a];
}
