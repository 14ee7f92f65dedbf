/**
 * @file The page that the command line opens in headless Chrome. It fetches the inputs from the local server, renders
 * or analyses, and posts the results back in pieces.
 */
import { TalkingPortrait, TalkingPortraitError } from '../../src/index';
import { type MotionTrack, type RenderVideoOptions, renderVideo } from '../../src/recorder';

/** A video to render. */
export type RenderJob = Required<
  Pick<RenderVideoOptions, 'fps' | 'seed' | 'renderer' | 'backend' | 'container' | 'markAsSynthetic'>
> &
  Pick<RenderVideoOptions, 'controls' | 'size' | 'output'> & {
    wantFrames: boolean;
    /** Whether the input 'background' is a picture to draw behind the person. */
    hasBackground?: boolean;
  };

/** What the page is to do: render a video, or analyse the input 'portrait'. */
export type PageRequest = RenderJob | 'analyse';

/** The error of a job; null if all results have been posted. */
type JobFailure = { code: string; message: string } | null;

/** Functions that the command line exposes to the page. */
declare global {
  function reportProgress(stage: string, fraction: number): void;
  function reportWarning(text: string): void;
}

/** Results are posted in pieces of this size, which keeps requests small and their number low. */
const PIECE_BYTES = 8 << 20;

async function post(name: string, body: Blob): Promise<void> {
  for (let start = 0; start < body.size; start += PIECE_BYTES) {
    const piece = body.slice(start, start + PIECE_BYTES);
    const response = await fetch(`output/${name}`, { method: 'POST', body: piece });
    if (!response.ok) throw new Error(`${name} could not be written: ${await response.text()}`);
  }
}

/** JSON with one line per frame: compact, but readable. */
function motionJson({ fps, frames }: MotionTrack): Blob {
  const lines = frames.map((frame) => JSON.stringify(frame)).join(',\n');
  return new Blob([`{"fps":${fps},"frames":[\n${lines}\n]}\n`]);
}

async function fetchInput(name: string): Promise<Blob> {
  return (await fetch(`input/${name}`)).blob();
}

async function render({ wantFrames, hasBackground, ...options }: RenderJob): Promise<void> {
  const [portrait, audio] = await Promise.all([fetchInput('portrait'), fetchInput('audio')]);
  const output = hasBackground
    ? { ...options.output, background: { image: await fetchInput('background') } }
    : options.output;
  const { video, motion, stats } = await renderVideo({
    ...options,
    ...(output && { output }),
    portrait,
    audio,
    onProgress: ({ stage, fraction }) => reportProgress(stage, fraction),
    onWarning: (text) => reportWarning(text),
    ...(wantFrames && {
      onFrame: ({ index, png }) => post(`frames/${String(index).padStart(6, '0')}.png`, png),
    }),
  });
  await post('motion', motionJson(motion));
  await post('stats', new Blob([`${JSON.stringify(stats, undefined, 2)}\n`]));
  await post('video', video);
}

async function analyse(): Promise<void> {
  const portrait = await TalkingPortrait.create({
    canvas: document.createElement('canvas'),
    onProgress: ({ stage, fraction }) => reportProgress(stage, fraction),
  });
  try {
    portrait.on('warning', (text) => reportWarning(text));
    await portrait.setPortrait(await fetchInput('portrait'));
    await post('portrait', await portrait.savePortrait());
  } finally {
    await portrait.close();
  }
}

async function runJob(request: PageRequest): Promise<JobFailure> {
  try {
    await (request === 'analyse' ? analyse() : render(request));
    return null;
  } catch (error) {
    if (error instanceof TalkingPortraitError) return { code: error.code, message: error.message };
    return { code: 'unknown', message: String(error) };
  }
}

Object.assign(globalThis, { runJob });
