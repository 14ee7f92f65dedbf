/**
 * @file The custom element `<talking-portrait>`: a portrait with buttons, captions, progress and errors. It is a thin layer over
 * `TalkingPortrait`: attributes become options, and the element creates the portrait when it is connected to a document and
 * closes it when it has left.
 */
import { TalkingPortraitError } from '../errors';
import type { TalkingPortraitEvents } from '../events';
import type { CreateOptions, Renderer } from '../options/create-options';
import type { Crop, OutputOptions } from '../options/output';
import { TalkingPortrait } from '../page/talking-portrait';
import type { SpeakOptions, Voice, VoiceEnd, VoiceOptions } from '../page/voice';
import type { SpeakSource } from '../page/voice-sources';
import { ElementView, type ViewState } from './element-view';

const DEFAULT_NAME = 'Talking portrait';
/** Events of the portrait that the element dispatches as `CustomEvent`, with the payload in `detail`. */
const FORWARDED = [
  'ready',
  'progress',
  'state',
  'speechstart',
  'speechend',
  'caption',
  'stats',
  'warning',
  'error',
] as const satisfies (keyof TalkingPortraitEvents)[];
/** Attributes of the picture, which can change while the portrait runs. */
const OUTPUT_ATTRIBUTES = ['width', 'height', 'background', 'crop', 'mirror'];
/** Attributes that need another portrait worker. */
const SETUP_ATTRIBUTES = ['renderer', 'model-base-url', 'worker-url', 'worklet-url'];

/** A server that renders pages has no HTMLElement; there the element is only a name. */
const ElementBase = globalThis.HTMLElement ?? (Object as unknown as typeof HTMLElement);

/**
 * `<talking-portrait src="me.jpg" voice="hello.mp3" controls captions></talking-portrait>`
 *
 * | attribute | meaning |
 * |---|---|
 * | `src` | the photo, or a file of `savePortrait` |
 * | `voice` | the sound that the play button speaks |
 * | `controls` | shows buttons for the voice and the microphone |
 * | `captions` | shows the words of `caption` events |
 * | `alt` | what the picture shows, for screen readers |
 * | `width`, `height`, `background`, `crop`, `mirror` | as in `OutputOptions` |
 * | `renderer`, `model-base-url`, `worker-url`, `worklet-url` | as in `CreateOptions` |
 *
 * It dispatches the events of `TalkingPortrait` as `CustomEvent` with the payload in `detail`. They do not bubble.
 */
export class TalkingPortraitElement extends ElementBase {
  /** Attributes whose changes the element follows. */
  static readonly observedAttributes: readonly string[] = [
    'src',
    'voice',
    'controls',
    'captions',
    'alt',
    ...OUTPUT_ATTRIBUTES,
    ...SETUP_ATTRIBUTES,
  ];

  /** Options without an attribute, such as `controls` or `logger`. To be set before the element is connected. */
  options: Omit<CreateOptions, 'canvas' | 'portrait' | 'output' | 'signal'> = {};

  readonly #view: ElementView;
  /** The set-up, or the portrait that it has made; undefined while the element is not connected. */
  #portrait: Promise<TalkingPortrait> | undefined;
  /** Aborted when the element has left its document, or is set up again. */
  #connection = new AbortController();
  #driver: ViewState['driver'] = 'nothing';
  #voice: Voice | undefined;
  #isReady = false;

