/**
 * @file Which folder may import which: the rules of dependency-cruiser, for `npm test -- imports`.
 *
 * Type-only imports count, so that a folder can be read with nothing but the folders it may import.
 */

const CORE = ['src/core', 'src/errors.ts'];
const BUNDLE = [...CORE, 'src/weights', 'src/portrait-bundle'];
const PAGE_API = ['src/options', 'src/events.ts', 'src/protocol.ts', ...CORE];

/**
 * Left: a file or folder of src/ or workers/. Right: what it may import apart from itself. The longest entry on the left
 * that fits a file counts. A file that no entry fits fails the check.
 *
 * @type {Record<string, string[]>}
 */
const MAY_IMPORT = {
  // Shared by all
  'src/errors.ts': [],
  'src/core': ['src/errors.ts'],
  'src/events.ts': CORE,
  'src/options': ['src/events.ts', ...CORE],
  'src/protocol.ts': ['src/options', 'src/events.ts', ...CORE, 'comlink'],

  // What the stages share
  'src/weights': [...CORE, 'onnxruntime-web'],
  'src/gpu': CORE,
  'src/kernels': ['src/gpu', 'src/weights', 'shaders', ...CORE],

  // The stages. Sound, motion, preparation and drawing never import each other.
  'src/audio': ['src/weights', ...CORE],
  'src/motion': ['src/options', 'src/gpu', 'src/kernels', 'src/weights', ...CORE],
  'src/portrait-bundle': ['src/weights', ...CORE],
  'src/portrait/analysis': BUNDLE,
  'src/portrait/mesh': BUNDLE,
  'src/portrait/fit': ['src/portrait/mesh', ...BUNDLE],
  'src/portrait/prepare': ['src/portrait/fit', 'src/portrait/mesh', ...BUNDLE],
  'src/portrait/prepare/face': ['src/portrait/fit', 'src/portrait/mesh', ...BUNDLE],
  'src/portrait/prepare/eyes': ['src/portrait/prepare/face', 'src/portrait/fit', 'src/portrait/mesh', ...BUNDLE],
  'src/portrait/prepare/mouth': ['src/portrait/prepare/face', 'src/portrait/fit', 'src/portrait/mesh', ...BUNDLE],
  'src/portrait/prepare/person': ['src/portrait/prepare/face', 'src/portrait/fit', 'src/portrait/mesh', ...BUNDLE],
  'src/renderer': ['src/options', 'src/gpu', 'src/kernels', 'shaders', ...BUNDLE],

  // What joins the stages
  'src/pipeline': [
    'src/audio',
    'src/motion',
    'src/portrait',
    'src/portrait-bundle',
    'src/renderer',
    'src/gpu',
    'src/weights',
    ...PAGE_API,
  ],
  'src/recorder': [
    'src/page/audio-buffer.ts',
    'src/page/fetch-source.ts',
    'src/page/runtime-files.ts',
    'src/page/start-worker.ts',
    'workers/recorder.worker.ts',
    'comlink',
    ...PAGE_API,
  ],
  'src/recorder/decode-audio.ts': ['src/pipeline', 'src/options', ...CORE, 'mediabunny'],
  'src/recorder/video-writer.ts': [
    'src/recorder/decode-audio.ts',
    'src/recorder/synthetic-mark.ts',
    'src/pipeline',
    'src/options',
    ...CORE,
    'mediabunny',
  ],
  // Of workers and runtime the addresses only, of the models the manifest.
  'src/page': [
    'workers/animator.worker.ts',
    'workers/audio.worklet.ts',
    'mediabunny',
    'models/manifest.json',
    'onnxruntime-web',
    'comlink',
    ...PAGE_API,
  ],
  'src/index.ts': ['src/page', ...PAGE_API],
  'src/element': ['src/page', ...PAGE_API],
  'src/react': ['src/page', 'react', ...PAGE_API],
  workers: ['src/pipeline', 'src/recorder', ...PAGE_API],
  'workers/audio.worklet.ts': ['src/core/playback-messages.ts'],
};

/** Who else may import from a folder, and what they may not. @type {import('dependency-cruiser').IForbiddenRuleType[]} */
const OTHER_RULES = [
  {
    name: 'no cycles',
    comment: 'Modules that import each other cannot be read, tested or replaced one at a time.',
    from: {},
    to: { circular: true },
  },
  {
    name: 'the recorder loads no codecs on the page',
    comment: 'Types only: the reader and the writer of media files run in the worker.',
    from: { path: '^src/recorder/', pathNot: '^src/recorder/(decode-audio|video-writer)\\.ts$' },
    to: { path: '^src/recorder/(decode-audio|video-writer)\\.ts$', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'bench takes from test only what is there to be shared',
    comment: 'Move what both need into test/fixtures or test/reference.',
    from: { path: '^bench/' },
    to: { path: '^test/', pathNot: '^test/(fixtures|reference)/' },
  },
  {
    name: 'the demo and the page of the command line use the public entries',
    comment: 'They are written as users of the library would write them.',
    from: { path: '^(demo|cli/page)/' },
    to: { path: '^(src|workers|test|bench)/', pathNot: '^src/(index|recorder/index)\\.ts$' },
  },
  {
    name: 'a file that is not there',
    comment: 'The import names a file or a package that does not exist.',
    from: {},
    // Vite makes `?url`. The package itself resolves only when it is built.
    to: { couldNotResolve: true, pathNot: '\\?url$|^talking-portrait(/|$)' },
  },
];

const escaped = (/** @type {string} */ path) => path.replaceAll('.', '\\.');
const isFile = (/** @type {string} */ path) => /\.(ts|json)$/.test(path);
/** Matches a file, everything in a folder, or a package. */
const pattern = (/** @type {string} */ path) =>
  /^(src|workers|shaders|models)\b/.test(path)
    ? `^${escaped(path)}${isFile(path) ? '$' : '/'}`
    : `(^|node_modules/)${escaped(path)}(/|$)`;

const entries = Object.keys(MAY_IMPORT);
/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
const tableRules = Object.entries(MAY_IMPORT).map(([entry, allowed]) => ({
  name: `imports of ${entry}`,
  comment: `${entry} may import ${allowed.length > 0 ? allowed.join(', ') : 'nothing'}.`,
  from: {
    path: pattern(entry),
    pathNot: entries.filter((other) => other !== entry && other.startsWith(`${entry}/`)).map(pattern),
  },
  to: { pathNot: [...(isFile(entry) ? [] : [entry]), ...allowed].map(pattern) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...tableRules,
    {
      name: 'missing in the table',
      comment: 'Say in scripts/checks/imports.mjs what this file or folder may import.',
      from: { path: '^(src|workers)/', pathNot: entries.map(pattern) },
      to: {},
    },
    ...OTHER_RULES,
  ].map((rule) => ({ severity: 'error', ...rule })),
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|demo/dist)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
};
