"""eSpeak NG through ctypes: speech with the exact time of every phone.

The library only makes training data. It is GPL-3, and nothing of it is linked into the product.
"""
import ctypes as C

import numpy as np

_SYNCHRONOUS, _PHONEME_EVENTS, _IPA, _UTF8 = 2, 1, 2, 1
_END, _PHONEME = 0, 7
_RATE, _PITCH, _RANGE = 1, 3, 4


class _Event(C.Structure):
    # id is a union of int, pointer and char[8]: eight bytes
    _fields_ = [('type', C.c_int), ('uid', C.c_uint), ('text_position', C.c_int), ('length', C.c_int), ('audio_ms', C.c_int),
                ('sample', C.c_int), ('user', C.c_void_p), ('id', C.c_char * 8)]


class Espeak:
    """Only one instance for each process: the library keeps global state."""

    def __init__(self):
        self.lib = C.CDLL('libespeak-ng.so.1')
        self.sample_rate = self.lib.espeak_Initialize(_SYNCHRONOUS, 0, None, _PHONEME_EVENTS | _IPA)
        if self.sample_rate <= 0:
            raise RuntimeError('eSpeak NG did not start. Install espeak-ng-data.')
        self.pcm, self.phones = [], []

        @C.CFUNCTYPE(C.c_int, C.POINTER(C.c_short), C.c_int, C.POINTER(_Event))
        def receive(samples, count, events):
            if samples and count > 0:
                self.pcm.append(np.ctypeslib.as_array(samples, (count,)).copy())
            k = 0
            while events[k].type != _END:
                if events[k].type == _PHONEME:
                    self.phones.append((events[k].audio_ms / 1000, events[k].id.decode('utf8', 'ignore')))
                k += 1
            return 0

        self._receive = receive  # must outlive the calls
        self.lib.espeak_SetSynthCallback(receive)

    def words(self, text, voice):
        """Phones of a text, without synthesis: a list of words, each a list of phones in IPA without stress."""
        if self.lib.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(f'eSpeak NG has no voice {voice}')
        at, told = C.c_char_p(text.encode('utf8')), []
        self.lib.espeak_TextToPhonemes.restype = C.c_char_p
        while at.value is not None:  # eSpeak handles one clause for each call
            told += self.lib.espeak_TextToPhonemes(C.byref(at), _UTF8, _IPA | ord('_') << 8).decode('utf8', 'ignore').split()
        return [[phone.strip('ˈˌ-') for phone in word.split('_')] for word in told]

    def speak(self, text, voice, rate=175, pitch=50, span=50):
        """(f32 samples at self.sample_rate, [(ipa, start_s, end_s)]); '' is a pause."""
        if self.lib.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(f'eSpeak NG has no voice {voice}')
        for key, value in ((_RATE, rate), (_PITCH, pitch), (_RANGE, span)):
            self.lib.espeak_SetParameter(key, int(value), 0)
        self.pcm, self.phones = [], []
        data = text.encode('utf8')
        self.lib.espeak_Synth(data, C.c_size_t(len(data) + 1), 0, 0, 0, _UTF8, None, None)
        self.lib.espeak_Synchronize()
        sound = np.concatenate(self.pcm).astype(np.float32) / 32768 if self.pcm else np.zeros(0, np.float32)
        end = len(sound) / self.sample_rate
        times = [t for t, _ in self.phones[1:]] + [end]
        return sound, [(name, t, e) for (t, name), e in zip(self.phones, times) if e > t]
