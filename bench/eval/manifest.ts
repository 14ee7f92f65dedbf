/** @file The list of clips: the manifest of the evaluator, with checks that the evaluator does not make. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { EvalError } from './eval-error';

/** One clip; files are absolute. Other keys of the manifest are passed on to the evaluator. */
export type EvalClip = {
  id: string;
  /** The id as a file name. */
  name: string;
  group: string;
  speaker: string;
  /** The voice for the portrait: the sound file of the entry, else its video. */
  audio: string;
  /** Track of the real person. */
  real: string;
  phones: string | undefined;
  entry: Record<string, unknown>;
};

/** Keys that hold paths. */
const PATHS = ['audio', 'video', 'real', 'phones'];

/**
 * Reads and checks a manifest.
 *
 * @throws EvalError naming the entry and what is wrong with it
 */
export function readManifest(file: string): EvalClip[] {
  let list: unknown;
  try {
    list = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new EvalError(`${file} cannot be read: ${(error as Error).message}`);
  }
  if (!Array.isArray(list) || list.length === 0) throw new EvalError(`${file} must hold a list of clips.`);
  const folder = dirname(resolve(file));
  const names = new Set<string>();
  return list.map((item: unknown, index) => {
    const fail = (what: string): never => {
      const id = (item as { id?: unknown } | null)?.id;
      throw new EvalError(`${file}: entry ${index}${typeof id === 'string' ? ` ("${id}")` : ''} ${what}`);
    };
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return fail('is not an object.');
    const entry: Record<string, unknown> = { ...item };
    for (const key of PATHS) {
      if (entry[key] === undefined || entry[key] === null) {
        delete entry[key];
        continue;
      }
      const path = entry[key];
      if (typeof path !== 'string') return fail(`has a "${key}" that is no path.`);
      entry[key] = resolve(folder, path);
    }
    const audio = (entry['audio'] ?? entry['video']) as string | undefined;
    const real = entry['real'] as string | undefined;
    const phones = entry['phones'] as string | undefined;
    if (!audio) return fail('has no "audio": a sound file is needed to make the portrait speak.');
    if (!real) return fail('has no "real": the track of the person who spoke is needed to compare with.');
    for (const path of [audio, real, phones])
      if (path && !existsSync(path)) return fail(`names ${path}, which does not exist.`);
    if (extname(real).toLowerCase() === '.f32' && !entry['real_size'])
      return fail('needs "real_size": [width, height] beside an .f32 track.');
    const id = String(entry['id'] ?? `clip-${index}`);
    const name = id.replaceAll(/[^\w.-]/g, '_');
    if (names.has(name)) return fail('has the id of an entry before it.');
    names.add(name);
    const group = String(entry['group'] ?? 'all');
    return { id, name, group, speaker: String(entry['speaker'] ?? id), audio, real, phones, entry };
  });
}

/**
 * The requested clips, taken from the groups in turn if their number is limited. @throws EvalError if there are none
 */
export function selectClips(
  clips: EvalClip[],
  {
    clips: most,
    groups,
    ids,
  }: { clips?: number | undefined; groups?: string[] | undefined; ids?: string[] | undefined },
): EvalClip[] {
  const unknown = [
    ...(groups ?? []).filter((group) => !clips.some((clip) => clip.group === group)),
    ...(ids ?? []).filter((id) => !clips.some((clip) => clip.id === id)),
  ];
  if (unknown.length > 0) throw new EvalError(`The manifest has no ${unknown.join(', ')}.`);
  const wanted = clips.filter(({ id, group }) => (ids?.includes(id) ?? true) && (groups?.includes(group) ?? true));
  if (wanted.length === 0) throw new EvalError('No clip of the manifest is in these groups and ids.');
  if (most === undefined || most >= wanted.length) return wanted;
  const byGroup = [...new Set(wanted.map(({ group }) => group))].map((name) =>
    wanted.filter(({ group }) => group === name),
  );
  const taken = new Set<EvalClip>();
  for (let turn = 0; taken.size < most; turn++)
    for (const group of byGroup) if (group[turn] && taken.size < most) taken.add(group[turn]!);
  return wanted.filter((clip) => taken.has(clip));
}
