/**
 * @file Portraits in fixed mouth shapes, gazes and head poses, drawn by the renderer in Node; contact sheet and measures.
 *
 *   node bench/run.mjs gallery [--portraits DIR]... [PORTRAIT ...] [--out sheet.jpg] [--json gallery.json] [--check] [--update]
 *   node bench/run.mjs gallery --out DIR [--close] [--frames] [--linear] [--poses rest,aa,ee] PORTRAIT ...
 *   both: [--size 512] [--tile PX] [--samples 1]
 *
 * Portraits are pictures of any format that Chrome reads. If --out names a picture (jpg, png, webp), all of them appear
 * on one labelled contact sheet and are measured (measures.ts); --json saves the measures, --check fails if a limit is
 * missed, --update redraws the goldens of the bundled portraits. If --out names a folder, each portrait gets its own
 * sheet with all shots, DIR/NAME.png; with --close also DIR/NAME-close.png (mouth and eyes enlarged); with --frames
 * also every frame in full size. Without portraits: those of the demo, and the test portraits in ../shared/data if they
 * exist.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FaceLandmarker } from '../../src/portrait/analysis/face-landmarker';
import { nodeModelLoader, nodeOnnxOptions } from '../../test/fixtures/node-models';
import { faceModel } from '../../test/fixtures/synthetic-face';
import { DATA_FOLDER } from '../../test/fixtures/shared-data';
import { testDevice } from '../../test/fixtures/gpu-device';
import { type ContactOptions, contactRow, type ContactRow } from './contact';
import { GalleryPage, NoPortraitError } from './gallery-page';
import { GOLDEN_PORTRAITS, GOLDEN_QUALITY, goldenFile, goldenRows, goldenTiles } from './goldens';
import { LIMITS, type Measures, passes } from './measures';
import { CONTACT_SHOTS } from './poses';
import { writePortraitSheets } from './portrait-sheets';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DEMO_PORTRAITS = join(ROOT, 'demo/portraits');
const PICTURES = /\.(jpe?g|png|webp|avif|gif|bmp)$/i;
const SHEET = /\.(jpe?g|png|webp)$/i;

export async function main(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      portraits: { type: 'string', multiple: true, default: [] },
      out: { type: 'string', default: 'out/gallery.jpg' },
      json: { type: 'string' },
      check: { type: 'boolean', default: false },
      update: { type: 'boolean', default: false },
      size: { type: 'string', default: '512' },
      tile: { type: 'string' },
      samples: { type: 'string', default: '4' },
      poses: { type: 'string' },
      close: { type: 'boolean', default: false },
      frames: { type: 'boolean', default: false },
      linear: { type: 'boolean', default: false },
    },
  });
  const files = portraitFiles(values.portraits, positionals);
  const page = await GalleryPage.open();
  const { device } = await testDevice();
  const size = Number(values.size);
  const sampleCount = values.samples === '1' ? (1 as const) : (4 as const);
  if (values.update) {
    await updateGoldens(page, device);
  } else if (SHEET.test(values.out)) {
    const results = await measureAll(page, device, files, { size, tile: Number(values.tile ?? 160), sampleCount });
    const rows = results.flatMap((result) =>
      'row' in result ? [{ label: result.name, tiles: result.row.tiles }] : [],
    );
    const type = extname(values.out).slice(1).toLowerCase().replace('jpg', 'jpeg') as 'jpeg' | 'png' | 'webp';
    if (rows.length > 0) write(values.out, await page.contactSheet(['photo', ...CONTACT_SHOTS], rows, type));
    if (values.json) write(values.json, `${JSON.stringify(asJson(results), null, 2)}\n`);
    console.log(asTable(results));
    if (values.check && results.some((result) => !('row' in result) || failures(result.row.measures).length > 0))
      process.exitCode = 1;
  } else {
    for (const file of files) {
      const options = {
        folder: values.out,
        size,
        tile: Number(values.tile ?? 300),
        format: values.linear ? ('rgba8unorm-srgb' as const) : ('rgba8unorm' as const),
        sampleCount,
        shots: values.poses?.split(','),
        close: values.close,
        frames: values.frames,
      };
      try {
        await writePortraitSheets(device, faceModel(), await page.analyse(file), nameOf(file), options);
      } catch (error) {
        if (!(error instanceof NoPortraitError)) throw error;
        console.log(`${nameOf(file)}: ${error.message}`);
      }
    }
  }
  await page.close();
}

type Result = { name: string } & ({ row: ContactRow; warnings: string[]; details: object } | { error: string });

async function measureAll(
  page: GalleryPage,
  device: GPUDevice,
  files: string[],
  options: ContactOptions,
): Promise<Result[]> {
  const landmarker = await FaceLandmarker.create(nodeModelLoader(), await nodeOnnxOptions());
  const results: Result[] = [];
  for (const file of files) {
    const name = nameOf(file);
    try {
      const portrait = await page.analyse(file);
      const row = await contactRow(device, faceModel(), landmarker, portrait, options);
      const { warnings, fitError, mouthClosed } = portrait;
      const details = {
        photo_px: portrait.photo.width,
        fit_error_iod: fitError,
        mouth_closed: mouthClosed,
        shots: row.shots,
      };
      results.push({ name, row, warnings, details });
    } catch (error) {
      if (!(error instanceof NoPortraitError)) throw error;
      results.push({ name, error: error.message });
    }
    console.error(`${results.length}/${files.length} ${name}`);
  }
  await landmarker.close();
  return results;
}

/** @param folders of pictures; @param files pictures */
/** The requested pictures; by default those of the demo and the test portraits. */
export function portraitFiles(folders: string[], files: string[]): string[] {
  const testPortraits = join(DATA_FOLDER, 'portraits');
  const asked = folders.length + files.length > 0;
  const searched = asked ? folders : [DEMO_PORTRAITS, ...(existsSync(testPortraits) ? [testPortraits] : [])];
  const found = searched.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => PICTURES.test(name))
      .sort()
      .map((name) => join(folder, name)),
  );
  return [...files, ...found];
}

