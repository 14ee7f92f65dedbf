/** @file Labelled GPU buffers. Sizes are rounded up to 4 bytes, which WebGPU requires for copies and writes. */

const roundUp4 = (bytes: number): number => (bytes + 3) & ~3;

/**
 * A storage buffer, filled with zeros. It is also a copy source and destination: tests read it, and state is copied.
 *
 * @param bytes > 0
 */
export function createStorageBuffer(device: GPUDevice, label: string, bytes: number, extraUsage = 0): GPUBuffer {
  return device.createBuffer({
    label,
    size: roundUp4(bytes),
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC | extraUsage,
  });
}

/** A uniform buffer, to be written with `queue.writeBuffer`. @param bytes > 0 */
export function createUniformBuffer(device: GPUDevice, label: string, bytes: number): GPUBuffer {
  return device.createBuffer({ label, size: roundUp4(bytes), usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
}

/** A buffer with initial data, mapped at creation: no staging copy. @param usage GPUBufferUsage flags */
export function uploadBuffer(
  device: GPUDevice,
  label: string,
  data: ArrayBufferView,
  usage: GPUBufferUsageFlags,
): GPUBuffer {
  const buffer = device.createBuffer({
    label,
    size: Math.max(4, roundUp4(data.byteLength)),
    usage,
    mappedAtCreation: true,
  });
  new Uint8Array(buffer.getMappedRange()).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  buffer.unmap();
  return buffer;
}

/** A storage buffer with initial data. */
export function uploadStorage(device: GPUDevice, label: string, data: ArrayBufferView): GPUBuffer {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  return uploadBuffer(device, label, data, usage);
}

/** A uniform buffer with initial data; it can be written again with `queue.writeBuffer`. */
export function uploadUniform(device: GPUDevice, label: string, data: ArrayBufferView): GPUBuffer {
  return uploadBuffer(device, label, data, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
}
