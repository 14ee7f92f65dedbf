/**
 * @file Runs in a page of Chrome: wawa-lipsync on an offline audio context, timed by the sound instead of by the wall
 * clock.
 */

/**
 * @param {string} source of the library's module
 * @param {string} pcm f32 samples, base64
 * @param {number} rate Hz
 * @param {number} displayRate pictures per second
 * @returns {Promise<string[]>} the viseme of every picture
 */
async function wawaVisemes(source, pcm, rate, displayRate) {
  const samples = new Float32Array(Uint8Array.from(atob(pcm), (letter) => letter.charCodeAt(0)).buffer);
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const { Lipsync } = await import(url);
  const context = new OfflineAudioContext(1, samples.length, rate);
  const AudioContext = function () {
    return context;
  };
  Object.assign(globalThis, { AudioContext });
  let now = 0;
  performance.now = () => now;
  const lipsync = new Lipsync();
  const buffer = context.createBuffer(1, samples.length, rate);
  buffer.copyToChannel(samples, 0);
  const player = context.createBufferSource();
  player.buffer = buffer;
  player.connect(lipsync.analyser).connect(context.destination);
  player.start();
  /** @type {string[]} */
  const visemes = [];
  for (let picture = 1; picture / displayRate < buffer.duration; picture++) {
    void context.suspend(picture / displayRate).then(() => {
      now = (1000 * picture) / displayRate;
      lipsync.processAudio();
      visemes.push(lipsync.viseme);
      return context.resume();
    });
  }
  await context.startRendering();
  return visemes;
}
Object.assign(globalThis, { wawaVisemes });
