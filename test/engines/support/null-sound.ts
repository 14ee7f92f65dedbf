/** @file A sound server without a device, because Firefox does not run an AudioContext where there is none. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from './programs';

const START_LIMIT_MS = 10_000;

export type NullSound = {
  /** For the environment of the browser: PULSE_SERVER. */
  address: string;
  stop(): void;
};

/** @returns undefined if PulseAudio is not installed or does not start */
export async function startNullSound(): Promise<NullSound | undefined> {
  const program = findProgram('PULSEAUDIO', ['pulseaudio']);
  if (!program) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'talking-portrait-sound-'));
  const socket = join(folder, 'native');
  const modules = ['module-null-sink', `module-native-protocol-unix auth-anonymous=1 socket=${socket}`];
  const child = spawn(program, ['-n', '--exit-idle-time=-1', ...modules.flatMap((module) => ['-L', module])], {
    stdio: 'ignore',
    env: { ...process.env, XDG_RUNTIME_DIR: folder, HOME: folder },
  });
  const stop = (): void => {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  for (const end = Date.now() + START_LIMIT_MS; !existsSync(socket);) {
    if (child.exitCode !== null || Date.now() > end) {
      stop();
      return undefined;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { address: `unix:${socket}`, stop };
}
