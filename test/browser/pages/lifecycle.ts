/** @file The page of lifecycle.test.ts: one canvas, on which portraits are created, closed, lose their worker and come back. */
import { type CreateOptions, TalkingPortrait, TalkingPortraitError } from '../../../src/index';

const PHOTO = '/demo/portraits/eileen-collins.jpg';
const OTHER_PHOTO = '/demo/portraits/grace-hopper.jpg';
const SIDE = 64;
const canvas = document.querySelector<HTMLCanvasElement>('#shown')!;

/** Workers that have been started, oldest first. */
const workers: Worker[] = [];
const Native = Worker;
globalThis.Worker = class extends Native {
  constructor(...args: ConstructorParameters<typeof Worker>) {
    super(...args);
    workers.push(this);
  }
};

/** The analysed portrait, so that later ones are there sooner. */
let saved: Blob | undefined;
const create = (options: Partial<CreateOptions> = {}): Promise<TalkingPortrait> =>
  TalkingPortrait.create({ canvas, portrait: saved ?? PHOTO, size: SIDE, modelBaseUrl: '/models/', ...options });

/** How a call ended. */
const outcome = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'ok',
    (error: unknown) => (error instanceof TalkingPortraitError ? error.code : String(error)),
  );

/** The pixels of the canvas as a number that changes when they change; 0 when it is empty. */
function picture(): number {
  const context = new OffscreenCanvas(SIDE, SIDE).getContext('2d', { willReadFrequently: true })!;
  context.drawImage(canvas, 0, 0);
  return context.getImageData(0, 0, SIDE, SIDE).data.reduce((sum, value, i) => (sum * 31 + value * (i + 1)) % 1e9, 0);
}

/** Resolves when the picture has changed. */
async function untilPictureChanges(): Promise<void> {
  const before = picture();
  while (picture() === before || picture() === 0) await new Promise((resolve) => setTimeout(resolve, 50));
}

const lifecyclePage = {
  /** A canvas serves a portrait after a failure, an abortion, and a portrait that was closed; also two at once. */
  async reuse(): Promise<string[]> {
    const outcomes: string[] = [];
    outcomes.push(await outcome(create({ portrait: new Blob(['no picture']) })));
    const controller = new AbortController();
    const abandoned = outcome(create({ signal: controller.signal })); // As React's StrictMode does.
    controller.abort();
    const portrait = await create();
    saved = await portrait.savePortrait();
    outcomes.push(await abandoned);
    await untilPictureChanges();
    await portrait.close();
    const [first, second] = await Promise.all([create(), create()]);
    await untilPictureChanges();
    await first.close();
    await untilPictureChanges();
    await second.close();
    return outcomes;
  },

  /** Events that happen during or after the set-up. */
  async events(): Promise<string[]> {
    const heard: string[] = [];
    const portrait = await create({
      events: { ready: () => heard.push('from the start'), state: (state) => heard.push(state) },
    });
    portrait.on('ready', () => heard.push('afterwards'));
    portrait.on('ready', () => {
      throw new Error('a listener that fails, on purpose');
    });
    await new Promise((resolve) => setTimeout(resolve, 0));
    await portrait.close();
    return heard;
  },

  /** Calls that are pending when the portrait is closed, and calls after it. */
  async close(): Promise<string[]> {
    const portrait = await create();
    const controller = new AbortController();
    const aborted = outcome(portrait.setPortrait(OTHER_PHOTO, { signal: controller.signal }));
    setTimeout(() => controller.abort(), 300); // In the middle of the analysis.
    const outcomes = [await aborted];
    await portrait.setOutput({}); // Waits behind it in the worker.
    const kept = await portrait.savePortrait();
    if (kept.size !== saved!.size) outcomes.push('another portrait is shown');
    const pending = [
      outcome(portrait.setPortrait(PHOTO)),
      outcome(portrait.setOutput({ width: 100.4 })),
      outcome(portrait.savePortrait()),
      outcome(portrait.setControls({ mouthAmplitude: 1 })),
    ];
    await new Promise((resolve) => setTimeout(resolve, 20));
    const closed = portrait.close();
    outcomes.push(...(await Promise.all(pending)));
    await closed;
    outcomes.push(await outcome(portrait.setState('idle')), await outcome(portrait.close()));
    return outcomes;
  },

  /** The worker dies while a call is pending, and again and again. */
  async death(): Promise<{ outcomes: string[]; events: string[]; width: number }> {
    const events: string[] = [];
    const portrait = await create({
      events: { warning: (text) => events.push(text), error: ({ code }) => events.push(code) },
    });
    await portrait.setOutput({ width: 80 });
    const outcomes: string[] = [];
    const kill = (): void => {
      const worker = workers.at(-1)!;
      worker.terminate();
      worker.dispatchEvent(new ErrorEvent('error', { message: 'killed' }));
    };
    for (let death = 1; death <= 2; death++) {
      const pending = outcome(portrait.savePortrait());
      await new Promise((resolve) => setTimeout(resolve, 0));
      kill();
      outcomes.push(await pending, await outcome(portrait.savePortrait()));
      await untilPictureChanges();
    }
    const { width } = canvas;
    kill();
    outcomes.push(await outcome(portrait.savePortrait()));
    await portrait.close();
    return { outcomes, events, width };
  },

  /** What a canvas with another use is answered. */
  async takenCanvas(): Promise<string> {
    const taken = document.querySelector<HTMLCanvasElement>('#taken')!;
    taken.getContext('2d');
    return outcome(create({ canvas: taken }));
  },

  /** Pictures of what is shown, and the stream of them. */
  async snapshot(): Promise<{ type: string; width: number; after: string; tracks: string[] }> {
    const portrait = await create({ output: { width: 96, height: 64 } });
    const file = await portrait.snapshot();
    const { width } = await createImageBitmap(file);
    const tracks = (await portrait.captureStream({ audio: true })).getTracks();
    const live = tracks.map(({ kind, readyState }) => `${kind} ${readyState}`);
    await portrait.close();
    const ended = tracks.map(({ kind, readyState }) => `${kind} ${readyState}`);
    return { type: file.type, width, after: await outcome(portrait.snapshot()), tracks: [...live, ...ended] };
  },
};

/** For lifecycle.test.ts. */
export type LifecyclePage = typeof lifecyclePage;
Object.assign(globalThis, { lifecyclePage });
