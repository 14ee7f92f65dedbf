"""Phones as articulatory features: one description for ARPAbet and IPA, so that all languages share one teacher.

A phone is a row of FEATURES, each 0 ... 1, which describe lips, jaw and tongue. Diphthongs, affricates and syllabic
sequences consist of two phones; `split` divides their time.
Height and frontness follow the IPA chart (IPA Handbook, 1999).
"""
import re
import unicodedata

import numpy as np

FEATURES = ('silence', 'vowel', 'bilabial', 'labiodental', 'lip_round', 'open', 'front', 'dental', 'alveolar', 'postalveolar',
            'palatal', 'velar', 'glottal', 'stop', 'fricative', 'nasal', 'approximant', 'lateral', 'rhotic', 'voiced',
            'long')
_INDEX = {name: i for i, name in enumerate(FEATURES)}


def _row(**values):
    row = np.zeros(len(FEATURES), np.float32)
    for name, value in values.items():
        row[_INDEX[name]] = value
    return row


def _consonant(place, manner, voiced=0, **more):
    return _row(**{place: 1, manner: 1}, voiced=voiced, **more)


def _vowel(open_, front, rounded=0.0, long_=0.0, rhotic=0.0):
    return _row(vowel=1, voiced=1, open=open_, front=front, lip_round=rounded, long=long_, rhotic=rhotic)


SILENCE = _row(silence=1)
# Simple phones by IPA symbol. Vowels: openness (i 0 ... a 1), frontness (i 1 ... u 0), rounding.
IPA = {
    'p': _consonant('bilabial', 'stop'), 'b': _consonant('bilabial', 'stop', 1), 'm': _consonant('bilabial', 'nasal', 1),
    'ɱ': _consonant('labiodental', 'nasal', 1), 'f': _consonant('labiodental', 'fricative'), 'v': _consonant('labiodental', 'fricative', 1),
    'ʋ': _consonant('labiodental', 'approximant', 1),
    'ɸ': _row(bilabial=0.5, fricative=1), 'β': _row(bilabial=0.5, fricative=1, voiced=1),
    'θ': _consonant('dental', 'fricative'), 'ð': _consonant('dental', 'fricative', 1),
    't': _consonant('alveolar', 'stop'), 'd': _consonant('alveolar', 'stop', 1), 'n': _consonant('alveolar', 'nasal', 1),
    's': _consonant('alveolar', 'fricative'), 'z': _consonant('alveolar', 'fricative', 1),
    'l': _consonant('alveolar', 'lateral', 1, approximant=1), 'ɫ': _consonant('alveolar', 'lateral', 1, approximant=1, velar=0.5),
    'ɬ': _consonant('alveolar', 'lateral', 0, fricative=1), 'ɾ': _consonant('alveolar', 'stop', 1), 'r': _consonant('alveolar', 'rhotic', 1),
    'ɹ': _consonant('alveolar', 'rhotic', 1, approximant=1, lip_round=0.4), 'ɻ': _consonant('postalveolar', 'rhotic', 1, approximant=1, lip_round=0.3),
    'ʃ': _consonant('postalveolar', 'fricative', lip_round=0.6), 'ʒ': _consonant('postalveolar', 'fricative', 1, lip_round=0.6),
    'ʂ': _consonant('postalveolar', 'fricative', lip_round=0.4), 'ʐ': _consonant('postalveolar', 'fricative', 1, lip_round=0.4),
    'ɕ': _consonant('palatal', 'fricative'), 'ʑ': _consonant('palatal', 'fricative', 1), 'ç': _consonant('palatal', 'fricative'),
    'ʝ': _consonant('palatal', 'fricative', 1), 'j': _consonant('palatal', 'approximant', 1), 'ɲ': _consonant('palatal', 'nasal', 1),
    'ʎ': _consonant('palatal', 'lateral', 1, approximant=1), 'c': _consonant('palatal', 'stop'), 'ɟ': _consonant('palatal', 'stop', 1),
    'ʈ': _consonant('alveolar', 'stop'), 'ɖ': _consonant('alveolar', 'stop', 1), 'ɳ': _consonant('alveolar', 'nasal', 1),
    'ɭ': _consonant('alveolar', 'lateral', 1, approximant=1), 'ɽ': _consonant('alveolar', 'rhotic', 1),
    'k': _consonant('velar', 'stop'), 'ɡ': _consonant('velar', 'stop', 1), 'ŋ': _consonant('velar', 'nasal', 1),
    'x': _consonant('velar', 'fricative'), 'ɣ': _consonant('velar', 'fricative', 1), 'q': _consonant('velar', 'stop'),
    'χ': _consonant('velar', 'fricative'), 'ʁ': _consonant('velar', 'fricative', 1, rhotic=0.5), 'ʀ': _consonant('velar', 'rhotic', 1),
    'w': _consonant('velar', 'approximant', 1, lip_round=1), 'ɥ': _consonant('palatal', 'approximant', 1, lip_round=1), 'ʍ': _consonant('velar', 'approximant', 0, lip_round=1),
    'ɰ': _consonant('velar', 'approximant', 1), 'h': _consonant('glottal', 'fricative'), 'ɦ': _consonant('glottal', 'fricative', 1),
    'ħ': _consonant('glottal', 'fricative'), 'ʕ': _consonant('glottal', 'fricative', 1), 'ʔ': _consonant('glottal', 'stop'),
    'i': _vowel(0.05, 1), 'ɪ': _vowel(0.2, 0.8), 'y': _vowel(0.05, 1, 1), 'ʏ': _vowel(0.2, 0.8, 0.8), 'e': _vowel(0.35, 1),
    'ø': _vowel(0.35, 0.9, 0.9), 'ɛ': _vowel(0.6, 0.9), 'œ': _vowel(0.6, 0.8, 0.8), 'æ': _vowel(0.85, 0.9), 'a': _vowel(1, 0.6),
    'ɑ': _vowel(1, 0.1), 'ɒ': _vowel(0.9, 0.1, 0.5), 'ɔ': _vowel(0.65, 0.1, 0.7), 'o': _vowel(0.4, 0.1, 0.9), 'ʊ': _vowel(0.2, 0.2, 0.8),
    'u': _vowel(0.05, 0, 1), 'ɯ': _vowel(0.05, 0), 'ɤ': _vowel(0.4, 0.1), 'ʌ': _vowel(0.7, 0.3), 'ɐ': _vowel(0.75, 0.4), 'ə': _vowel(0.45, 0.5),
    'ɘ': _vowel(0.4, 0.5), 'ɜ': _vowel(0.55, 0.5), 'ɝ': _vowel(0.5, 0.5, 0.4, 1, 1), 'ɚ': _vowel(0.45, 0.5, 0.3, 0, 1), 'ɨ': _vowel(0.1, 0.5),
    'ʉ': _vowel(0.1, 0.5, 0.9), 'ᵻ': _vowel(0.2, 0.7), 'ɵ': _vowel(0.4, 0.5, 0.8),
}
IPA['g'] = IPA['ɡ']
# ARPAbet as one or two IPA symbols, which share the time of the phone.
ARPABET = {
    'AA': 'ɑ', 'AE': 'æ', 'AH': 'ʌ', 'AO': 'ɔ', 'AW': 'aʊ', 'AX': 'ə', 'AY': 'aɪ', 'B': 'b', 'CH': 'tʃ', 'D': 'd', 'DH': 'ð',
    'EH': 'ɛ', 'ER': 'ɝ', 'EY': 'eɪ', 'F': 'f', 'G': 'ɡ', 'HH': 'h', 'IH': 'ɪ', 'IY': 'i', 'JH': 'dʒ', 'K': 'k', 'L': 'l',
    'M': 'm', 'N': 'n', 'NG': 'ŋ', 'OW': 'oʊ', 'OY': 'ɔɪ', 'P': 'p', 'R': 'ɹ', 'S': 's', 'SH': 'ʃ', 'T': 't', 'TH': 'θ',
    'UH': 'ʊ', 'UW': 'u', 'V': 'v', 'W': 'w', 'Y': 'j', 'Z': 'z', 'ZH': 'ʒ',
}
LONG = {'IY', 'UW', 'ER', 'AO', 'AA'}
ARPABET_IDS = ('SIL',) + tuple(sorted(ARPABET))
SILENT_NAMES = {'SIL', '<SIL>', 'SP', 'SPN', 'PAU', '<S>', '</S>', '', '_:', '(EN)'}
# The nearest ARPAbet phone of an IPA symbol, for code that needs classes instead of features.
NEAREST = {v: k for k, v in ARPABET.items() if len(v) == 1 and k not in ('AX',)}


