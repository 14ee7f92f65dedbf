/** @file The folder of `--frames` loses the pictures of an earlier run and nothing else. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { FramesFolder } from '../../cli/frames-folder.mjs';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'talking-portrait-frames-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const put = (...names: string[]) => names.forEach((name) => writeFileSync(join(folder, name), 'x'));

test('deletes the pictures of an earlier run with the first picture', () => {
  put('000000.png', '000001.png', '000002.png');
  const frames = new FramesFolder(folder, []);
  expect(frames.pathOf('video')).toBeUndefined();
  expect(readdirSync(folder)).toHaveLength(3); // The run may still fail.
  expect(frames.pathOf('frames/000000.png')).toBe(join(folder, '000000.png'));
  put('000000.png');
  frames.pathOf('frames/000001.png');
  expect(readdirSync(folder)).toEqual(['000000.png']);
});

test('keeps files of the user', () => {
  const names = ['1.png', '2024.png', '20240102.png', 'notes.txt'];
  put('000000.png', ...names);
  new FramesFolder(folder, [join(folder, '1.png')]).pathOf('frames/000000.png');
  expect(readdirSync(folder).sort()).toEqual(names);
});

test('refuses a folder whose picture is read by the same command', () => {
  put('000000.png');
  expect(() => new FramesFolder(folder, [join(folder, '000000.png')])).toThrow('--frames would overwrite');
  expect(readdirSync(folder)).toEqual(['000000.png']);
});
