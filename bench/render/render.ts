/**
 * @file Times of drawing, in Node (Dawn): per pass by timestamp queries, per frame by the clock and by the processor time of
 * this process, which is what counts where a software adapter shares the cores with other work.
 *
 *   node bench/run.mjs render [--size 512] [--samples 1] [--format rgba8unorm] [--frames 40] [--portrait ANALYSIS.json]
 */
import { parseArgs } from 'node:util';
import { GpuTimer, type GpuTimes } from '../../src/gpu/gpu-timer';
import { fitFace } from '../../src/portrait/face-fit';
import { splitFace } from '../../src/portrait/face-triangles';
import { packGrid, packMesh } from '../../src/portrait/motion-tables';
import type { PortraitBundle } from '../../src/portrait/portrait-bundle';
import { preparePortrait } from '../../src/portrait/prepare/prepare-portrait';
import { RENDER_PASSES, WarpingRenderer } from '../../src/portrait/warping-renderer';
import { testDevice } from '../../test/kernels/gpu-fixture';
import { latentOf } from '../../test/kernels/support/draw';
import { faceModel } from '../../test/fixtures/synthetic-face';
import { syntheticPortrait } from '../../test/kernels/support/synthetic-portrait';
import { loadPortrait } from '../gallery/portraits';

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      size: { type: 'string', default: '512' },
      samples: { type: 'string', default: '1' },
      format: { type: 'string', default: 'rgba8unorm' },
      frames: { type: 'string', default: '40' },
      portrait: { type: 'string' },
    },
  });
  const { device, adapterInfo } = await testDevice();
  const model = faceModel();
  const size = Number(values.size);
  let bundle: PortraitBundle;
  if (values.portrait) {
    const analysis = await loadPortrait(values.portrait);
    bundle = preparePortrait(model, analysis, fitFace(model, analysis.landmarks));
  } else {
    ({ bundle } = syntheticPortrait(size));
  }
  const format = values.format as GPUTextureFormat;
  const sampleCount = values.samples === '4' ? 4 : 1;
  const renderer = await WarpingRenderer.create(device, model, bundle, {
    width: size,
    height: size,
    format,
    sampleCount,
  });
  const target = device
    .createTexture({ size: [size, size], format, usage: GPUTextureUsage.RENDER_ATTACHMENT })
    .createView();
  const passes: Record<string, number[]> = {};
  const timer = new GpuTimer(device, RENDER_PASSES, (times: GpuTimes) => {
    for (const [name, ms] of Object.entries(times)) (passes[name] ??= []).push(ms);
  });
  const latents = [
    latentOf(model, { jawOpen: 0.35 }, { yaw: 6 }),
    latentOf(model, { mouthPucker: 0.5, jawOpen: 0.1 }, { yaw: -6, pitch: 4 }),
  ];
  renderer.talking = 1;
  const [wall, cpu]: [number[], number[]] = [[], []];
  for (let frame = 0; frame < Number(values.frames) + 5; frame++) {
    const start = performance.now();
    const used = process.cpuUsage();
    device.queue.writeBuffer(renderer.latents[0], 0, latents[frame % 2] as Float32Array<ArrayBuffer>);
    device.queue.writeBuffer(renderer.latents[1], 0, latents[(frame + 1) % 2] as Float32Array<ArrayBuffer>);
    const encoder = device.createCommandEncoder();
    renderer.encode(encoder, 0.5, target, timer);
    timer.resolve(encoder);
    device.queue.submit([encoder.finish()]);
    timer.collect();
    await device.queue.onSubmittedWorkDone();
    const { user, system } = process.cpuUsage(used);
    if (frame < 5) continue; // the drivers compile and warm up
    wall.push(performance.now() - start);
    cpu.push((user + system) / 1000);
  }
  const { mesh, grid } = bundle;
  const [table, gridTable, parts] = [packMesh(model, mesh), packGrid(bundle), splitFace(mesh)];
  console.log(
    `${adapterInfo.description || adapterInfo.device || adapterInfo.vendor}, ${size} x ${size} ${format}, ${sampleCount} sample(s)`,
  );
  console.log(
    `mesh ${mesh.source.length} vertices, ${table.entries.length} mode entries (${(table.entries.length / mesh.source.length).toFixed(1)} a vertex)`,
  );
  console.log(
    `grid ${grid.columns} x ${grid.rows}, ${gridTable.moving} moving, ${gridTable.entries.length / 2} entries, ${gridTable.triangles.length / 3} triangles`,
  );
  console.log(
    `triangles: face ${parts.plain.length / 3} + lids ${parts.lids.length / 3} + soft ${parts.soft.length / 3}, mouth ${Object.entries(
      mesh.mouthGroups,
    )
      .map(([name, [from, to]]) => `${name} ${(to - from) / 3}`)
      .join(', ')}`,
  );
  console.log(
    `frame: wall median ${median(wall).toFixed(1)} ms, least ${Math.min(...wall).toFixed(1)} ms, processor median ${median(cpu).toFixed(1)} ms`,
  );
  for (const [name, times] of Object.entries(passes))
    console.log(`  ${name}: median ${median(times).toFixed(2)} ms, least ${Math.min(...times).toFixed(2)} ms`);
}
