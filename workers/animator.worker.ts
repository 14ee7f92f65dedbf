/** @file Composition root of the animator worker: one animator, driven live. */
import { closedError } from '../src/core/closed-error';
import { Logger } from '../src/core/logger';
import { Animator } from '../src/pipeline/animator';
import { LiveSession } from '../src/pipeline/live-session';
import { PictureSender } from '../src/pipeline/picture-sender';
import { type AnimatorApi, type AnimatorEvent, errorFields, exposeCalls } from '../src/protocol';

/** A device that is lost more often is probably lost for good. */
const RECOVERIES_PER_MINUTE = 2;

let animator: Animator | undefined;
let session: LiveSession | undefined;
/** Aborts the newest change of portrait; the page makes one at a time. */
let portraitChange: AbortController | undefined;

function opened(): { animator: Animator; session: LiveSession } {
  if (!animator || !session) throw closedError();
  return { animator, session };
}

const api: AnimatorApi = {
  async open(options, events) {
    const post = (event: AnimatorEvent): void => events.postMessage(event);
    const pictures = new PictureSender((picture) => events.postMessage({ kind: 'picture', picture }, [picture]));
    events.onmessage = () => pictures.shown();
    const log = new Logger((entry) => post({ kind: 'log', entry }), options.logLevel, 'animator');
    animator = await Animator.create(options, {
      pictures,
      onProgress: (progress) => post({ kind: 'progress', progress }),
      onWarning: (text) => post({ kind: 'warning', text }),
      onDevice: (lost) => {
        session?.sync();
        post({ kind: 'device', lost });
      },
      onError: (error) => {
        session?.sync(); // The device may be lost for good.
        post({ kind: 'error', error: errorFields(error) });
      },
      log,
      recoveriesPerMinute: RECOVERIES_PER_MINUTE,
    });
    session = new LiveSession(animator, post, log);
  },

  async prepareAnalysis() {
    await opened().animator.prepareAnalysis();
  },

  async savePortrait() {
    return opened().animator.savePortrait();
  },

  async setOutput(output) {
    await opened().animator.setOutput(output);
  },

  async setPortrait(image) {
    const { animator: shown, session: live } = opened();
    portraitChange = new AbortController();
    await shown.setPortrait(image, portraitChange.signal);
    live.sync();
  },

  async abortPortrait() {
    portraitChange?.abort();
  },

  async listen(pcm) {
    opened().session.listen(pcm);
  },

  async speak(messages, sampleRate) {
    await opened().session.speak(messages, sampleRate);
  },

  async setControls(controls) {
    opened().animator.setControls(controls);
  },

  async setState(state) {
    opened().session.setSilentState(state);
  },

  async stop() {
    opened().session.stop();
  },

  async ping() {},

  async close() {
    const [closing, live] = [animator, session];
    animator = undefined;
    session = undefined;
    live?.close();
    await closing?.close();
  },
};

exposeCalls(api);
