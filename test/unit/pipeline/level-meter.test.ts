import { expect, test } from 'vitest';
import { LevelMeter } from '../../../src/pipeline/level-meter';

test('the level rises at once, falls slowly and stays in its range', () => {
  const meter = new LevelMeter();
  expect(meter.dbfs).toBe(-100);
  meter.add(-20);
  expect(meter.dbfs).toBe(-20);
  meter.add(-100);
  expect(meter.dbfs).toBeLessThan(-20);
  expect(meter.dbfs).toBeGreaterThan(-30);
  for (let i = 0; i < 100; i++) meter.add(-100);
  expect(meter.dbfs).toBe(-100);
  meter.add(-10);
  meter.reset();
  expect(meter.dbfs).toBe(-100);
});
