/**
 * @file Memory layouts of the structs that WGSL and TypeScript share, and the writer that fills them.
 *
 * A struct is described once on this side. Offsets follow from the alignment rules of the WGSL specification ("Memory
 * Layout", storage address space). Field names are those of the WGSL struct in camelCase. A unit test parses every shader
 * and compares its structs with their descriptions (test/unit/kernels/shader-interfaces.test.ts).
 */

/** Size and alignment in 32-bit words. */
const PRIMITIVES = {
  f32: { size: 1, alignment: 1 },
  u32: { size: 1, alignment: 1 },
  vec2f: { size: 2, alignment: 2 },
  vec3f: { size: 3, alignment: 4 },
  vec4f: { size: 4, alignment: 4 },
  vec4u: { size: 4, alignment: 4 },
} as const;

export type PrimitiveType = keyof typeof PRIMITIVES;
export type ArrayType = { readonly element: FieldType; readonly count: number };
export type FieldType = PrimitiveType | ArrayType | StructLayout;

/** Offset and size in 32-bit words. */
export type StructField = { readonly type: FieldType; readonly offset: number; readonly size: number };

export type StructLayout<Name extends string = string> = {
  /** Name of the struct in WGSL. */
  readonly name: string;
  readonly fields: Readonly<Record<Name, StructField>>;
  /** Size in 32-bit words, with the padding at its end: also the stride in an array. */
  readonly size: number;
  /** In 32-bit words. */
  readonly alignment: number;
};

/** Fields by name. A vector may be shorter than its type; its remaining elements are not written. */
export type FieldValue = number | ArrayLike<number> | readonly FieldValue[] | { readonly [field: string]: FieldValue };

/** `array<element, count>` */
export function arrayOf(element: FieldType, count: number): ArrayType {
  return { element, count };
}

/** @param fields in the order of the WGSL struct */
export function structLayout<const Fields extends Readonly<Record<string, FieldType>>>(
  name: string,
  fields: Fields,
): StructLayout<keyof Fields & string> {
  let end = 0;
  let alignment = 1;
  const placed: Record<string, StructField> = {};
  for (const [field, type] of Object.entries(fields)) {
    const { size, alignment: own } = extentOf(type);
    const offset = roundUp(end, own);
    placed[field] = { type, offset, size };
    end = offset + size;
    alignment = Math.max(alignment, own);
  }
  return {
    name,
    fields: placed as Record<keyof Fields & string, StructField>,
    size: roundUp(end, alignment),
    alignment,
  };
}

/** One or more structs in memory, ready to be uploaded. */
export class StructArray<Name extends string> {
  /** The memory; u32 fields hold their bits. */
  readonly data: Float32Array<ArrayBuffer>;
  readonly #words: Uint32Array;
  readonly #layout: StructLayout<Name>;

  /** Starts with zeros. */
  constructor(layout: StructLayout<Name>, count = 1) {
    this.#layout = layout;
    this.data = new Float32Array(layout.size * count);
    this.#words = new Uint32Array(this.data.buffer);
  }

  /** Writes all fields of the struct at `index`. */
  set(index: number, values: Readonly<Record<Name, FieldValue>>): void {
    this.#write(index * this.#layout.size, this.#layout, values);
  }

  #write(at: number, type: FieldType, value: FieldValue): void {
    if (typeof type === 'string') {
      const target = type === 'u32' || type === 'vec4u' ? this.#words : this.data;
      if (typeof value === 'number') target[at] = value;
      else target.set(value as ArrayLike<number>, at);
    } else if ('element' in type) {
      const stride = strideOf(type);
      const elements = value as ArrayLike<FieldValue>;
      for (let i = 0; i < elements.length; i++) this.#write(at + i * stride, type.element, elements[i]!);
    } else {
      for (const [name, field] of Object.entries(type.fields))
        this.#write(at + field.offset, field.type, (value as Readonly<Record<string, FieldValue>>)[name]!);
    }
  }
}

/** Distance between the elements of an array, 32-bit words. */
export function strideOf({ element }: ArrayType): number {
  const { size, alignment } = extentOf(element);
  return roundUp(size, alignment);
}

function extentOf(type: FieldType): { size: number; alignment: number } {
  if (typeof type === 'string') return PRIMITIVES[type];
  if ('element' in type) return { size: type.count * strideOf(type), alignment: extentOf(type.element).alignment };
  return type;
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
