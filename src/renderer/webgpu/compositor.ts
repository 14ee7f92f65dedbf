/**
 * @file The layers of a portrait into one picture: one render pass, recorded once as a bundle and replayed every frame.
 *
 * Order, with a depth buffer, so that no pixel is shaded twice without need:
 *   1 opaque part of the face   2 mouth: backdrop, socket, tongue, teeth, the photo's own teeth
 *   3 soft edge of the lips   4 photo layer where the person is opaque   5 backdrop, at the far plane, where nothing is in front
 *   6 the person's outline, soft edges of lids and of the face, blended
 * The backdrop is the polygon between the inner lips; it marks the stencil, and the mouth is drawn only there: the socket
 * of the model is wider than the mouth and would look out of the nostrils. The mouth has a depth bias away from the
 * viewer: pressed lips dip behind the teeth of the model, and must not on the screen.
 *
 * Colours come with straight alpha and are premultiplied in the target, as a canvas shows them.
 * With an -srgb target textures decode and the blender works on light; else all stays in sRGB values, which costs
 * less on software adapters and shows only on half-covered edge pixels.
 */
import cameraCode from '../../../shaders/common/camera.wgsl?raw';
import colourCode from '../../../shaders/common/color.wgsl?raw';
import ditherCode from '../../../shaders/common/dither.wgsl?raw';
import motionStateCode from '../../../shaders/common/motion-state.wgsl?raw';
import sceneCode from '../../../shaders/common/scene.wgsl?raw';
import { uploadBuffer } from '../../gpu/buffers';
import { createBindGroup, createBindGroupLayout, createShaderModule, scoped } from '../../gpu/kernel';
import type { FaceModel } from '../../weights/face-model';
import { packEyes } from '../eye-layer';
import { describeDraws, type WarpedGeometry } from './layer-draws';
import type { PictureOutput } from '../picture-output';
import type { PortraitBundle } from '../../portrait-bundle/portrait-bundle';
import type { PortraitTextures } from './portrait-textures';
import { packMouth } from '../layer-attributes';
import { srgbToLight } from './photo-texture';

const DEPTH_FORMAT: GPUTextureFormat = 'depth24plus-stencil8';

/** Draws what the warp kernels placed. */
export class Compositor {
  readonly #bundle: GPURenderBundle;
  readonly #targets: { colour: GPUTextureView | undefined; depth: GPUTextureView };
  readonly #clear: GPUColor;
  readonly #owned: { destroy(): void }[];

  private constructor(
    bundle: GPURenderBundle,
    targets: { colour: GPUTextureView | undefined; depth: GPUTextureView },
    clear: GPUColor,
    owned: { destroy(): void }[],
  ) {
    this.#bundle = bundle;
    this.#targets = targets;
    this.#clear = clear;
    this.#owned = owned;
  }

  /** @param textures not owned: they outlive a change of the output */
  static async create(
    device: GPUDevice,
    model: FaceModel,
    portrait: PortraitBundle,
    geometry: WarpedGeometry,
    textures: PortraitTextures,
    output: PictureOutput,
  ): Promise<Compositor> {
    const linear = output.format.endsWith('-srgb');
    const owned: { destroy(): void }[] = [];
    const own = <T extends { destroy(): void }>(resource: T): T => {
      owned.push(resource);
      return resource;
    };

    const backdrop = textures.backdrop(output);
    if (backdrop.owned) own(backdrop.texture);
    const sampler = device.createSampler({
      label: 'photo',
      magFilter: 'linear',
      minFilter: 'linear',
      mipmapFilter: output.sampleCount === 1 ? 'nearest' : 'linear', // half of a software adapter's sampling
    });
    const view = (texture: GPUTexture): GPUTextureView =>
      texture.createView(linear && texture.format === 'rgba8unorm' ? { format: 'rgba8unorm-srgb' } : {});
    const mouth = own(uploadBuffer(device, 'mouth', packMouth(portrait), GPUBufferUsage.UNIFORM));

    const sampled = { texture: { sampleType: 'float' as const } };
    const layout = createBindGroupLayout(device, 'scene', GPUShaderStage.VERTEX | GPUShaderStage.FRAGMENT, [
      'uniform',
      'uniform',
      'read',
      'read',
      { sampler: { type: 'filtering' } },
      sampled,
      sampled,
      sampled,
      'read',
      sampled,
      sampled,
      'uniform',
    ]);
    const scene = createBindGroup(device, 'scene', layout, [
      geometry.camera,
      mouth,
      geometry.state,
      geometry.lipProfile,
      sampler,
      view(textures.photo(output)),
      view(textures.lids),
      view(textures.teeth),
      geometry.mesh,
      view(backdrop.texture),
      view(textures.eyes),
      own(uploadBuffer(device, 'eyes', packEyes(model, portrait.gaze), GPUBufferUsage.UNIFORM)),
    ]);
    const pipelineLayout = device.createPipelineLayout({ label: 'scene', bindGroupLayouts: [layout] });

    const draws = describeDraws(device, model, portrait, geometry, output, own);
    const common = cameraCode + motionStateCode + colourCode + ditherCode + sceneCode;
    const pipelines = await Promise.all(
      draws.map(async (draw) => {
        const module = await createShaderModule(device, draw.label, common + draw.code);
        const constants = { LINEAR: linear ? 1 : 0, ...draw.constants };
        return scoped(device, draw.label, () =>
          device.createRenderPipelineAsync({
            label: draw.label,
            layout: pipelineLayout,
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

    const encoder = device.createRenderBundleEncoder({
      label: 'portrait',
      colorFormats: [output.format],
      depthStencilFormat: DEPTH_FORMAT,
      sampleCount: output.sampleCount,
    });
    encoder.setBindGroup(0, scene);
    draws.forEach((draw, k) => {
      const count = typeof draw.triangles === 'number' ? draw.triangles : draw.triangles.length;
      if (count === 0) return;
      encoder.setPipeline(pipelines[k]!);
      draw.vertexBuffers.forEach(({ buffer, offset = 0 }, slot) => encoder.setVertexBuffer(slot, buffer, offset));
      if (typeof draw.triangles === 'number') {
        encoder.draw(count);
      } else {
        encoder.setIndexBuffer(
          own(uploadBuffer(device, `${draw.label} triangles`, draw.triangles, GPUBufferUsage.INDEX)),
          'uint32',
        );
        encoder.drawIndexed(count);
      }
    });
    const target = (label: string, format: GPUTextureFormat): GPUTextureView =>
      own(
        device.createTexture({
          label,
          size: [output.width, output.height],
          format,
          sampleCount: output.sampleCount,
          usage: GPUTextureUsage.RENDER_ATTACHMENT,
        }),
      ).createView();
    return new Compositor(
      encoder.finish({ label: 'portrait' }),
      {
        colour: output.sampleCount > 1 ? target('portrait samples', output.format) : undefined,
        depth: target('portrait depth', DEPTH_FORMAT),
      },
      clearColour(output, linear),
      owned,
    );
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

/** What is there before anything is drawn, premultiplied, in the values of the target. */
function clearColour({ backdrop }: PictureOutput, linear: boolean): GPUColor {
  if (backdrop.kind !== 'colour') return [0, 0, 0, 0];
  const [r, g, b, a] = backdrop.colour;
  const value = (c: number): number => (linear ? srgbToLight(c) : c) * a;
  return [value(r), value(g), value(b), a];
}
