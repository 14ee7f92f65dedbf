/**
 * @file The protocol between the main thread and the animator worker. Control calls go through Comlink; PCM and events go over
 * plain message ports, because they are frequent and need no answer.
 */
import * as Comlink from 'comlink';

import type { LogEntry } from './core/logger';
import { type ErrorCode, TalkingPortraitError } from './errors';
import type { MotionControls } from './options/controls';
import type { PortraitState, SilentState } from './core/portrait-state';
import type { Progress } from './core/progress';
import type { Stats } from './events';
import type { AnimatorOptions } from './options/create-options';
import type { ResolvedOutput } from './options/output';

/** Messages from the worker to the main thread, over the events port. */
export type AnimatorEvent =
  | { kind: 'progress'; progress: Progress }
  | { kind: 'state'; state: PortraitState }
  | { kind: 'speech'; speaking: boolean }
  | { kind: 'stats'; stats: Stats }
  | { kind: 'warning'; text: string }
  | { kind: 'device'; lost: boolean }
  /** The newest picture; transferred. The page answers with any message when it shows it. */
  | { kind: 'picture'; picture: ImageBitmap }
  | { kind: 'error'; error: ErrorFields }
  | { kind: 'log'; entry: LogEntry };

/** Functions of the animator worker. */
export type AnimatorApi = {
  /** Loads the models. `events` carries AnimatorEvents to the page, and an answer to every picture. */
  open(options: AnimatorOptions, events: MessagePort): Promise<void>;
  /** Gets the analysis ready for the first picture. Errors come back with that picture. */
  prepareAnalysis(): Promise<void>;
  /** @param file a picture or a saved portrait */
  setPortrait(file: Blob): Promise<void>;
  /** Ends `setPortrait` with `aborted`, unless the new portrait is shown already. */
  abortPortrait(): Promise<void>;
  savePortrait(): Promise<Blob>;
  setOutput(output: ResolvedOutput): Promise<void>;
  /** Live voice: frames follow the PCM as it comes. `pcm` carries messages of type PcmChunk. */
  listen(pcm: MessagePort): Promise<void>;
  /**
   * Voice that the page plays: frames follow the clock of the sound. Resolves when frames can be made, which is later
   * than the call if there is no portrait yet.
   *
   * @param messages carries PlayedVoiceMessages
   * @param sampleRate of its PCM, Hz
   */
  speak(messages: MessagePort, sampleRate: number): Promise<void>;
  /** All motion controls, checked, from the next frame on. */
  setControls(controls: MotionControls): Promise<void>;
  /** What the portrait does while no voice drives it. */
  setState(state: SilentState): Promise<void>;
  /** Ends the voice; silence follows. */
  stop(): Promise<void>;
  /** Answers: the worker is alive. */
  ping(): Promise<void>;
  close(): Promise<void>;
};

/** From the page to the worker, about a voice that the page plays. */
export type PlayedVoiceMessage =
  /** The next PCM, mono; transferred. */
  | { kind: 'pcm'; samples: Float32Array }
  /** No more PCM for now: the look-ahead of the last frame is silence. */
  | { kind: 'end' }
  /** The voice is over. */
  | { kind: 'close' }
  /** Where the sound is; sent whenever it starts or stands still, and several times a second in between. */
  | ({ kind: 'clock' } & SoundPosition);

/** Which sample of a voice is heard when. */
export type SoundPosition = {
  /** Index of a sample of the voice. */
  sample: number;
  /** When it is heard, in `performance.timeOrigin + performance.now()` of any thread; may lie in the future. */
  epochMs: number;
  /** Whether the samples after it follow in real time. Otherwise the sound stands still there. */
  isRunning: boolean;
};

const MAX_CAUSES = 8;

/** The fields of a TalkingPortraitError that cross threads. */
export type ErrorFields = {
  code: ErrorCode;
  what: string;
  remedy: string;
  value: string | number | undefined;
  /** Messages of its causes, the nearest first. */
  causes: string[];
};

/** Plain fields of `error`. Whatever is not a TalkingPortraitError becomes `worker-failed`. */
export function errorFields(error: unknown): ErrorFields {
  if (error instanceof TalkingPortraitError) {
    const { code, what, remedy, value } = error;
    return { code, what, remedy, value, causes: causesOf(error) };
  }
  // A GPUError is not an Error, but has a message too.
  const message = (error as { message?: unknown } | null)?.message;
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(message ?? error);
  const remedy = 'This is a fault of the library: report it with this message.';
  return {
    code: 'worker-failed',
    what: `The worker failed: ${what}`,
    remedy,
    value: undefined,
    causes: causesOf(error),
  };
}

/** Messages of the causes of an error, the nearest first. */
function causesOf(error: unknown): string[] {
  const causes: string[] = [];
  let cause = (error as { cause?: unknown } | null)?.cause;
  while (cause !== undefined && cause !== null && causes.length < MAX_CAUSES) {
    causes.push(String((cause as { message?: unknown }).message ?? cause));
    cause = (cause as { cause?: unknown }).cause;
  }
  return causes;
}

/** The error that `errorFields` took apart. */
export function errorFromFields({ code, what, remedy, value, causes }: ErrorFields): TalkingPortraitError {
  let cause: Error | undefined;
  for (const message of causes.toReversed()) cause = new Error(message, cause && { cause });
  return new TalkingPortraitError(code, what, remedy, value, cause && { cause });
}

/** First message of a worker: its script runs. */
export const WORKER_STARTED = 'talking-portrait worker started';

/** Functions that can be called from the other side. */
type Calls<T> = { [Name in keyof T]: (...args: never[]) => Promise<unknown> };

/** How a call ended. */
type Outcome = { value: unknown } | { error: ErrorFields };

type Answering = Record<string, (...args: unknown[]) => Promise<Outcome>>;

/** Worker: offers `calls` to the page, and tells it that the worker has started. */
export function exposeCalls<T extends Calls<T>>(calls: T): void {
  const answering: Answering = {};
  for (const [name, call] of Object.entries<(...args: never[]) => Promise<unknown>>(calls)) {
    answering[name] = (...args) =>
      call(...(args as never[])).then(
        (value) => ({ value }),
        (error: unknown) => ({ error: errorFields(error) }),
      );
  }
  Comlink.expose(answering);
  postMessage(WORKER_STARTED);
}

/** Page: the functions that `worker` offers. What they throw is a TalkingPortraitError. */
export function wrapCalls<T extends Calls<T>>(worker: Worker): T {
  const remote = Comlink.wrap<Answering>(worker);
  return new Proxy({} as T, {
    get: (_, name) =>
      // A promise resolves with the proxy only if it is not taken for another promise.
      name === 'then'
        ? undefined
        : async (...args: unknown[]) => {
            const outcome = (await remote[String(name)]!(...args)) as Outcome;
            if ('error' in outcome) throw errorFromFields(outcome.error);
            return outcome.value;
          },
  });
}
