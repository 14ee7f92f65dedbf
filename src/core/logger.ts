/** @file Logger: lines of text with fields, at four levels, handed to a sink that the user provides. */

/** The lowest level that is logged: that level and all higher ones are; with `silent`, nothing is. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** The levels in rising order. */
export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

/** Details of a log entry: plain values, so that an entry can cross threads and be written as JSON. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** One line of the log. */
export type LogEntry = {
  /** Severity. */
  level: Exclude<LogLevel, 'silent'>;
  /** The part of the library that wrote it, from the outside in, such as `animator.gpu`. */
  source: string;
  /** What happened, a short sentence in English. */
  message: string;
  /** Related numbers and names. */
  fields: LogFields;
  /** When it happened, milliseconds since the epoch. */
  atEpochMs: number;
};

/** Receives every entry at or above the requested level. */
export type LogSink = (entry: LogEntry) => void;

/** Writes entries of one source to a sink. */
export class Logger {
  readonly #sink: LogSink;
  readonly #level: LogLevel;
  readonly #source: string;

  /** @param level the lowest level that reaches the sink */
  constructor(sink: LogSink, level: LogLevel, source: string) {
    this.#sink = sink;
    this.#level = level;
    this.#source = source;
  }

  /** A logger for a part of this source, with the same sink and level. */
  child(name: string): Logger {
    return new Logger(this.#sink, this.#level, `${this.#source}.${name}`);
  }

  /** Everything that helps to find a fault; may come many times a second. */
  debug(message: string, fields?: LogFields): void {
    this.#write('debug', message, fields);
  }

  /** A lifecycle transition; at most about one per second. */
  info(message: string, fields?: LogFields): void {
    this.#write('info', message, fields);
  }

  /** Unexpected, but handled: the portrait goes on. */
  warn(message: string, fields?: LogFields): void {
    this.#write('warn', message, fields);
  }

  /** A failure that the user notices. */
  error(message: string, fields?: LogFields): void {
    this.#write('error', message, fields);
  }

  #write(level: LogEntry['level'], message: string, fields: LogFields = {}): void {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(this.#level)) return;
    const atEpochMs = performance.timeOrigin + performance.now();
    try {
      this.#sink({ level, source: this.#source, message, fields, atEpochMs });
    } catch (error) {
      // The sink is the user's code: its errors must surface, but must not stop what is being logged.
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

/** Logs nothing. */
export const SILENT_LOGGER = new Logger(() => {}, 'silent', '');

/** The text of any thrown value, for a field of a log entry. */
export function errorText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
