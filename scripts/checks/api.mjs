/** @file Public exports and members without documentation: the settings of typedoc, for `npm test -- api`. */

import { OptionDefaults } from 'typedoc';

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  entryPoints: ['index.ts', 'recorder/index.ts', 'element/index.ts', 'react/index.ts'].map(
    (file) => `../../src/${file}`,
  ),
  tsconfig: 'tsconfig.api.json',
  emit: 'none',
  // Links to sources would need a git remote.
  disableSources: true,
  // `npm run typecheck` does that.
  skipErrorChecking: true,
  excludePrivate: true,
  blockTags: [...OptionDefaults.blockTags, '@file'],
  requiredToBeDocumented: [
    'Variable',
    'Function',
    'Class',
    'Constructor',
    'Property',
    'Method',
    'Accessor',
    'TypeAlias',
  ],
  validation: { notDocumented: true, notExported: true, invalidLink: true },
  treatValidationWarningsAsErrors: true,
  treatWarningsAsErrors: true,
};
