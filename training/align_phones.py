"""Word and phone alignment of English speech with a known transcript (PocketSphinx and its US English model).

    python training/align_phones.py [--data ../shared/data] [--work training/work] [--limit N]

As a command, it aligns the GRID sentences of s1 and of DATA/faces and writes WORK/grid_phones.tsv with the columns clip,
start_s, end_s and phone (CMU ARPAbet without stress, SIL). The rows of a clip have no gaps between them. As a module, it
provides Aligner.

Source: PocketSphinx (BSD), pip package `pocketsphinx`, which includes the model.
"""
import argparse
import csv
import json
import pathlib
import time

import numpy as np
import pocketsphinx

FRAME_S = 0.01
# The letters of the GRID sentences, in British pronunciation.
GRID_WORDS = {'a': 'letter_a', 'z': 'letter_z'}
EXTRA_WORDS = {'letter_a': 'EY', 'letter_z': 'Z EH D'}


class Aligner:
    def __init__(self):
        self.decoder = pocketsphinx.Decoder(samprate=16000, loglevel='FATAL', bestpath=False, beam=1e-80, wbeam=1e-60, pbeam=1e-80)
        for word, sounds in EXTRA_WORDS.items():
            self.decoder.add_word(word, sounds, True)

    def has_word(self, word):
        return self.decoder.lookup_word(word) is not None

    def add_word(self, word, sounds):
        self.decoder.add_word(word, sounds, True)

    def _run(self, pcm):
        self.decoder.start_utt()
        self.decoder.process_raw(pcm, full_utt=True)
        self.decoder.end_utt()

    def align(self, samples, words):
        """Aligns samples f32 at 16 kHz with a list of dictionary words. Returns [(phone, start_s, end_s)]; ValueError if there is no alignment."""
        pcm = (np.clip(samples, -1, 1) * 32767).astype('<i2').tobytes()
        self.decoder.set_align_text(' '.join(words))
        self._run(pcm)
        if self.decoder.hyp() is None:
            raise ValueError('no alignment found')
        self.decoder.set_alignment()
        self._run(pcm)
        out = []
        for word in self.decoder.get_alignment():
            for phone in word:
                name = 'SIL' if phone.name in ('SIL', '+NSN+', '+SPN+') else phone.name
                out.append((name, phone.start * FRAME_S, (phone.start + phone.duration) * FRAME_S))
        return out


def trim_first_stop(phones, limit_s=0.12):
    """The aligner counts the silence before a stop as part of the stop. Keeps the last limit_s and returns the remainder to the silence."""
    out = []
    for k, (name, a, b) in enumerate(phones):
        before = out[-1][0] if out else 'SIL'
        if name in 'PTKBDG' and before == 'SIL' and b - a > limit_s:
            if out and out[-1][0] == 'SIL':
                out[-1] = ('SIL', out[-1][1], b - limit_s)
            else:
                out.append(('SIL', a, b - limit_s))
            a = b - limit_s
        out.append((name, a, b))
    return out


def words_of_s1(data):
    """{clip: (words, start_s, end_s)} of the GRID speaker s1."""
    rows = {}
    with open(data / 'grid-s1/words.tsv', encoding='utf8') as f:
        for r in csv.DictReader(f, delimiter='\t'):
            if r['word'] not in ('sil', 'sp'):
                rows.setdefault(r['clip'], []).append(r)
    return {clip: ([r['word'] for r in said], float(said[0]['start_s']), float(said[-1]['end_s'])) for clip, said in rows.items()}


def words_of_faces(data):
    """{clip: (words, None, None)} of DATA/faces, where the transcript is known but not its times."""
    manifest = json.loads((data / 'faces/manifest.json').read_text())
    return {e['id']: (e['transcript'].lower().split(), None, None) for e in manifest if e.get('transcript')}


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--data', type=pathlib.Path, default=root / '../shared/data')
    parser.add_argument('--work', type=pathlib.Path, default=root / 'training/work')
    parser.add_argument('--limit', type=int)
    args = parser.parse_args()
    said = {**words_of_s1(args.data), **words_of_faces(args.data)}
    aligner, started, failed, offsets = Aligner(), time.time(), [], []
    rows = []
    for name in ('grid_s1', 'grid_s1_eval', 'grid_faces', 'grid_faces_dev'):
        clips = [str(c) for c in np.load(args.work / f'{name}.npz')['clips']]
        audio = np.load(args.work / f'{name}_audio.npy', mmap_mode='r')
        for i, clip in enumerate(clips[:args.limit]):
            if clip not in said:
                continue
            words, start, end = said[clip]
            try:
                phones = trim_first_stop(aligner.align(audio[i], [GRID_WORDS.get(w, w) for w in words]))
            except (ValueError, RuntimeError) as why:
                failed.append(f'{clip}: {why}')
                continue
            spoken = [p for p in phones if p[0] != 'SIL']
            if start is not None:
                offsets.append((spoken[0][1] - start, spoken[-1][2] - end))
            rows += [(clip, f'{a:.2f}', f'{b:.2f}', p) for p, a, b in phones]
    with open(args.work / 'grid_phones.tsv', 'w', encoding='utf8', newline='') as f:
        w = csv.writer(f, delimiter='\t', lineterminator='\n')
        w.writerow(('clip', 'start_s', 'end_s', 'phone'))
        w.writerows(rows)
    o = 1000 * np.array(offsets)
    print(f'{len({clip for clip, *_ in rows})} clips in {time.time() - started:.0f} s, {len(failed)} failed {failed[:5]}; '
          f'against the corpus labels: start {np.median(o[:, 0]):.0f} ms, end {np.median(o[:, 1]):.0f} ms, '
          f'outliers over 150 ms {np.mean(np.abs(o).max(1) > 150):.1%}')


if __name__ == '__main__':
    main()
