import { describe, expect, it, vi } from 'vitest';
import { sha256Hex } from '../../../src/weights/integrity';
import { parseManifest } from '../../../src/weights/manifest';
import { type LoadProgress, ModelLoader } from '../../../src/weights/model-loader';

const BASE = 'https://models.example/v1';
const bytes = (length: number, seed = 1) => Uint8Array.from({ length }, (_, i) => (i * 7 + seed) % 251);

/** A fake server with a few files; `calls` lists the requested names. */
async function server(files: Record<string, Uint8Array>, tamper: Record<string, Uint8Array> = {}) {
  const entries = await Promise.all(
    Object.entries(files).map(async ([name, data]) => [
      name,
      { bytes: data.length, sha256: await sha256Hex(data.slice().buffer), licence: 'MIT', about: '' },
    ]),
  );
  const manifest = JSON.stringify({ version: 1, files: Object.fromEntries(entries) });
  const calls: string[] = [];
  const fetch = (async (input: string, init?: RequestInit) => {
    init?.signal?.throwIfAborted();
    const name = input.slice(BASE.length + 1);
    calls.push(name);
    if (name === 'manifest.json') return new Response(manifest);
    const data = tamper[name] ?? files[name];
    return data ? new Response(data.slice()) : new Response(null, { status: 404 });
  }) as typeof globalThis.fetch;
  return { fetch, calls };
}

describe('ModelLoader', () => {
  it('loads and checks files, reports progress and shares concurrent requests', async () => {
    const a = bytes(100_000);
    const { fetch, calls } = await server({ 'a.bin': a, 'b.bin': bytes(10) });
    const progress: (LoadProgress & { fraction: number })[] = [];
    const loader = new ModelLoader({
      files: { baseUrl: BASE },
      fetch,
      onProgress: (fraction, event) => progress.push({ fraction, ...event }),
    });
    const [one, two] = await Promise.all([loader.load('a.bin'), loader.load('a.bin'), loader.load('b.bin')]);
    expect(new Uint8Array(one)).toEqual(a);
    expect(two).toBe(one);
    expect(calls.filter((name) => name === 'a.bin')).toHaveLength(1);
    expect(calls.filter((name) => name === 'manifest.json')).toHaveLength(1);
    const loaded = progress.filter((event) => event.file === 'a.bin').map((event) => event.loadedBytes);
    expect(loaded).toEqual([...loaded].sort((x, y) => x - y));
    expect(progress.at(-1)).toMatchObject({ fraction: 1 });
    expect(progress.every(({ fraction }) => fraction >= 0 && fraction <= 1)).toBe(true);
  });

  it.each([
    ['tampered with', bytes(100, 2), 'weights-corrupt'],
    ['truncated', bytes(99), 'weights-corrupt'],
    ['longer than announced', bytes(101), 'weights-corrupt'],
  ])('rejects a file that was %s', async (_, served, code) => {
    const { fetch } = await server({ 'a.bin': bytes(100) }, { 'a.bin': served });
    await expect(new ModelLoader({ files: { baseUrl: BASE }, fetch }).load('a.bin')).rejects.toMatchObject({ code });
  });

  it('names the file that is missing on the server or in the manifest', async () => {
    const { fetch } = await server({ 'a.bin': bytes(100) });
    const loader = new ModelLoader({ files: { baseUrl: BASE }, fetch });
    await expect(loader.load('b.bin')).rejects.toMatchObject({ code: 'weights-missing', value: 'b.bin' });
    const nowhere = new ModelLoader({
      files: { baseUrl: BASE },
      fetch: async () => new Response(null, { status: 503 }),
    });
    await expect(nowhere.load('a.bin')).rejects.toMatchObject({
      code: 'weights-missing',
      value: `${BASE}/manifest.json`,
    });
    const offline = new ModelLoader({
      files: { baseUrl: BASE },
      fetch: () => Promise.reject(new TypeError('offline')),
    });
    await expect(offline.load('a.bin')).rejects.toMatchObject({ code: 'weights-missing' });
  });

  it('can load a file again after a failure', async () => {
    const { fetch } = await server({ 'a.bin': bytes(100) });
    let online = false;
    const loader = new ModelLoader({
      files: { baseUrl: BASE },
      fetch: (...call) => (online ? fetch(...call) : Promise.reject(new TypeError('offline'))),
    });
    await expect(loader.load('a.bin')).rejects.toMatchObject({ code: 'weights-missing' });
    online = true;
    expect(new Uint8Array(await loader.load('a.bin'))).toEqual(bytes(100));
  });

  it('fails with `aborted` after an abort', async () => {
    const { fetch } = await server({ 'a.bin': bytes(100) });
    const controller = new AbortController();
    const loader = new ModelLoader({
      files: { baseUrl: BASE },
      fetch,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(loader.load('a.bin')).rejects.toMatchObject({ code: 'aborted' });
    await expect(loader.load('a.bin')).rejects.toMatchObject({ code: 'aborted' });
  });

  it('caches files under their hash and replaces damaged and old entries', async () => {
    const stored = new Map<string, Uint8Array>();
    const cache = {
      match: async (key: string) => (stored.has(key) ? new Response(stored.get(key)!.slice()) : undefined),
      put: async (key: string, response: Response) =>
        void stored.set(key, new Uint8Array(await response.arrayBuffer())),
      delete: async (key: string, options?: { ignoreSearch: boolean }) => {
        for (const other of stored.keys())
          if (other === key || (options?.ignoreSearch && other.split('?')[0] === key)) stored.delete(other);
      },
    };
    vi.stubGlobal('caches', { open: async () => cache });
    try {
      const { fetch, calls } = await server({ 'a.bin': bytes(100) });
      const load = () => new ModelLoader({ files: { baseUrl: BASE }, fetch }).load('a.bin');
      const fetched = () => calls.filter((name) => name === 'a.bin').length;
      stored.set(`${BASE}/a.bin?sha256=old`, bytes(3));
      await load();
      await load();
      expect(fetched()).toBe(1);
      expect([...stored.keys()]).toEqual([expect.stringMatching(/a\.bin\?sha256=[0-9a-f]{64}$/)]);
      stored.set([...stored.keys()][0]!, bytes(100, 3));
      expect(new Uint8Array(await load())).toEqual(bytes(100));
      expect(fetched()).toBe(2);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe('manifest', () => {
  const entry = { bytes: 1, sha256: 'a'.repeat(64), licence: 'MIT', about: 'x' };
  it('is accepted if it is valid', () => {
    expect(
      parseManifest(JSON.stringify({ version: 1, files: { 'a-b_1.onnx': entry } })).files.get('a-b_1.onnx'),
    ).toEqual(entry);
  });
  it.each([
    '',
    'null',
    '{}',
    '{"version":2,"files":{}}',
    '{"version":1,"files":[]}',
    JSON.stringify({ version: 1, files: { 'a/../b': entry } }),
    JSON.stringify({ version: 1, files: { '..': entry } }),
    JSON.stringify({ version: 1, files: { a: { ...entry, bytes: -1 } } }),
    JSON.stringify({ version: 1, files: { a: { ...entry, sha256: 'A'.repeat(64) } } }),
    JSON.stringify({ version: 1, files: { a: null } }),
  ])('is rejected if it is %s', (text) => {
    expect(() => parseManifest(text)).toThrowError(expect.objectContaining({ code: 'weights-corrupt' }));
  });
});
