/**
 * @file Compute kernels with explicit bind-group layouts.
 *
 * Why: `layout: 'auto'` drops unused bindings and makes two kernels' bind groups incompatible; explicit layouts
 * let bind groups be prepared once, before the first frame. Every creation runs inside an error scope, so a WGSL
 * mistake is thrown with its line instead of surfacing frames later as a lost device.
 */

import { TalkingPortraitError } from '../errors';

/** What one binding of group 0 is; a full layout entry (without its number) for textures and samplers. */
export type Binding = 'uniform' | 'read' | 'read-write' | Omit<GPUBindGroupLayoutEntry, 'binding' | 'visibility'>;

export type KernelDescription = {
  /** Shown in errors, captures and timestamps. */
  label: string;
  /** WGSL; `common` pieces go in front of it. */
  code: string;
  /** Binding i of group 0. */
  bindings: readonly Binding[];
  /** Values of `override` constants: sizes known at start. */
  constants?: Record<string, number>;
  /** Default 'main'. */
  entryPoint?: string;
};

function layoutEntry(binding: Binding): Omit<GPUBindGroupLayoutEntry, 'binding' | 'visibility'> {
  switch (binding) {
    case 'uniform':
      return { buffer: { type: 'uniform' } };
    case 'read':
      return { buffer: { type: 'read-only-storage' } };
    case 'read-write':
      return { buffer: { type: 'storage' } };
    default:
      return binding;
  }
}

/** An explicit layout of group 0 with the same visibility for all bindings. */
export function createBindGroupLayout(
  device: GPUDevice,
  label: string,
  visibility: GPUShaderStageFlags,
  bindings: readonly Binding[],
): GPUBindGroupLayout {
  return device.createBindGroupLayout({
    label,
    entries: bindings.map((binding, index) => ({ binding: index, visibility, ...layoutEntry(binding) })),
  });
}

/** A bind group whose resource i goes to binding i. Buffers are bound whole. */
export function createBindGroup(
  device: GPUDevice,
  label: string,
  layout: GPUBindGroupLayout,
  resources: readonly (GPUBuffer | GPUBindingResource)[],
): GPUBindGroup {
  return device.createBindGroup({
    label,
    layout,
    entries: resources.map((resource, binding) => ({ binding, resource: asBindingResource(resource) })),
  });
}

// A GPUBuffer is told apart by its method: `GPUBuffer` is no global in every host. GPUTexture has none of these.
function asBindingResource(resource: GPUBuffer | GPUBindingResource): GPUBindingResource {
  return 'mapAsync' in resource ? { buffer: resource } : resource;
}

/**
 * Compile WGSL and throw its messages, with lines, when it is wrong.
 *
 * @throws TalkingPortraitError 'unsupported'
 */
export async function createShaderModule(device: GPUDevice, label: string, code: string): Promise<GPUShaderModule> {
  const module = await scoped(
    device,
    label,
    () => device.createShaderModule({ label, code }),
    async (made) => {
      const { messages } = await made.getCompilationInfo();
      return messages
        .filter(({ type }) => type === 'error')
        .map(({ lineNum, linePos, message }) => `${lineNum}:${linePos} ${message}`)
        .join('\n');
    },
  );
  return module;
}

/**
 * Run a creation inside a validation error scope and throw what it caught.
 *
 * @param explain more about the failure, e.g. the compiler's messages
 */
export async function scoped<T>(
  device: GPUDevice,
  label: string,
  create: () => T | Promise<T>,
  explain?: (made: T) => Promise<string>,
): Promise<T> {
  device.pushErrorScope('validation');
  let made: T | undefined;
  let thrown: unknown;
  // The scope is popped right after the synchronous part: scopes are a stack of the device, and an await in
  // between would let other creations push theirs in between.
  let pending: T | Promise<T> | undefined;
  try {
    pending = create();
  } catch (error) {
    thrown = error;
  }
  const popped = device.popErrorScope();
  try {
    made = await (pending as T | Promise<T>);
  } catch (error) {
    thrown = error;
  }
  const error = await popped;
  if (error || thrown) {
    const detail = explain && made !== undefined ? await explain(made) : '';
    const reason = error?.message ?? (thrown instanceof Error ? thrown.message : String(thrown));
    throw new TalkingPortraitError(
      'unsupported',
      `The graphics driver refused "${label}": ${detail || reason}`,
      'Update the browser or the graphics driver, or choose the WASM backend.',
      undefined,
      { cause: thrown ?? error },
    );
  }
  return made as T;
}

/** A dispatch with everything bound: recording it each frame allocates nothing. */
export type PreparedDispatch = (pass: GPUComputePassEncoder) => void;

/** A compute pipeline with its layout; make it once, bind it once, dispatch it every frame. */
export class ComputeKernel {
  readonly #device: GPUDevice;
  readonly label: string;
  readonly #pipeline: GPUComputePipeline;
  readonly #layout: GPUBindGroupLayout;
  readonly #bindingCount: number;

  private constructor(
    device: GPUDevice,
    label: string,
    pipeline: GPUComputePipeline,
    layout: GPUBindGroupLayout,
    bindingCount: number,
  ) {
    this.#device = device;
    this.label = label;
    this.#pipeline = pipeline;
    this.#layout = layout;
    this.#bindingCount = bindingCount;
  }

  /** Compiles without blocking the worker. @throws TalkingPortraitError 'unsupported' with the WGSL messages */
  static async create(device: GPUDevice, description: KernelDescription): Promise<ComputeKernel> {
    const { label, code, bindings, constants, entryPoint = 'main' } = description;
    const module = await createShaderModule(device, label, code);
    const layout = createBindGroupLayout(device, label, GPUShaderStage.COMPUTE, bindings);
    const pipeline = await scoped(device, label, () =>
      device.createComputePipelineAsync({
        label,
        layout: device.createPipelineLayout({ label, bindGroupLayouts: [layout] }),
        compute: { module, entryPoint, ...(constants && { constants }) },
      }),
    );
    return new ComputeKernel(device, label, pipeline, layout, bindings.length);
  }

  /**
   * A prepared bind group: resource i goes to binding i.
   *
   * @param label appended to the kernel's label
   */
  bind(resources: readonly (GPUBuffer | GPUBindingResource)[], label = ''): GPUBindGroup {
    if (resources.length !== this.#bindingCount) {
      throw new TalkingPortraitError(
        'invalid-option',
        `"${this.label}" has ${this.#bindingCount} bindings.`,
        'Pass one resource a binding.',
        resources.length,
      );
    }
    return createBindGroup(this.#device, label ? `${this.label} ${label}` : this.label, this.#layout, resources);
  }

  /** A dispatch of x workgroups with these resources. @param label appended to the kernel's label */
  prepare(resources: readonly (GPUBuffer | GPUBindingResource)[], x: number, label = ''): PreparedDispatch {
    const group = this.bind(resources, label);
    return (pass) => this.dispatch(pass, group, x);
  }

  /** Record one dispatch of x * y * z workgroups. */
  dispatch(pass: GPUComputePassEncoder, group: GPUBindGroup, x: number, y = 1, z = 1): void {
    pass.setPipeline(this.#pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(x, y, z);
  }
}