function nameOf(file: string): string {
  return basename(file, extname(file));
}

function write(file: string, data: Buffer | string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, data);
}

function failures(measures: Measures): (keyof Measures)[] {
  return (Object.keys(LIMITS) as (keyof Measures)[]).filter((name) => !passes(name, measures[name]));
}

function asJson(results: Result[]): object {
  return {
    portraits: results.flatMap((result) =>
      'row' in result
        ? [
            {
              name: result.name,
              ...result.row.measures,
              failed: failures(result.row.measures),
              warnings: result.warnings,
              details: result.details,
            },
          ]
        : [],
    ),
    errors: results.flatMap((result) => ('error' in result ? [{ name: result.name, error: result.error }] : [])),
  };
}

/** A Markdown table; figures that miss their limit are bold. */
function asTable(results: Result[]): string {
  const names = Object.keys(LIMITS) as (keyof Measures)[];
  const cell = (name: keyof Measures, value: number): string => {
    const text = name === 'folds' ? String(value) : value.toFixed(name.endsWith('_iod') ? 4 : 2);
    return passes(name, value) ? text : `**${text}**`;
  };
  const limit = (name: keyof Measures): string => {
    const { least, most } = LIMITS[name];
    return least === undefined ? `≤ ${most}` : `≥ ${least}`;
  };
  return [
    `| portrait | ${names.join(' | ')} |`,
    `|---|${names.map(() => '--:|').join('')}`,
    `| limit | ${names.map(limit).join(' | ')} |`,
    ...results.map((result) =>
      'row' in result
        ? `| ${result.name} | ${names.map((name) => cell(name, result.row.measures[name])).join(' | ')} |`
        : `| ${result.name} | ${result.error} |`,
    ),
    ...results.flatMap((result) =>
      'row' in result ? result.warnings.map((warning) => `\n${result.name}: ${warning}`) : [],
    ),
  ].join('\n');
}

async function updateGoldens(page: GalleryPage, device: GPUDevice): Promise<void> {
  for (const name of GOLDEN_PORTRAITS) {
    const portrait = await page.analyse(join(DEMO_PORTRAITS, `${name}.jpg`));
    const tiles = await goldenTiles(device, faceModel(), portrait);
    const rows = goldenRows(tiles);
    write(
      goldenFile(name),
      await page.contactSheet(
        rows[0]!.tiles.map(() => ''),
        rows,
        'webp',
        GOLDEN_QUALITY,
      ),
    );
    console.log(goldenFile(name));
  }
}
