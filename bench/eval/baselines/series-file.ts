/** @file Openings and widths of a mouth as the evaluator reads them, 25 rows a second. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Any unit: the evaluator brings a series to the speaker's own mean and spread. */
export type MouthSeries = { aperture: number[]; width?: number[] };

export function writeSeries(file: string, { aperture, width }: MouthSeries): void {
  mkdirSync(dirname(file), { recursive: true });
  const rows = aperture.map((value, frame) => (width ? `${value},${width[frame]}` : `${value}`));
  writeFileSync(file, `${[width ? 'aperture,width' : 'aperture', ...rows].join('\n')}\n`);
}
