/** @file Runs other programs: ffmpeg, Python, npm, the tracker. */
import { spawn } from 'node:child_process';
import { EvalError } from './eval-error';

export type RunOptions = {
  signal: AbortSignal;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Called with every line of the standard output as it arrives. */
  onLine?: (line: string) => void;
};

/**
 * Runs a program to its end.
 *
 * @returns its standard output
 * @throws EvalError if it is missing or fails, with the end of its output
 */
export function runProgram(command: string, args: string[], { signal, cwd, env, onLine }: RunOptions): Promise<Buffer> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      signal,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd && { cwd }),
      env: { ...process.env, ...env },
    });
    const chunks: Buffer[] = [];
    let errors = '';
    let line = '';
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (!onLine) return;
      const lines = (line + chunk.toString()).split('\n');
      line = lines.pop()!;
      for (const complete of lines) onLine(complete);
    });
    child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-2000)));
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (signal.aborted) fail(signal.reason);
      else if (error.code === 'ENOENT') fail(new EvalError(`${command} is not installed, or not in the PATH.`));
      else fail(error);
    });
    child.on('close', (code) => {
      if (code === 0) done(Buffer.concat(chunks));
      else fail(new EvalError(`${command} ${args[0] ?? ''} failed (${code}):\n${errors.trim()}`));
    });
  });
}

/** Mono PCM of any sound or video file, -1 ... 1. @param rate Hz @throws EvalError */
export async function decodeSound(file: string, rate: number, signal: AbortSignal): Promise<Float32Array> {
  const args = ['-v', 'error', '-i', file, '-vn', '-ac', '1', '-ar', String(rate), '-f', 'f32le', '-'];
  const bytes = await runProgram('ffmpeg', args, { signal });
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + 4 * Math.floor(bytes.length / 4)));
}

/** @throws EvalError if a program that is needed later is missing */
export async function checkPrograms(python: string, signal: AbortSignal): Promise<void> {
  await runProgram('ffmpeg', ['-version'], { signal });
  try {
    await runProgram(python, ['-c', 'import numpy'], { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new EvalError(
      `${python} cannot import numpy: ${(error as Error).message.split('\n').at(-1)}\nChoose a Python 3 with numpy with --python or PYTHON.`,
    );
  }
}
