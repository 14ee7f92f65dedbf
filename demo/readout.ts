/** @file The statistics below the stage: figures, level meter, times of the pipeline's stages. */
import type { Stats } from '../src/index';
import { byId } from './dom';

const FLOOR_DBFS = -60;
const UNKNOWN = '–';

const outputs = {
  fps: byId('fps', HTMLOutputElement),
  latency: byId('latency', HTMLOutputElement),
  interval: byId('interval', HTMLOutputElement),
  backend: byId('backend', HTMLOutputElement),
  adapter: byId('adapter', HTMLOutputElement),
};
const latencyName = byId('latency-name', HTMLElement);
const meter = byId('meter', HTMLDivElement);
const meterFill = byId('meter-fill', HTMLSpanElement);
const stages = byId('stages', HTMLDListElement);

const RENDERER_NAMES: Record<Stats['renderer'], string> = { webgpu: 'WebGPU', cpu: 'the CPU' };
const BACKEND_NAMES: Record<Stats['backend'], string> = { wgsl: 'WebGPU', wasm: 'WebAssembly' };

export function showStats(stats: Stats): void {
  outputs.fps.value = String(Math.round(stats.fps));
  outputs.latency.value = stats.state === 'idle' ? UNKNOWN : String(Math.round(stats.latencyMs));
  latencyName.textContent = stats.state === 'speaking' ? 'Behind the sound' : 'Latency';
  outputs.interval.value = String(Math.round(stats.frameIntervalP95Ms));
  outputs.backend.value = BACKEND_NAMES[stats.backend];
  outputs.adapter.value = `${RENDERER_NAMES[stats.renderer]}${stats.renderer === 'webgpu' ? `, ${stats.adapter || UNKNOWN}` : ''}`;
  outputs.adapter.title = stats.rendererReason;
  showLevel(stats.state === 'idle' ? FLOOR_DBFS : stats.level);
  stages.replaceChildren(
    ...Object.entries(stats.stages).map(([name, ms]) => {
      const entry = document.createElement('div');
      const [term, value] = [document.createElement('dt'), document.createElement('dd')];
      term.textContent = name;
      value.textContent = `${ms.toFixed(1)} ms`;
      entry.append(term, value);
      return entry;
    }),
  );
}

/** @param dbfs loudness, dBFS, -100 ... 0 */
export function showLevel(dbfs: number): void {
  const clamped = Math.max(FLOOR_DBFS, Math.min(0, dbfs));
  meterFill.style.transform = `scaleX(${(clamped - FLOOR_DBFS) / -FLOOR_DBFS})`;
  meter.setAttribute('aria-valuenow', String(Math.round(clamped)));
  meter.setAttribute('aria-valuetext', clamped <= FLOOR_DBFS ? 'silent' : `${Math.round(clamped)} decibels`);
}
