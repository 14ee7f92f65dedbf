import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readManifest, selectClips } from '../../../bench/eval/manifest';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'talking-portrait-eval-'));
  for (const name of ['a.wav', 'b.mp3', 'c.mp4', 'a.npz', 'a.f32', 'a.json']) writeFileSync(join(folder, name), 'x');
});
afterAll(() => rmSync(folder, { recursive: true }));

function read(content: unknown) {
  const file = join(folder, 'manifest.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return readManifest(file);
}

describe('readManifest', () => {
  test('paths are relative to the file, and other keys are passed on to the evaluator', () => {
    const [clip] = read([
      { id: 'a', group: 'g', speaker: 's', real: 'a.npz', audio: 'a.wav', phones: 'a.json', real_delay_ms: 120 },
    ]);
    expect(clip).toMatchObject({ id: 'a', group: 'g', speaker: 's', audio: join(folder, 'a.wav') });
    expect(clip!.entry).toMatchObject({
      real: join(folder, 'a.npz'),
      phones: join(folder, 'a.json'),
      real_delay_ms: 120,
    });
  });

  test('optional keys may be missing', () => {
    const clips = read([
      { real: 'a.npz', audio: 'b.mp3' },
      { real: 'a.f32', real_size: [64, 64], video: 'c.mp4', phones: null },
    ]);
    expect(clips.map(({ id, group, speaker }) => [id, group, speaker])).toEqual([
      ['clip-0', 'all', 'clip-0'],
      ['clip-1', 'all', 'clip-1'],
    ]);
    expect(clips[1]!.audio).toBe(join(folder, 'c.mp4'));
    expect('phones' in clips[1]!.entry).toBe(false);
  });

  test('an id becomes a file name', () => {
    expect(read([{ id: '../x/y z', real: 'a.npz', audio: 'a.wav' }])[0]!.name).toBe('.._x_y_z');
  });

  test.each([
    ['{', /cannot be read/],
    [{}, /must hold a list/],
    [[], /must hold a list/],
    [[7], /entry 0 is not an object/],
    [[{ id: 'a', real: 'a.npz' }], /entry 0 \("a"\) has no "audio"/],
    [[{ id: 'a', audio: 'a.wav' }], /entry 0 \("a"\) has no "real"/],
    [[{ audio: 'a.wav', real: 'missing.npz' }], /names .*missing\.npz, which does not exist/],
    [[{ audio: 7, real: 'a.npz' }], /has a "audio" that is no path/],
    [[{ audio: 'a.wav', real: 'a.f32' }], /needs "real_size"/],
    [
      [
        { id: 'a', audio: 'a.wav', real: 'a.npz' },
        { id: 'a', audio: 'a.wav', real: 'a.npz' },
      ],
      /entry 1 \("a"\) has the id of an entry before it/,
    ],
  ])('says what is wrong with %j', (content, message) => {
    expect(() => read(content)).toThrow(message);
  });
});

describe('selectClips', () => {
  const clips = ['g/1', 'g/2', 'g/3', 'h/4', 'i/5'].map((text) => {
    const [group = '', id = ''] = text.split('/');
    return { id, name: id, group, speaker: id, audio: '', real: '', phones: undefined, entry: {} };
  });
  const ids = (options: Parameters<typeof selectClips>[1]): string =>
    selectClips(clips, options)
      .map(({ id }) => id)
      .join('');

  test('a few clips come from all groups', () => {
    expect(ids({ clips: 3 })).toBe('145');
    expect(ids({ clips: 4 })).toBe('1245');
    expect(ids({ clips: 99 })).toBe('12345');
  });

  test('clips are selected by group and by id', () => {
    expect(ids({ groups: ['h', 'i'] })).toBe('45');
    expect(ids({ ids: ['2', '5'], clips: 1 })).toBe('2');
    expect(() => ids({ groups: ['j'] })).toThrow('no j');
    expect(() => ids({ groups: ['h'], ids: ['1'] })).toThrow('No clip');
  });
});
