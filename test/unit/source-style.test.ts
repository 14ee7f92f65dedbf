/** @file Rules of style that no linter has, and references from one file of the repository to another. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDERS = ['src', 'workers', 'shaders', 'cli', 'demo', 'bench', 'scripts', 'test', 'docs', 'training', 'models'];

const inFolder = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
const atRoot = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => entry.name);
const files = [...atRoot, ...FOLDERS.flatMap(inFolder)].filter((file) => !/^demo\/dist\/|^training\/work\//.test(file));
const present = new Set(files);

const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const scripts = files.filter((file) => /\.(ts|mjs|js)$/.test(file));
const shaders = files.filter((file) => file.endsWith('.wgsl'));
const documents = files.filter((file) => file.endsWith('.md'));

/** `file:line: text` of every match. */
function find(among: string[], pattern: RegExp): string[] {
  return among.flatMap((file) =>
    textOf(file)
      .split('\n')
      .flatMap((line, n) => (pattern.test(line) ? [`${file}:${n + 1}: ${line.trim()}`] : [])),
  );
}

describe('source files', () => {
  it('are found', () => {
    expect(scripts.length).toBeGreaterThan(200);
    expect(shaders.length).toBeGreaterThan(20);
    expect(documents.length).toBeGreaterThan(10);
  });

  it('say in an @file header what they are for', () => {
    const headless = scripts.filter(
      (file) => !file.endsWith('.test.ts') && !/^(#!.*\n)?\/\*\*[^/]*@file /.test(textOf(file)),
    );
    expect(headless).toEqual([]);
  });

  it('say in a header comment what a shader computes', () => {
    expect(shaders.filter((file) => !textOf(file).startsWith('//'))).toEqual([]);
  });

  it('have #private members; the keyword only makes constructors private', () => {
    expect(find(scripts, /(?:^|[{;(,])\s*(?:private|protected|public) (?!constructor\()/)).toEqual([]);
  });
});

describe('references to files', () => {
  it('resolve in links of documents', () => {
    const broken = documents.flatMap((file) =>
      [...textOf(file).matchAll(/\]\(([^)\s#]+)(?:#[^)\s]*)?\)/g)]
        .map(([, target = '']) => target)
        .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(ROOT, dirname(file), target)))
        .map((target) => `${file}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('resolve where a document names a source file', () => {
    const unknown = documents.flatMap((file) =>
      [...textOf(file).matchAll(/`([a-z\d_/.-]+\.(?:ts|mjs|wgsl))`/g)]
        .map(([, name = '']) => name)
        .filter((name) => !files.some((other) => other === name || other.endsWith(`/${name}`)))
        .map((name) => `${file}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  it('resolve where a source file names another by its path from the root', () => {
    const path = new RegExp(`(?<![\\w./@-])(?:${FOLDERS.join('|')})/[a-z\\d_./-]+\\.(?:ts|mjs|wgsl|md|py)\\b`, 'g');
    const unknown = [...scripts, ...shaders].flatMap((file) =>
      [...textOf(file).matchAll(path)].filter(([name]) => !present.has(name)).map(([name]) => `${file}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });
});
