/** @file The guide lists every error code of the library, and no other. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const textOf = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

test('the table of error codes is complete', () => {
  const [, union = ''] = /type ErrorCode =([^]*?);\n\n/.exec(textOf('src/errors.ts'))!;
  const codes = [...union.matchAll(/\| '([a-z-]+)'/g)].map(([, code]) => code);
  expect(codes.length).toBeGreaterThan(20);
  const [, section = ''] = textOf('docs/guides/events-and-errors.md').split('\n## Errors\n');
  const rows = section
    .split('\n## ')[0]!
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const listed = rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`([a-z-]+)`/g)].map(([, code]) => code));
  expect(listed.toSorted()).toEqual(codes.toSorted());
});
