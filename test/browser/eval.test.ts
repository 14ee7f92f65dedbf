/**
 * @file End-to-end test of `npm run eval` on one short clip, which is rendered, tracked and scored against the real
 * speaker.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { GroupReport } from '../../bench/eval/report';
import { buildLibraryIfStale } from '../../scripts/lib/build-library.mjs';
import { DATA_FOLDER, hasSharedData, skipMessage } from '../fixtures/shared-data';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TOOL = [join(ROOT, 'bench/run.mjs'), 'eval'];
const CLIP = 's1_bbiz2p';
/** How much of the clip's three seconds is used; speech starts after about 0.7 s. */
const SECONDS = 1.6;

function works(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const python = process.env['PYTHON'] ?? 'python3';
const canRun =
  hasSharedData &&
  existsSync(join(DATA_FOLDER, '../tools/track-face')) &&
  works('ffmpeg', '-version') &&
  works(python, '-c', 'import numpy');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'talking-portrait-eval-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const evaluate = (...args: string[]) =>
  promisify(execFile)(process.execPath, [...TOOL, '--out', folder, ...args], { cwd: ROOT });

describe.skipIf(!canRun)(`npm run eval${skipMessage()}`, () => {
  test('writes a table, curves and a sheet for one clip, and does not render it twice', async () => {
    expect(await buildLibraryIfStale()).toBe(true);
    const real = join(DATA_FOLDER, 'eval-dev');
    const voice = join(folder, 'voice.wav');
    execFileSync('ffmpeg', ['-v', 'error', '-t', `${SECONDS}`, '-i', join(real, 'audio', `${CLIP}.flac`), voice]);
    const entry = {
      id: CLIP,
      group: 'anyone',
      real: join(real, 'tracks', `${CLIP}.npz`),
      audio: voice,
      phones: join(real, 'phones', `${CLIP}.json`),
    };
    const manifest = join(folder, 'list.json');
    writeFileSync(manifest, JSON.stringify([entry]));
    const json = join(folder, 'report.json');
    const [curves, sheet] = [join(folder, 'curves.svg'), join(folder, 'sheet.png')];
    const args = ['--manifest', manifest, '--json', json, '--size', '256', '--boot', '0'];

    const first = await evaluate(...args, '--curves', curves, '--sheet', sheet);
    expect(first.stdout).toMatch(/^anyone: 1 clips/);
    expect(first.stderr).toContain(`${CLIP} rendered`);
    const group = (JSON.parse(readFileSync(json, 'utf8')) as { groups: Record<string, GroupReport> }).groups['anyone']!;
    expect(group.seconds).toBeCloseTo(SECONDS, 1);
    const { r, amplitude, lmd_motion: error } = group.measures;
    // The rendered mouth correlates with the real one and has a similar amplitude.
    expect(r!.value).toBeGreaterThan(0.3);
    expect(amplitude!.value).toBeGreaterThan(0.3);
    expect(error!.still).toBeGreaterThan(0);
    expect(Object.keys(group.baselines)).toEqual(['energy envelope', 'wawa-lipsync', 'HeadAudio']);
    for (const baseline of Object.values(group.baselines)) expect(Number.isFinite(baseline['r'])).toBe(true);
    expect(readFileSync(curves, 'utf8')).toContain(`${CLIP} (anyone)`);
    expect(statSync(sheet).size).toBeGreaterThan(5000);

    const again = await evaluate(...args, '--no-baselines');
    expect(again.stderr).toContain('1 of 1 clips are rendered already');
    expect(again.stderr).not.toContain(`${CLIP} rendered`);
    expect(again.stdout).toMatch(/^anyone: 1 clips/);
  });

  test('stops on Ctrl-C and says how to continue', async () => {
    const args = [...TOOL, '--out', join(folder, 'stopped'), '--clips', '1'];
    const child = spawn(process.execPath, args, { cwd: ROOT });
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    while (!existsSync(join(folder, 'stopped/video'))) await new Promise((resume) => setTimeout(resume, 100));
    child.kill('SIGINT');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(130);
    expect(stderr).toContain('run the same command again');
  });
});

test('a missing manifest is reported immediately', async () => {
  await expect(evaluate('--manifest', join(folder, 'nowhere.json'))).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^eval: .*nowhere\.json does not exist/),
  });
});
