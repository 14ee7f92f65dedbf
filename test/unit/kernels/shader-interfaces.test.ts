/**
 * @file What WGSL and TypeScript both describe must agree: structs, bindings and named offsets. Every shader is parsed and
 * compared with the descriptions on the TypeScript side. A struct, binding or shader without its counterpart fails.
 */
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type ArrayInfo,
  type StructInfo,
  type TypeInfo,
  type VariableInfo,
  WgslReflect,
} from 'wgsl_reflect/wgsl_reflect.module.js';
import { MOTION, KEYPOINT_COUNT, MOTION_LATENT_SIZE } from '../../../src/core/motion-latent';
import type { Binding, Bindings, KernelDescription } from '../../../src/gpu/kernel';
import { type FieldType, type StructLayout, strideOf } from '../../../src/gpu/struct-layout';
import { MOTION_STATE } from '../../../src/kernels/motion-state';
import * as layouts from '../../../src/kernels/struct-layouts';
import { PHOTO_TEETH_COLUMNS } from '../../../src/portrait-bundle/portrait-bundle';
import { SCENE_BINDINGS, SCENE_CODE } from '../../../src/renderer/webgpu/scene';

const WORD_BYTES = 4;
const RESOURCE = { uniform: 0, storage: 1, texture: 2, sampler: 3 } as const;

const shaders: Record<string, string> = import.meta.glob('../../../shaders/**/*.wgsl', {
  query: '?raw',
  import: 'default',
  eager: true,
});
const kernelModules: Record<string, Record<string, unknown>> = import.meta.glob('../../../src/kernels/*.ts', {
  eager: true,
});

const isKernel = (value: unknown): value is KernelDescription =>
  typeof value === 'object' && value !== null && 'code' in value && 'bindings' in value;
const kernels = Object.values(kernelModules).flatMap((module) => Object.values(module).filter(isKernel));
const structs = Object.values(layouts) as StructLayout[];

const isCompute = (code: string): boolean => code.includes('@compute');
const isDrawing = (code: string): boolean => code.includes('@vertex');
const named = ([path, code]: [string, string]): [string, string] => [basename(path, '.wgsl'), code];
const computeShaders = Object.entries(shaders)
  .map(named)
  .filter(([, code]) => isCompute(code));
const drawingShaders = Object.entries(shaders)
  .map(named)
  .filter(([, code]) => isDrawing(code));

/** The code without the bodies of its functions: the parser knows declarations well, but not every expression. */
function declarations(code: string): string {
  let out = '';
  let depth = 0;
  let inFunction = false;
  for (const line of code.replaceAll(/\/\/.*$/gm, '').split('\n')) {
    const starts = /\bfn \w+/.exec(line);
    if (depth === 0 && starts) inFunction = true;
    if (!inFunction) out += `${line}\n`;
    for (const character of line) depth += character === '{' ? 1 : character === '}' ? -1 : 0;
    if (inFunction && depth === 0 && line.includes('}')) inFunction = false;
  }
  return out;
}

const reflect = (code: string): WgslReflect => new WgslReflect(declarations(code));

const snakeCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** `f32`, `vec4f`, `array<vec4f, 3>`, `Iris` */
function typeName(type: FieldType): string {
  if (typeof type === 'string') return type;
  return 'element' in type ? `array<${typeName(type.element)}, ${type.count}>` : type.name;
}

function reflectedTypeName(type: TypeInfo): string {
  const array = type as ArrayInfo;
  return type.isArray ? `array<${array.format.name}, ${array.count}>` : type.name;
}

type Member = { name: string; type: string; offset: number; size: number; stride?: number };

function described({ fields }: StructLayout): Member[] {
  return Object.entries(fields).map(([name, { type, offset, size }]) => ({
    name: snakeCase(name),
    type: typeName(type),
    offset: WORD_BYTES * offset,
    size: WORD_BYTES * size,
    ...(typeof type === 'object' && 'element' in type && { stride: WORD_BYTES * strideOf(type) }),
  }));
}

function reflected({ members }: StructInfo): Member[] {
  return members.map(({ name, type, offset, size, stride }) => ({
    name,
    type: reflectedTypeName(type),
    offset,
    size,
    ...(type.isArray && { stride }),
  }));
}

/** All structs in buffers of a shader, with the structs inside of them. */
function sharedStructs(code: string): StructInfo[] {
  const { uniforms, storage } = reflect(code);
  const within = (type: TypeInfo | null | undefined): StructInfo[] => {
    if (!type) return [];
    if (type.isArray) return within((type as ArrayInfo).format);
    if (!type.isStruct) return [];
    const struct = type as StructInfo;
    return [struct, ...struct.members.flatMap((member) => within(member.type))];
  };
  return [...uniforms, ...storage].flatMap(({ type }) => within(type));
}

