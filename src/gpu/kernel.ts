/**
 * @file Compute kernels and bind groups with explicit layouts.
 *
 * Explicit layouts, because `layout: 'auto'` drops unused bindings and makes bind groups of two kernels incompatible.
 * Bindings have names; their order is the order of the WGSL bindings. Every creation runs inside an error scope, so a
 * mistake in WGSL throws with its line instead of appearing frames later as a lost device.
 */

import { TalkingPortraitError } from '../errors';

/** What a binding is; a layout entry (without its number) for textures and samplers. */
export type Binding = 'uniform' | 'read' | 'read-write' | Omit<GPUBindGroupLayoutEntry, 'binding' | 'visibility'>;

/** Group 0: the i-th entry is binding i, under the name of its WGSL variable in camelCase. */
export type Bindings = Readonly<Record<string, Binding>>;

/** One resource per binding. Buffers are bound as a whole. */
export type BoundResources<B extends Bindings> = Readonly<Record<keyof B & string, GPUBuffer | GPUBindingResource>>;

/** Description of a kernel, from which it is compiled. */
export type KernelDescription<B extends Bindings = Bindings> = {
  /** Shown in errors, GPU captures and timestamps. */
  label: string;
  /** WGSL with the entry point `main`. */
  code: string;
  bindings: B;
};

/** Buffers for the bindings of a kernel, by name. */
export type KernelBuffers<D extends KernelDescription> = Readonly<
  Record<keyof D['bindings'] & string, GPUBuffer | GPUBufferBinding>
>;

/** A dispatch with all buffers bound: recording it in a frame allocates nothing. */
export type PreparedDispatch = (pass: GPUComputePassEncoder) => void;

/** Returns its argument; keeps the names of the bindings as types. */
export function describeKernel<const B extends Bindings>(description: KernelDescription<B>): KernelDescription<B> {
  return description;
}

/** A compiled compute kernel. It is created once, its buffers are bound once, and it is dispatched every frame. */
export class ComputeKernel<D extends KernelDescription> {
  readonly #device: GPUDevice;
  readonly #description: D;
  readonly #pipeline: GPUComputePipeline;
  readonly #layout: GPUBindGroupLayout;

  private constructor(device: GPUDevice, description: D, pipeline: GPUComputePipeline, layout: GPUBindGroupLayout) {
    this.#device = device;
    this.#description = description;
    this.#pipeline = pipeline;
    this.#layout = layout;
  }

  /**
   * Compiles a kernel without blocking the worker.
   *
   * @param constants values of the `override` constants: sizes known at start
   * @throws TalkingPortraitError 'unsupported' with the WGSL messages
   */
  static async create<D extends KernelDescription>(
    device: GPUDevice,
    description: D,
    constants: Record<string, number> = {},
  ): Promise<ComputeKernel<D>> {
    const { label, code, bindings } = description;
    const module = await createShaderModule(device, label, code);
    const layout = createBindGroupLayout(device, label, GPUShaderStage.COMPUTE, bindings);
    const pipeline = await scoped(device, label, () =>
      device.createComputePipelineAsync({
        label,
        layout: device.createPipelineLayout({ label, bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: 'main', constants },
      }),
    );
    return new ComputeKernel(device, description, pipeline, layout);
  }

  /**
   * Binds buffers.
   *
   * @param workgroups number of workgroups of a dispatch; with 0 nothing is recorded
   * @param label appended to the kernel's label
   */
  prepare(buffers: KernelBuffers<D>, workgroups: number, label = ''): PreparedDispatch {
    const { label: own, bindings } = this.#description;
    const group = createBindGroup(this.#device, label ? `${own} ${label}` : own, this.#layout, bindings, buffers);
    if (workgroups === 0) return () => {};
    return (pass) => {
      pass.setPipeline(this.#pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(workgroups);
    };
  }
}

/** An explicit layout of group 0 with the same visibility for all bindings. */
export function createBindGroupLayout(
  device: GPUDevice,
  label: string,
  visibility: GPUShaderStageFlags,
  bindings: Bindings,
): GPUBindGroupLayout {
  return device.createBindGroupLayout({
    label,
    entries: Object.values(bindings).map((binding, index) => ({
      binding: index,
      visibility,
      ...layoutEntry(binding),
    })),
  });
}

/** A bind group for group 0 with the layout of `bindings`. */
export function createBindGroup<B extends Bindings>(
  device: GPUDevice,
  label: string,
  layout: GPUBindGroupLayout,
  bindings: B,
  resources: BoundResources<B>,
): GPUBindGroup {
  return device.createBindGroup({
    label,
    layout,
    entries: Object.keys(bindings).map((name, binding) => ({
      binding,
      resource: asBindingResource(resources[name as keyof B & string]),
    })),
  });
}

/**
 * Compiles WGSL.
 *
 * @throws TalkingPortraitError 'unsupported' with the compiler's messages and their lines
 */
export async function createShaderModule(device: GPUDevice, label: string, code: string): Promise<GPUShaderModule> {
  return scoped(
    device,
    label,
    () => device.createShaderModule({ label, code }),
    async (module) => {
      const { messages } = await module.getCompilationInfo();
      return messages
        .filter(({ type }) => type === 'error')
        .map(({ lineNum, linePos, message }) => `${lineNum}:${linePos} ${message}`)
        .join('\n');
    },
  );
}

/**
 * Runs a creation inside a validation error scope and throws what the scope caught.
 *
 * @param explain more about the failure, e.g. the compiler's messages
 * @throws TalkingPortraitError 'unsupported'
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
  let pending: T | Promise<T> | undefined;
  try {
    pending = create();
  } catch (error) {
    thrown = error;
  }
  // The scope is popped right after the synchronous part. Scopes are a stack of the device: during an await other
  // creations would push theirs on top of this one.
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

// A GPUBuffer is recognised by its method: not every host has `GPUBuffer` as a global.
function asBindingResource(resource: GPUBuffer | GPUBindingResource): GPUBindingResource {
  return 'mapAsync' in resource ? { buffer: resource } : resource;
}