def nearest_arpabet(row):
    """ARPAbet name of a feature row: the same phone, or else the closest in feature space."""
    if row[_INDEX['silence']] > 0.5:
        return 'SIL'
    names = list(NEAREST.items())
    table = np.stack([IPA[symbol] for symbol, _ in names])
    emphasis = np.ones(len(FEATURES), np.float32)
    emphasis[[_INDEX['vowel'], _INDEX['bilabial'], _INDEX['labiodental']]] = 4
    return names[int(np.argmin(((table - row) ** 2 * emphasis).sum(1)))][1]


def parse_ipa(text):
    """Parses one phone of a synthesiser in IPA, e.g. 'tʃ', 'aɪ', 'ɜː', 'n̩' -> list of feature rows ([] if unknown)."""
    rows = []
    for ch in unicodedata.normalize('NFD', text):
        if ch in IPA:
            rows.append(IPA[ch].copy())
        elif ch in 'ːˑ' and rows:
            rows[-1][_INDEX['long']] = 1
        elif ch == '\u0327' and rows:  # c + cedilla
            rows[-1] = IPA['ç'].copy()
        elif ch == 'ʷ' and rows:
            rows[-1][_INDEX['lip_round']] = 1
        elif ch == '\u0303' and rows:
            rows[-1][_INDEX['nasal']] = 0.5
    return rows[:3]


def parse_arpabet(name):
    """Feature rows of an ARPAbet phone (stress digits ignored)."""
    name = re.sub(r'\d', '', name.upper())
    if name in SILENT_NAMES:
        return [SILENCE]
    rows = [IPA[ch].copy() for ch in ARPABET[name]]
    if name in LONG:
        rows[0][_INDEX['long']] = 1
    return rows


def split(segments, parse):
    """[(name, start, end)] -> [(features, start, end)]; the parts of a phone share its time evenly."""
    out = []
    for name, start, end in segments:
        rows = parse(name)
        for k, row in enumerate(rows):
            a, b = start + (end - start) * k / len(rows), start + (end - start) * (k + 1) / len(rows)
            out.append((row, a, b))
    return out
