/**
 * @file Measures drawing times: per pass by timestamp queries, per frame by the clock and, in Node, by the CPU time of
 * this process, which is the relevant figure if a software adapter shares the cores with other work. The CPU renderer draws the
 * same frames. The shares of
 * secondary motion and gaze come from renderers with and without them, which take turns.
 *
 *   node bench/run.mjs render [--size 512] [--samples 1] [--format rgba8unorm] [--frames 40] [--portrait PICTURE] [--chrome]
 *
 * --chrome also measures in a page of Chrome or Chromium. PICTURE as for the gallery; by default a synthetic portrait.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createServer } from 'vite';
import { launchChrome } from '../../cli/chrome.mjs';
import { splitFace } from '../../src/renderer/face-triangles';
import { packGrid, packMesh } from '../../src/renderer/motion-tables';
import type { PortraitBundle } from '../../src/portrait-bundle/portrait-bundle';
import { SECONDARY_MOTION_MODES } from '../../src/portrait-bundle/secondary-motion-modes';
import { savePortraitBundle } from '../../src/portrait-bundle/portrait-file';
import { faceModel } from '../../test/fixtures/synthetic-face';
import { testDevice } from '../../test/fixtures/gpu-device';
import { syntheticPortrait } from '../../test/fixtures/synthetic-portrait';
import { GalleryPage } from '../gallery/gallery-page';
import { DEFAULT_PICTURE, type PictureOutput } from '../../src/renderer/picture-output';
import {
  describeShare,
  describeTimes,
  measureCpuRenderer,
  measureInTurns,
  measureRenderer,
  measureSecondaryMotion,
} from './measure';

export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      size: { type: 'string', default: '512' },
      samples: { type: 'string', default: '1' },
      format: { type: 'string', default: 'rgba8unorm' },
      frames: { type: 'string', default: '40' },
      portrait: { type: 'string' },
      chrome: { type: 'boolean', default: false },
    },
  });
  const size = Number(values.size);
  const frames = Number(values.frames);
  const sampleCount = values.samples === '4' ? 4 : 1;
  const bundle = values.portrait ? await preparedPortrait(values.portrait) : syntheticPortrait(size).bundle;
  describeWork(bundle);

  const { device, adapterInfo } = await testDevice();
  const format = values.format as GPUTextureFormat;
  const texture = device.createTexture({ size: [size, size], format, usage: GPUTextureUsage.RENDER_ATTACHMENT });
  const processorMs = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  const options = { width: size, height: size, format, sampleCount } as const;
  const target = (): GPUTextureView => texture.createView();
  const times = await measureRenderer(device, faceModel(), bundle, options, target, frames, processorMs);
  const adapter = adapterInfo.description || adapterInfo.device;
  console.log(`in Node: ${adapter}, ${size} x ${size} ${format}, ${sampleCount} sample(s)`);
  console.log(describeTimes(times).join('\n'));
  const output: PictureOutput = { ...DEFAULT_PICTURE, width: size, height: size, format, sampleCount: 1 };
  const onCpu = measureCpuRenderer(faceModel(), bundle, output, 5 * frames).toSorted((a, b) => a - b);
  const [cpuMs, webGpuMs] = [onCpu, times.wall.toSorted((a, b) => a - b)].map((ms) => ms[ms.length >> 1]!) as [
    number,
    number,
  ];
  const ratio = (webGpuMs / cpuMs).toFixed(1);
  console.log(
    `CPU renderer: median ${cpuMs.toFixed(1)} ms, least ${onCpu[0]!.toFixed(1)} ms; ${adapter} takes ${ratio} times as long`,
  );
  const variants = {
    whole: bundle,
    withoutSecondary: { ...bundle, secondary: new Float32Array(bundle.secondary.length) },
    withoutGaze: { ...bundle, gaze: null },
  };
  // A software adapter is measured by CPU time; for a GPU only the clock is meaningful.
  const onProcessor = /swiftshader|llvmpipe/i.test(`${adapter} ${adapterInfo.architecture}`);
  const clock = onProcessor ? processorMs : (): number => performance.now();
  const turns = await measureInTurns(device, faceModel(), variants, options, target, frames, clock);
  console.log(`${adapter}, ${onProcessor ? 'processor time' : 'by the clock'}, ${frames} turns:`);
  console.log(describeShare('fields of secondary motion', turns.whole, turns.withoutSecondary));
  console.log(bundle.gaze ? describeShare('gaze', turns.whole, turns.withoutGaze) : 'gaze: this portrait has none');
  console.log(
    `step of secondary motion: ${(await measureSecondaryMotion(device, faceModel())).toFixed(1)} us a motion frame`,
  );
  if (values.chrome) console.log((await measureInChrome(bundle, size, sampleCount, frames)).join('\n'));
}

async function preparedPortrait(file: string): Promise<PortraitBundle> {
  const page = await GalleryPage.open();
  const { bundle } = await page.analyse(file);
  await page.close();
  return bundle;
}

function describeWork(bundle: PortraitBundle): void {
  const { mesh, grid } = bundle;
  const [table, gridTable, parts] = [packMesh(faceModel(), bundle), packGrid(bundle), splitFace(mesh)];
  const perVertex = (table.entries.length / mesh.source.length).toFixed(1);
  const groups = Object.entries(mesh.mouthGroups).map(([name, [from, to]]) => `${name} ${(to - from) / 3}`);
  console.log(`mesh: ${mesh.source.length} vertices, ${table.entries.length} mode entries (${perVertex} a vertex)`);
  console.log(
    `grid: ${grid.columns} x ${grid.rows}, ${gridTable.order.length} used, ${gridTable.moving} moving, ` +
      `${gridTable.entries.length / 2} entries, ${gridTable.triangles.length / 3} triangles`,
  );
  const still = { ...bundle, secondary: new Float32Array(bundle.secondary.length) };
  const [stillMesh, stillGrid] = [packMesh(faceModel(), still), packGrid(still)];
  console.log(
    `secondary motion: ${SECONDARY_MOTION_MODES.length} modes, ${table.entries.length - stillMesh.entries.length} entries in the ` +
      `mesh, ${(gridTable.entries.length - stillGrid.entries.length) / 2} in the grid, ` +
      `${(gridTable.triangles.length - stillGrid.triangles.length) / 3} more triangles`,
  );
  const [plain, lids, soft] = [parts.plain, parts.lids, parts.soft].map((list) => list.length / 3);
  console.log(`triangles: face ${plain} + lids ${lids} + soft ${soft}, ${groups.join(', ')}`);
}

async function measureInChrome(
  bundle: PortraitBundle,
  size: number,
  sampleCount: 1 | 4,
  frames: number,
): Promise<string[]> {
  const portrait = Buffer.from(savePortraitBundle(bundle));
  const server = await createServer({
    configFile: false,
    root: fileURLToPath(new URL('../..', import.meta.url)),
    logLevel: 'error',
    server: { host: '127.0.0.1', port: 0, watch: null, hmr: false },
    optimizeDeps: { noDiscovery: true },
    plugins: [
      {
        name: 'bench-portrait',
        configureServer: ({ middlewares }) =>
          void middlewares.use('/bench-portrait', (_, response) => void response.end(portrait)),
      },
    ],
  });
  await server.listen();
  const browser = await launchChrome();
  try {
    const page = await browser.newPage();
    await page.goto(`${server.resolvedUrls!.local[0]}bench/render/page.html`);
    await page.waitForFunction('globalThis.measure');
    return (await page.evaluate(`measure(${size}, ${sampleCount}, ${frames})`)) as string[];
  } finally {
    await browser.close();
    await server.close();
  }
}
