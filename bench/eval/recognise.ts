/** @file Phones for clips that have none: the manifest of recognise.py. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EvalError } from './eval-error';
import type { EvalOptions } from './options';
import { runProgram } from './processes';

/** Runs the recogniser. @returns the manifest in which every clip has phones @throws EvalError */
export async function recognisePhones({ manifest, out, python }: EvalOptions, signal: AbortSignal): Promise<string> {
  console.error('Recognising phones ...');
  const folder = join(out, 'recognised');
  const script = fileURLToPath(new URL('recognise.py', import.meta.url));
  try {
    await runProgram(python, [script, manifest, folder], { signal });
  } catch (error) {
    if (!/No module named '?hama/.test(String(error))) throw error;
    throw new EvalError(`--recognise needs the recogniser: ${python} -m pip install hama==1.7.0`);
  }
  return join(folder, 'manifest.json');
}
