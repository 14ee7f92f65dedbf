/** @file Composition root of the worker: one animator, driven live or offline. */
import * as Comlink from 'comlink';

import { Animator } from '../src/pipeline/animator';
import { LiveSession } from '../src/pipeline/live-session';
import { type AnimatorApi, type AnimatorEvent, carryErrors, errorFields } from '../src/protocol';
import { TalkingPortraitError } from '../src/errors';
import { becomeOnnxThread } from '../src/weights/onnx-thread';

let animator: Animator | undefined;
let session: LiveSession | undefined;

function opened(): { animator: Animator; session: LiveSession } {
  if (!animator || !session) throw new TalkingPortraitError('closed', 'The portrait is closed.', 'Create a new one.');
  return { animator, session };
}

const api: AnimatorApi = {
  async open(canvas, options, events) {
    const post = (event: AnimatorEvent): void => events.postMessage(event);
    animator = await Animator.create(canvas, options, {
      onProgress: (progress) => post({ kind: 'progress', progress }),
      onWarning: (text) => post({ kind: 'warning', text }),
      onDevice: (lost) => post({ kind: 'device', lost }),
      onError: (error) => post({ kind: 'error', error: errorFields(error) }),
    });
    session = new LiveSession(animator, post);
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
    const now = opened();
    const first = !now.animator.pipeline.hasPortrait;
    await now.animator.setPortrait(image);
    if (first) now.session.rest();
  },

  async listen(pcm) {
    opened().session.listen(pcm);
  },

  async speak(pcm, heardAtEpochMs) {
    opened().session.speak(pcm, heardAtEpochMs);
  },

  async setControls(controls) {
    opened().animator.setControls(controls);
  },

  async setState(state) {
    opened().session.setRest(state);
  },

  async stop() {
    opened().session.stop();
  },

  async close() {
    session?.close();
    await animator?.close();
    animator = undefined;
    session = undefined;
  },
};

if (!becomeOnnxThread()) {
  carryErrors();
  Comlink.expose(api);
}
