/** @file Options of the command line, and its messages about wrong ones. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { parseCommand, UsageError } from '../../cli/usage.mjs';

const FILES = ['--portrait', 'face.jpg', '--audio', 'speech.wav', '--out', 'talk.mp4'];

describe('parseCommand', () => {
  test('fills in default values', () => {
    expect(parseCommand(['render', ...FILES])).toEqual({
      kind: 'render',
      portrait: 'face.jpg',
      audio: 'speech.wav',
      out: 'talk.mp4',
      container: 'mp4',
      output: { width: 512, height: 512, background: 'photo', crop: 'photo', mirror: false },
      backgroundFile: undefined,
      fps: 25,
      seed: 1,
      renderer: 'auto',
      markAsSynthetic: true,
      backend: 'auto',
      controls: {},
      motion: undefined,
      stats: undefined,
      frames: undefined,
      quiet: false,
    });
  });

  test('copies models and workers into a folder', () => {
    expect(parseCommand(['copy-models', 'public/models'])).toEqual({
      kind: 'copy',
      what: 'models',
      folder: 'public/models',
    });
    expect(parseCommand(['copy-workers', 'out'])).toMatchObject({ what: 'workers', folder: 'out' });
    expect(() => parseCommand(['copy-models'])).toThrow(UsageError);
    expect(() => parseCommand(['copy-models', 'a', 'b'])).toThrow(UsageError);
    expect(() => parseCommand(['copy-models', 'a', '--seed', '1'])).toThrow(UsageError);
  });

  test('accepts every option', () => {
    const more = [
      '--size',
      '256',
      '--fps',
      '29.97',
      '--seed',
      '7',
      '--no-mark',
      '--renderer',
      'cpu',
      '--backend',
      'wasm',
      '--quiet',
    ];
    const controls = [
      '--mouth',
      '1.4',
      '--expressiveness',
      '.5',
      '--stillness',
      '1',
      '--temperature',
      '0',
      '--top-k',
      '20',
    ];
    const outputs = ['--motion', 'm.json', '--stats', 's.json', '--frames', 'dir'];
    const files = ['--portrait', 'a', '--audio', 'b', '--out', 'C.WEBM'];
    expect(parseCommand(['render', ...files, ...more, ...controls, ...outputs])).toEqual({
      kind: 'render',
      portrait: 'a',
      audio: 'b',
      out: 'C.WEBM',
      container: 'webm',
      output: { width: 256, height: 256, background: 'photo', crop: 'photo', mirror: false },
      backgroundFile: undefined,
      fps: 29.97,
      seed: 7,
      renderer: 'cpu',
      markAsSynthetic: false,
      backend: 'wasm',
      controls: { mouthAmplitude: 1.4, expressiveness: 0.5, stillness: 1, temperature: 0, topK: 20 },
      motion: 'm.json',
      stats: 's.json',
      frames: 'dir',
      quiet: true,
    });
  });

  test('reads the options of the picture', () => {
    const output = (...args: string[]) => {
      const command = parseCommand(['render', ...FILES, ...args]);
      if (typeof command === 'string' || command.kind !== 'render') throw new Error(String(command));
      return { ...command.output, file: command.backgroundFile };
    };
    expect(output('--width', '640', '--height', '360', '--mirror', '--background', 'transparent')).toEqual({
      width: 640,
      height: 360,
      background: 'transparent',
      crop: 'photo',
      mirror: true,
      file: undefined,
    });
    expect(output('--background', 'rgb(1 2 3)')).toMatchObject({ background: 'rgb(1 2 3)', file: undefined });
    expect(output('--background', 'blur:12.5')).toMatchObject({ background: { blur: 12.5 } });
    expect(output('--background', 'a beach.JPG')).toMatchObject({ background: 'photo', file: 'a beach.JPG' });
    expect(output('--crop', 'bust')).toMatchObject({ crop: 'bust' });
    expect(output('--zoom', '2')).toMatchObject({ crop: { zoom: 2, x: 0.5, y: 0.5 } });
  });

  test('reads the analyse command', () => {
    const args = ['analyse', 'face.jpg', '--out', 'me.portrait'];
    expect(parseCommand(args)).toEqual({ kind: 'analyse', portrait: 'face.jpg', out: 'me.portrait', quiet: false });
    expect(parseCommand([...args, '--quiet'])).toMatchObject({ quiet: true });
  });

  test.each([
    [['analyse', '--out', 'me.portrait'], 'analyse needs a picture file'],
    [['analyse', 'a.jpg'], '--out must be given'],
    [['analyse', 'a.jpg', 'b.jpg', '--out', 'me.portrait'], '"b.jpg" is not expected'],
    [['analyse', 'a.jpg', '--out', 'me.jpg'], '--out must end in .portrait, but it is "me.jpg"'],
    [['analyse', 'a.jpg', '--out', 'me.portrait', '--size', '256'], '--size is not an option of analyse'],
    [[], 'No command'],
    [['paint'], 'no command "paint"'],
    [['render'], '--portrait, --audio, --out must be given'],
    [['render', ...FILES, 'more'], '"more" is not expected'],
    [['render', ...FILES, '--speed', '3'], '--speed'],
    [['render', ...FILES.slice(0, 4), '--out', 'talk.avi'], '--out must end in .mp4 or .webm'],
    [['render', ...FILES, '--size', '63'], '--size must be a whole number from 64 to 2048'],
    [['render', ...FILES, '--size', '512.5'], '--size'],
    [['render', ...FILES, '--mouth', '2.1'], '--mouth must be a number from 0 to 2'],
    [['render', ...FILES, '--top-k', '0'], '--top-k must be a whole number from 1 to 256'],
    [['render', ...FILES, '--size', ''], '--size'],
    [['render', ...FILES, '--width', '20'], '--width must be a whole number from 64 to 2048'],
    [['render', ...FILES, '--background', 'blur:soft'], '--background blur must be a number from 0 to 200'],
    [['render', ...FILES, '--crop', 'foot'], '--crop must be photo, bust or face, but it is "foot"'],
    [['render', ...FILES, '--crop', 'face', '--zoom', '2'], '--zoom and --crop cannot be used together'],
    [['render', ...FILES, '--fps', '0'], '--fps must be a number from 1 to 120'],
    [['render', ...FILES, '--seed', '-1'], '--seed'],
    [['render', ...FILES, '--seed', 'one'], '--seed'],
    [['render', ...FILES, '--renderer', 'gl'], '--renderer must be auto, webgpu or cpu, but it is "gl"'],
    [['render', ...FILES, '--backend', 'cuda'], '--backend must be auto, wgsl or wasm, but it is "cuda"'],
  ])('rejects %j', (args, message) => {
    expect(() => parseCommand(args)).toThrow(UsageError);
    expect(() => parseCommand(args)).toThrow(message);
  });
});

describe('the command', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'talking-portrait-cli-'));
    writeFileSync(join(folder, 'face.jpg'), 'a picture');
    writeFileSync(join(folder, 'empty.wav'), '');
    writeFileSync(join(folder, 'speech.wav'), 'a sound');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const run = (...args: string[]) => {
    const main = fileURLToPath(new URL('../../cli/main.mjs', import.meta.url));
    return spawnSync(process.execPath, [main, ...args], { cwd: folder, encoding: 'utf8' });
  };

  test('prints --help to stdout and exits with 0', () => {
    const { status, stdout, stderr } = run('--help');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Usage: talking-portrait render /);
  });

  test('prints the version of the package', () => {
    expect(run('--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('exits with 2 and shows the usage if the arguments are wrong', () => {
    const { status, stdout, stderr } = run('render', '--size', 'big');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/must be given[^]*Usage:/);
  });

  test.each([
    [['--portrait', 'nobody.jpg', '--audio', 'speech.wav', '--out', 'a.mp4'], /--portrait does not exist: nobody\.jpg/],
    [['--portrait', 'face.jpg', '--audio', 'none.wav', '--out', 'a.mp4'], /--audio does not exist: none\.wav/],
    [['--portrait', 'face.jpg', '--audio', 'empty.wav', '--out', 'a.mp4'], /--audio is empty/],
    [['--portrait', '.', '--audio', 'speech.wav', '--out', 'a.mp4'], /--portrait is not a file/],
    [['--portrait', 'face.jpg', '--audio', 'speech.wav', '--out', 'no/a.mp4'], /folder of --out does not exist/],
  ])('exits with 1 and gives the reason for %j', (args, message) => {
    const { status, stdout, stderr } = run('render', ...args);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