  /** As `document.createElement('talking-portrait')` does. */
  constructor() {
    super();
    this.#view = new ElementView(this.attachShadow({ mode: 'open' }), {
      onPlay: () => void this.#togglePlay(),
      onMicrophone: () => void this.#toggleMicrophone(),
      onRetry: () => this.#connect(),
    });
  }

  /** The portrait, once it is set up. @throws TalkingPortraitError as `TalkingPortrait.create`; `closed` while the element is in no document */
  get portrait(): Promise<TalkingPortrait> {
    return this.#portrait ?? Promise.reject(notConnected());
  }

  /** Speaks as soon as the portrait is set up. Resolves when the voice is over. @throws as `portrait` and `TalkingPortrait.speak` */
  async speak(source: SpeakSource, options: SpeakOptions = {}): Promise<VoiceEnd> {
    const portrait = await this.portrait;
    return this.#drive('voice', portrait.speak(source, options));
  }

  /** Follows a live voice. Resolves when it is over. @throws as `portrait` and `TalkingPortrait.listen` */
  async listen(source: MediaStream | 'microphone' = 'microphone', options: VoiceOptions = {}): Promise<VoiceEnd> {
    const portrait = await this.portrait;
    return this.#drive('microphone', portrait.listen(source, options));
  }

  /** Ends the voice. */
  async stop(): Promise<void> {
    await this.#voice?.stop();
  }

  /** Called by the browser. */
  connectedCallback(): void {
    if (!this.#portrait) this.#connect();
  }

  /** Called by the browser. An element that is only moved stays alive. */
  disconnectedCallback(): void {
    queueMicrotask(() => {
      if (!this.isConnected) this.#disconnect();
    });
  }

  /** Called by the browser. */
  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now) return;
    if (name === 'alt') this.#view.setName(this.#name);
    if (name === 'captions' && now === null) this.#view.showCaption('');
    this.#showState();
    if (!this.#portrait) return;
    if (SETUP_ATTRIBUTES.includes(name)) this.#connect();
    else if (name === 'src') void this.#change((portrait) => portrait.setPortrait(this.getAttribute('src') ?? ''));
    else if (OUTPUT_ATTRIBUTES.includes(name)) void this.#change((portrait) => portrait.setOutput(this.#output()));
  }

  get #name(): string {
    return this.getAttribute('alt') ?? DEFAULT_NAME;
  }

  #connect(): void {
    this.#disconnect();
    this.#connection = new AbortController();
    const { signal } = this.#connection;
    this.#view.showError(undefined);
    this.#view.showProgress({ stage: 'models', fraction: 0 });
    this.#portrait = this.#create(signal);
    this.#portrait.then(
      () => {
        if (signal.aborted) return;
        this.#isReady = true;
        this.#view.showProgress(undefined);
        this.#showState();
      },
      (error: unknown) => {
        if (signal.aborted) return;
        this.#view.showProgress(undefined);
        this.#fail(error);
      },
    );
    this.#showState();
  }

  async #create(signal: AbortSignal): Promise<TalkingPortrait> {
    const attribute = (name: string): string | undefined => this.getAttribute(name) ?? undefined;
    const [src, modelBaseUrl] = [attribute('src'), attribute('model-base-url')];
    const [workerUrl, workletUrl] = [attribute('worker-url'), attribute('worklet-url')];
    const renderer = attribute('renderer') as Renderer | undefined;
    return TalkingPortrait.create({
      ...(renderer !== undefined && { renderer }),
      ...(modelBaseUrl !== undefined && { modelBaseUrl }),
      ...(workerUrl !== undefined && { workerUrl }),
      ...(workletUrl !== undefined && { workletUrl }),
      ...this.options,
      canvas: this.#view.newCanvas(this.#name),
      ...(src !== undefined && { portrait: src }),
      output: this.#output(),
      signal,
      events: this.#listeners(signal),
      onProgress: (progress) => {
        this.options.onProgress?.(progress);
        if (!signal.aborted) this.#view.showProgress(progress);
      },
    });
  }

  /** Listeners that forward the events, and show captions. */
  #listeners(signal: AbortSignal): NonNullable<CreateOptions['events']> {
    const forward = Object.fromEntries(
      FORWARDED.map((name) => [
        name,
        (detail: unknown) => {
          if (signal.aborted) return;
          if (name === 'caption' && this.hasAttribute('captions'))
            this.#view.showCaption((detail as TalkingPortraitEvents['caption']).text);
          if (name === 'error') this.#view.showError(detail as TalkingPortraitError);
          this.dispatchEvent(new CustomEvent(name, { detail }));
        },
      ]),
    ) as NonNullable<CreateOptions['events']>;
    const own = this.options.events ?? {};
    return Object.fromEntries(
      [...new Set([...Object.keys(forward), ...Object.keys(own)])].map((name) => {
        const key = name as keyof TalkingPortraitEvents;
        const listeners = [own[key], forward[key]] as (((payload: unknown) => void) | undefined)[];
        return [name, (payload: unknown) => listeners.forEach((listener) => listener?.(payload))];
      }),
    );
  }

  #disconnect(): void {
    this.#connection.abort();
    const closing = this.#portrait;
    this.#portrait = undefined;
    this.#isReady = false;
    this.#driver = 'nothing';
    this.#voice = undefined;
    this.#view.showCaption('');
    closing?.then((portrait) => portrait.close()).catch(() => {}); // A set-up that was aborted has nothing to close.
    this.#showState();
  }

  async #change(work: (portrait: TalkingPortrait) => Promise<void>): Promise<void> {
    const { signal } = this.#connection;
    try {
      await work(await this.portrait);
      if (!signal.aborted) this.#view.showError(undefined);
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    } finally {
      if (!signal.aborted) this.#view.showProgress(undefined);
    }
  }

  async #togglePlay(): Promise<void> {
    if (this.#driver === 'voice') return this.stop();
    const voice = this.getAttribute('voice');
    if (voice) await this.speak(voice).catch((error: unknown) => this.#fail(error));
  }

  async #toggleMicrophone(): Promise<void> {
    if (this.#driver === 'microphone') return this.stop();
    await this.listen().catch((error: unknown) => this.#fail(error));
  }

  async #drive(driver: 'voice' | 'microphone', voice: Voice): Promise<VoiceEnd> {
    this.#voice = voice;
    this.#driver = driver;
    this.#view.showError(undefined);
    this.#showState();
    try {
      return await voice;
    } finally {
      if (this.#voice === voice) {
        this.#voice = undefined;
        this.#driver = 'nothing';
        this.#view.showCaption('');
        this.#showState();
      }
    }
  }

  #showState(): void {
    this.#view.showState({
      showsControls: this.hasAttribute('controls'),
      hasVoice: this.hasAttribute('voice'),
      driver: this.#driver,
      isReady: this.#isReady,
    });
  }

  #fail(error: unknown): void {
    const shown =
      error instanceof TalkingPortraitError
        ? error
        : new TalkingPortraitError('worker-failed', String(error), 'Reload the page.', undefined, { cause: error });
    if (shown.code === 'aborted' || shown.code === 'closed') return;
    this.#view.showError(shown);
    this.dispatchEvent(new CustomEvent('error', { detail: shown }));
  }

  #output(): OutputOptions {
    const [width, height] = ['width', 'height'].map((name) => this.getAttribute(name));
    return {
      ...(width && { width: Number(width) }),
      ...(height && { height: Number(height) }),
      background: this.getAttribute('background') ?? 'photo',
      crop: (this.getAttribute('crop') ?? 'photo') as Crop,
      mirror: this.hasAttribute('mirror'),
    };
  }
}

function notConnected(): TalkingPortraitError {
  return new TalkingPortraitError('closed', 'The element is in no document.', 'Add it to the page first.');
}
