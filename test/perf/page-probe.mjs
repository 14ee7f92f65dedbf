/**
 * @file Measures in the page itself, independently of the library's figures: loudness of the microphone stream and
 * brightness of the mouth on the canvas, 20 times a second. Reading the canvas takes time, so it does not run while
 * speed is measured.
 *
 * Runs in the page (`page.addInitScript`), so it imports nothing.
 */

/** @typedef {{ time: number, loudness: number, mouth: number }} Probe `time` ms, loudness RMS, mouth 0 ... 255 */

/** Installs `startProbe` and `stopProbe` in the page. */
export function installProbe() {
  /** @type {AnalyserNode | undefined} */
  let analyser;
  const devices = navigator.mediaDevices;
  const open = devices?.getUserMedia.bind(devices);
  if (!devices || !open) return;
  devices.getUserMedia = async (constraints) => {
    const stream = await open(constraints);
    if (constraints?.audio) {
      const context = new AudioContext();
      analyser = new AnalyserNode(context, { fftSize: 1024 });
      new MediaStreamAudioSourceNode(context, { mediaStream: stream }).connect(analyser);
    }
    return stream;
  };

  const PERIOD_MS = 50;
  const SIZE = 16;
  const small = new OffscreenCanvas(SIZE, SIZE).getContext('2d', { willReadFrequently: true });
  const samples = new Float32Array(1024);
  /** @type {Probe[]} */
  let probes = [];
  let timer = 0;

  const probe = () => {
    const canvas = document.querySelector('#stage canvas');
    if (!(canvas instanceof HTMLCanvasElement) || !analyser || !small) return;
    analyser.getFloatTimeDomainData(samples);
    const loudness = Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
    // Where the mouth is in a portrait of the demo: the middle of the lower half of the face.
    const { width, height } = canvas;
    small.drawImage(canvas, width * 0.4, height * 0.48, width * 0.2, height * 0.14, 0, 0, SIZE, SIZE);
    const { data } = small.getImageData(0, 0, SIZE, SIZE);
    let mouth = 0;
    for (let i = 0; i < data.length; i += 4) mouth += (data[i] ?? 0) + (data[i + 1] ?? 0) + (data[i + 2] ?? 0);
    probes.push({ time: performance.now(), loudness, mouth: mouth / (3 * SIZE * SIZE) });
  };

  Object.assign(globalThis, {
    startProbe: () => {
      probes = [];
      timer = window.setInterval(probe, PERIOD_MS);
    },
    stopProbe: () => {
      clearInterval(timer);
      return probes;
    },
  });
}
