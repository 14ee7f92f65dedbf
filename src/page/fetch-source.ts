/** @file Fetches the file that a Source stands for. */
import { TalkingPortraitError } from '../errors';
import type { Source } from '../options/source';

/** @throws TalkingPortraitError `invalid-option` when it cannot be fetched; the reason of `signal` when that aborts it */
export async function fetchSource(source: Source, signal?: AbortSignal): Promise<Blob> {
  if (source instanceof Blob) return source;
  const response = await fetch(source, signal ? { signal } : {}).catch((cause: unknown) => cause);
  if (response instanceof Response && response.ok) return response.blob();
  signal?.throwIfAborted();
  throw new TalkingPortraitError(
    'invalid-option',
    'The file could not be fetched.',
    'Check the address and that the server allows this page to read it.',
    String(source),
  );
}
