import { describe, expect, it, vi } from 'vitest';
import { errorText, type LogEntry, Logger, type LogLevel, SILENT_LOGGER } from '../../../src/core/logger';

function record(level: LogLevel) {
  const entries: LogEntry[] = [];
  return { log: new Logger((entry) => entries.push(entry), level, 'animator'), entries };
}

function writeAll(log: Logger): void {
  log.debug('one');
  log.info('two');
  log.warn('three');
  log.error('four');
}

describe('Logger', () => {
  it.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
    ['silent', []],
  ] as const)('at level %s passes on %j', (level, passed) => {
    const { log, entries } = record(level);
    writeAll(log);
    expect(entries.map((entry) => entry.level)).toEqual(passed);
  });

  it('hands over source, message, fields and time', () => {
    const { log, entries } = record('info');
    log.info('Voice begun', { kind: 'played' });
    const [entry] = entries;
    expect(entry).toMatchObject({ source: 'animator', message: 'Voice begun', fields: { kind: 'played' } });
    expect(Math.abs(entry!.atEpochMs - Date.now())).toBeLessThan(1000);
    log.info('Closed');
    expect(entries[1]!.fields).toEqual({});
  });

  it('gives a child the same sink and level, and a longer source', () => {
    const { log, entries } = record('warn');
    const child = log.child('gpu').child('device');
    child.info('not wanted');
    child.warn('wanted');
    expect(entries).toMatchObject([{ source: 'animator.gpu.device', message: 'wanted' }]);
  });

  it('goes on when the sink throws, and reports the error of the sink', async () => {
    const later: (() => void)[] = [];
    vi.stubGlobal('queueMicrotask', (task: () => void) => later.push(task));
    const log = new Logger(
      () => {
        throw new Error('the sink is broken');
      },
      'info',
      'page',
    );
    expect(() => log.info('Closed')).not.toThrow();
    expect(later[0]).toThrow('the sink is broken');
    vi.unstubAllGlobals();
  });

  it('can be silent', () => {
    expect(() => writeAll(SILENT_LOGGER.child('gpu'))).not.toThrow();
  });
});

describe('errorText', () => {
  it('tells name and message of an error, and any other value as text', () => {
    expect(errorText(new TypeError('refused'))).toBe('TypeError: refused');
    expect(errorText('no')).toBe('no');
  });
});
