import { describe, expect, it } from 'vitest';
import { type CreateOptions, resolveOptions } from '../../../src/options/create-options';

const MODELS = { baseUrl: 'https://example.com/page/models/' };
const resolve = (options: Omit<CreateOptions, 'canvas'>) => resolveOptions(options, () => MODELS);

describe('resolveOptions', () => {
  it('fills in the defaults', () => {
    expect(resolve({})).toMatchObject({
      models: MODELS,
      backend: 'auto',
      seed: 1,
      lookaheadFrames: 2,
      logLevel: 'silent',
    });
  });

  it('takes the folder of the user in place of the models of the package', () => {
    expect(resolve({ modelBaseUrl: 'https://cdn.example.com/v1' }).models).toEqual({
      baseUrl: 'https://cdn.example.com/v1',
    });
  });

  it('logs at level info if there is a logger, at the level that is asked for, and never without a logger', () => {
    const logger = (): void => {};
    expect(resolve({ logger }).logLevel).toBe('info');
    expect(resolve({ logger, logLevel: 'debug' }).logLevel).toBe('debug');
    expect(resolve({ logLevel: 'debug' }).logLevel).toBe('silent');
  });

  it.each([{ backend: 'cuda' }, { seed: 1.5 }, { lookaheadMs: 20 }, { logLevel: 'verbose' }])(
    'refuses %o',
    (options) => {
      expect(() => resolve(options as unknown as CreateOptions)).toThrow(
        expect.objectContaining({ code: 'invalid-option' }),
      );
    },
  );
});
