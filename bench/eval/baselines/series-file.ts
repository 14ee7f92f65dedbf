/** @file Writes openings and widths of a mouth in the format of the evaluator, 25 rows per second. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Any unit: the evaluator scales a series to the mean and spread of the speaker. */
export type MouthSeries = { aperture: number[]; width?: number[] };

export function writeSeries(file: string, { aperture, width }: MouthSeries): void {
  mkdirSync(dirname(file), { recursive: true });
  const rows = aperture.map((value, frame) => (width ? `${value},${width[frame]}` : `${value}`));
  writeFileSync(file, `${[width ? 'aperture,width' : 'aperture', ...rows].join('\n')}\n`);
}
