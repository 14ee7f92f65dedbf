/** @file What every bundler builds: options come in the query as JSON, and `outcome` tells the test how it ended. */
// @ts-nocheck -- plain JavaScript of a user
import { TalkingPortrait } from 'talking-portrait';

const options = JSON.parse(new URLSearchParams(location.search).get('options') ?? '{}');

globalThis.start = async () => {
  globalThis.outcome = undefined;
  const canvas = document.body.appendChild(document.createElement('canvas'));
  try {
    const portrait = await TalkingPortrait.create({ canvas, size: 64, portrait: '/face.portrait', ...options });
    globalThis.savePortrait = () => portrait.savePortrait();
    globalThis.close = () => portrait.close();
    globalThis.outcome = { code: 'ready', message: '' };
  } catch (error) {
    globalThis.outcome = { code: error.code, message: error.message };
  }
};
globalThis.start();
