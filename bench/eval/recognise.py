"""Gives phones to the clips of a manifest that have none, with the phone recogniser `hama` (PyPI, Apache-2.0).

    python bench/eval/recognise.py MANIFEST FOLDER       (writes FOLDER/manifest.json and FOLDER/phones/*.json)
    python bench/eval/recognise.py MANIFEST --calibrate  (delay of its times behind the forced phones of the manifest)

Clips with phones stay as they are. The new ones are marked `"phones_kind": "recognised"`. Of the forced phones of GRID it
finds three of four, so closures that are judged by recognised phones are judged more harshly than by forced ones. Its times
are late by LATE_S (--calibrate), which is subtracted. Its spans last until the next phone; the end of a long one is a pause.
"""
import difflib
import json
import pathlib
import subprocess
import sys

import numpy as np

RATE = 16000
LATE_S = 0.07
LONGEST_S = 0.22
ARPABET = {
    'ɑ': 'AA', 'æ': 'AE', 'ʌ': 'AH', 'ə': 'AH', 'ɐ': 'AH', 'ɔ': 'AO', 'ɒ': 'AO', 'aʊ': 'AW', 'aɪ': 'AY', 'b': 'B', 't͡ʃ': 'CH', 'd': 'D',
    'ð': 'DH', 'ɛ': 'EH', 'e': 'EH', 'eə': 'EH', 'ɪə': 'IH', 'a': 'AA', 'ɝ': 'ER', 'ɚ': 'ER', 'ɜ': 'ER', 'eɪ': 'EY', 'f': 'F', 'g': 'G', 'ɡ': 'G', 'h': 'HH', 'ɪ': 'IH', 'i': 'IY',
    'd͡ʒ': 'JH', 'k': 'K', 'l': 'L', 'ɫ': 'L', 'm': 'M', 'n': 'N', 'ŋ': 'NG', 'oʊ': 'OW', 'o': 'OW', 'ɔɪ': 'OY', 'p': 'P', 'ɹ': 'R', 'r': 'R', 's': 'S',
    'ʃ': 'SH', 't': 'T', 'ɾ': 'T', 'θ': 'TH', 'ʊ': 'UH', 'u': 'UW', 'v': 'V', 'w': 'W', 'j': 'Y', 'z': 'Z', 'ʒ': 'ZH',
}


def read_audio(path):
    raw = subprocess.run(['ffmpeg', '-v', 'error', '-i', path, '-ac', '1', '-ar', str(RATE), '-f', 's16le', '-'],
                         capture_output=True, check=True).stdout
    return np.frombuffer(raw, '<i2').astype(np.float32) / 32768


def recognise(model, samples):
    """[(ARPAbet, start_s, end_s)] as the recogniser times them; what it has no ARPAbet for is left out."""
    spans = model.phoneme_spans(model.transcribe_waveform(samples, RATE))
    return [(ARPABET[s.phoneme], s.start_ms / 1000, s.end_ms / 1000) for s in spans if s.phoneme in ARPABET]


def in_time(spans, duration):
    """Spans without gaps from 0 to duration: the delay removed, long ones cut, pauses between."""
    out, at = [], 0.0
    for name, start, end in spans:
        start = max(at, start - LATE_S)
        end = min(max(start, end - LATE_S), start + LONGEST_S, duration)
        if end <= start:
            continue
        if start > at:
            out.append(('SIL', at, start))
        out.append((name, start, end))
        at = end
    if at < duration:
        out.append(('SIL', at, duration))
    return [(name, round(a, 3), round(b, 3)) for name, a, b in out]


def calibrate(model, folder, entries):
    """Prints the delay of the starts of phones that both name alike, in ms."""
    late, found, named = [], 0, 0
    for e in entries:
        if not e.get('phones') or e.get('phones_kind') == 'recognised':
            continue
        forced = [p for p in json.loads((folder / e['phones']).read_text())['phones'] if p[0].upper() not in ('SIL', '<SIL>')]
        heard = recognise(model, read_audio(str(folder / e['audio'])))
        names = [p[0].rstrip('012') for p in forced]
        blocks = difflib.SequenceMatcher(None, names, [p[0] for p in heard], autojunk=False).get_matching_blocks()
        for block in blocks:
            late += [1000 * (heard[block.b + k][1] - forced[block.a + k][1]) for k in range(block.size) if block.a + k > 0]
        found += sum(block.size for block in blocks)
        named += len(names)
    q = np.percentile(late, [10, 50, 90])
    print(f'{len(late)} starts, late by {q[1]:.0f} ms (10 to 90 %: {q[0]:.0f} to {q[2]:.0f}); {found / named:.2f} of the forced phones found')


def main():
    from hama.asr import ASRModel
    manifest, model = pathlib.Path(sys.argv[1]).resolve(), ASRModel()
    entries = json.loads(manifest.read_text())
    if sys.argv[2] == '--calibrate':
        return calibrate(model, manifest.parent, entries)
    out = pathlib.Path(sys.argv[2]).resolve()
    (out / 'phones').mkdir(parents=True, exist_ok=True)
    for e in entries:
        for key in ('audio', 'video', 'real', 'phones'):
            if e.get(key):
                e[key] = str((manifest.parent / e[key]).resolve())
        if e.get('phones'):
            continue
        samples = read_audio(e.get('audio') or e['video'])
        path = out / 'phones' / (str(e['id']).replace('/', '_') + '.json')
        path.write_text(json.dumps({'phones': in_time(recognise(model, samples), len(samples) / RATE)}))
        e.update(phones=str(path), phones_kind='recognised')
    (out / 'manifest.json').write_text(json.dumps(entries, indent=1))


if __name__ == '__main__':
    main()
