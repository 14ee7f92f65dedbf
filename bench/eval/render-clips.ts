/** @file Renders clips with the renderer of the command line, all in one Chrome. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { RenderError, RenderSession } from '../../cli/render-session.mjs';
import type { ClipFiles, RenderKey } from './clip-files';
import { EvalError } from './eval-error';
import type { EvalClip } from './manifest';
import type { EvalOptions } from './options';

/** Renders each clip as `talking-portrait render` would, from a fresh start. @throws EvalError */
export async function renderClips(
  clips: EvalClip[],
  files: ClipFiles,
  key: RenderKey,
  { portrait, size, seed, backend }: EvalOptions,
  signal: AbortSignal,
  onDone: (clip: EvalClip) => void,
): Promise<void> {
  if (clips.length === 0) return;
  const warnings = new Set<string>();
  let session: RenderSession | undefined;
  let current: EvalClip | undefined;
  try {
    session = await RenderSession.open({
      signal,
      onProgress: () => {},
      onWarning(text) {
        if (!warnings.has(text)) console.error(`warning: ${text}`);
        warnings.add(text);
      },
    });
    for (current of clips) {
      files.clear(current);
      const video = files.video(current);
      const part = `${video}.part`;
      rmSync(part, { force: true });
      await session.render({
        portrait,
        audio: current.audio,
        options: {
          size,
          fps: 25,
          seed,
          renderer: 'auto',
          backend,
          container: 'mp4',
          markAsSynthetic: true,
          wantFrames: false,
        },
        output: (name) => (name === 'video' ? part : null),
      });
      renameSync(part, video);
      writeFileSync(files.key(current), files.keyText(key, current));
      onDone(current);
    }
  } catch (error) {
    if (error instanceof RenderError) throw new EvalError(`${current ? `${current.id}: ` : ''}${error.message}`);
    throw error;
  } finally {
    await session?.close();
  }
}
