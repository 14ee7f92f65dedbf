/** @file Fetches the file that a Source stands for. */
import { refuse } from '../core/check-arguments';
import { fetchFile } from '../core/fetch-file';
import type { Source } from '../options/source';

/** @throws TalkingPortraitError `invalid-option` when it cannot be fetched; the reason of `signal` when that aborts it */
export async function fetchSource(source: Source, signal?: AbortSignal): Promise<Blob> {
  if (source instanceof Blob) return source;
  if (typeof source !== 'string' && !(source instanceof URL)) {
    refuse('This is not a file.', 'Give a Blob, a File, or the URL of a file.', source);
  }
  const remedy = 'Check the address and that the server allows this page to read it.';
  const response = await fetchFile(source, { code: 'invalid-option', remedy, signal });
  return response.blob();
}