function kindOf({ resourceType, access }: VariableInfo): string {
  if (resourceType === RESOURCE.uniform) return 'uniform';
  if (resourceType === RESOURCE.storage) return access === 'read' ? 'read' : 'read-write';
  return resourceType === RESOURCE.sampler + 1 ? 'sampler' : 'texture';
}

function kindOfBinding(binding: Binding): string {
  return typeof binding === 'string' ? binding : 'sampler' in binding ? 'sampler' : 'texture';
}

function bindingsOf(code: string): Record<number, string> {
  return Object.fromEntries(
    reflect(code)
      .getBindGroups()
      .flatMap((group, index) => group.map((variable) => [index, variable] as const))
      .map(([group, variable]) => [variable.binding, `${group} ${variable.name}: ${kindOf(variable)}`]),
  );
}

function describedBindings(bindings: Bindings): Record<number, string> {
  return Object.fromEntries(
    Object.entries(bindings).map(([name, binding], index) => [
      index,
      `0 ${snakeCase(name)}: ${kindOfBinding(binding)}`,
    ]),
  );
}

/** Values of `const NAME: u32 = VALUE;` */
function constants(code: string): Record<string, number> {
  return Object.fromEntries(
    [...code.matchAll(/^const (\w+)(?:: \w+)? = ([\d.]+)u?;/gm)].map(([, name, value]) => [name!, Number(value)]),
  );
}

const shaderNamed = (name: string): string =>
  Object.entries(shaders)
    .map(named)
    .find(([own]) => own === name)![1];
const upperCase = (offsets: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(offsets).map(([name, offset]) => [snakeCase(name).toUpperCase(), offset]));

describe('kernels', () => {
  it.each(computeShaders)('%s has a description on the TypeScript side', (_, code) => {
    expect(kernels.filter((kernel) => kernel.code.includes(code))).toHaveLength(1);
  });

  it.each(kernels.map((kernel) => [kernel.label, kernel] as const))(
    '%s has the same bindings in WGSL and TypeScript',
    (_, { code, bindings }) => {
      expect(bindingsOf(code)).toEqual(describedBindings(bindings));
    },
  );
});

describe('drawing shaders', () => {
  it('have the same bindings in WGSL and TypeScript', () => {
    const all = [SCENE_CODE, ...drawingShaders.map(([, code]) => code.replaceAll(/^struct Varying \{[^}]*\};/gm, ''))];
    expect(bindingsOf(all.join('\n'))).toEqual(describedBindings(SCENE_BINDINGS));
  });
});

describe('structs in buffers', () => {
  const codes = [
    ...kernels.map(({ label, code }) => [label, code] as const),
    ...drawingShaders.map(([name, code]) => [name, [SCENE_CODE, code].join('\n')] as const),
  ];
  const found = codes.flatMap(([shader, code]) =>
    sharedStructs(code).map((struct) => [shader, struct.name, struct] as const),
  );

  it.each(found)('%s: %s has the same fields, offsets and size in WGSL and TypeScript', (_, name, struct) => {
    const layout = structs.find((own) => own.name === name);
    expect(layout, `a description of ${name} in struct-layouts.ts`).toBeDefined();
    expect(reflected(struct)).toEqual(described(layout!));
    expect(struct.size).toBe(WORD_BYTES * layout!.size);
  });

  it.each(structs.map(({ name }) => [name]))('%s is used by a shader', (name) => {
    expect(found.map(([, own]) => own)).toContain(name);
  });
});

describe('offsets and counts', () => {
  it('of the motion state are the same in WGSL and TypeScript', () => {
    expect(constants(shaderNamed('motion-state'))).toEqual(upperCase(MOTION_STATE));
  });

  it('of the motion latent are the same in WGSL and TypeScript', () => {
    const sizes = { LATENT_SIZE: MOTION_LATENT_SIZE, KEYPOINT_COUNT };
    expect(constants(shaderNamed('motion-latent'))).toEqual({ ...upperCase(MOTION), ...sizes });
  });

  it('of the photo teeth are the same in WGSL and TypeScript', () => {
    expect(constants(shaderNamed('photo-teeth'))['COLUMNS']).toBe(PHOTO_TEETH_COLUMNS);
    expect(layouts.MOUTH.fields.photoTeeth.size).toBe(4 * 2 * PHOTO_TEETH_COLUMNS);
  });
});
