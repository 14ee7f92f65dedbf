/**
 * @file `talking-portrait/react`: a hook that creates a portrait on a canvas and closes it when the component is unmounted. It survives
 * StrictMode, which mounts every component twice.
 */
import { type RefObject, useEffect, useRef, useState } from 'react';
import { TalkingPortraitError } from '../errors';
import type { Progress } from '../core/progress';
import type { CreateOptions } from '../options/create-options';
import type { Source } from '../options/source';
import { TalkingPortrait } from '../page/talking-portrait';

/** What the hook returns. */
export type UseTalkingPortrait = {
  /** For the `ref` of a canvas. */
  canvasRef: RefObject<HTMLCanvasElement | null>;
  /** The portrait; null until it is set up, and after an error. */
  portrait: TalkingPortrait | null;
  /** Progress of the set-up; null when it is over. */
  progress: Progress | null;
  /** Why there is no portrait, or why a change of the photo failed. */
  error: TalkingPortraitError | null;
};

/** Options of the hook. Only a change of `portrait` is followed; for the others give the component another `key`. */
export type UseTalkingPortraitOptions = Omit<CreateOptions, 'canvas' | 'signal'>;

/**
 * Creates a portrait on the canvas of `canvasRef`.
 *
 * ```tsx
 * const { canvasRef, portrait } = useTalkingPortrait({ portrait: 'me.jpg' });
 * return <><canvas ref={canvasRef} /><button onClick={() => portrait?.speak('hello.mp3')}>Speak</button></>;
 * ```
 */
export function useTalkingPortrait(options: UseTalkingPortraitOptions): UseTalkingPortrait {
  const canvasRef = useRef<HTMLCanvasElement | null>(null);
  const [portrait, setPortrait] = useState<TalkingPortrait | null>(null);
  const [progress, setProgress] = useState<Progress | null>(null);
  const [error, setError] = useState<TalkingPortraitError | null>(null);
  const newest = useRef(options);
  newest.current = options;
  const shown = useRef<Source | undefined>(undefined);
  const { portrait: source } = options;

  useEffect(() => {
    const canvas = canvasRef.current;
    if (!canvas) return undefined;
    const ended = new AbortController();
    const { signal } = ended;
    shown.current = newest.current.portrait;
    setError(null);
    const creation = TalkingPortrait.create({
      ...newest.current,
      canvas,
      signal,
      onProgress: (now) => {
        newest.current.onProgress?.(now);
        if (!signal.aborted) setProgress(now);
      },
    });
    creation.then(
      (made) => {
        if (signal.aborted) return;
        setPortrait(made);
        setProgress(null);
      },
      (cause: unknown) => {
        if (signal.aborted) return;
        setError(asError(cause));
        setProgress(null);
      },
    );
    return () => {
      ended.abort();
      setPortrait(null);
      creation.then((made) => made.close()).catch(() => {}); // What was aborted has nothing to close.
    };
  }, []);

  useEffect(() => {
    if (!portrait || source === undefined || source === shown.current) return undefined;
    const ended = new AbortController();
    const { signal } = ended;
    portrait.setPortrait(source, { signal }).then(
      () => {
        if (signal.aborted) return;
        shown.current = source;
        setError(null);
      },
      (cause: unknown) => {
        if (!signal.aborted) setError(asError(cause));
      },
    );
    return () => ended.abort();
  }, [portrait, source]);

  return { canvasRef, portrait, progress, error };
}

function asError(cause: unknown): TalkingPortraitError {
  return cause instanceof TalkingPortraitError
    ? cause
    : new TalkingPortraitError('worker-failed', String(cause), 'Reload the page.', undefined, { cause });
}
