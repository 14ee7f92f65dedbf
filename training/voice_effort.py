"""How something is said, beside what: level, pitch, voicing, first formant and tilt of the spectrum at 100 Hz.

Each is taken against the speaker's own habit, so that neither microphone nor voice matters: a microphone twice as loud
changes nothing, a shout does. The teacher (phone_motion.py --sound effort) can hear these beside the phones: within one vowel,
the mouth opens by about 2.5 % of its mean vowel opening for every dB.
"""
import numpy as np

from features import MEL_BANDS, log_mel, mel_filters

RATE, HOP = 16000, 160
NAMES = ('level', 'rise', 'pitch', 'voicing', 'first_formant', 'tilt')
RANGE_DB = 30  # below the loudest tenth of a recording, nothing counts as voice
HABIT_STEPS = 300  # half of the window of the running level, 3 s
PITCH_HZ = (70, 420)
WINDOW = 800
SPECTRUM_BANDS = 16


def running_mean(x, weight, half):
    """Mean of x [n] over +-half steps, weighted; the mean of all where nothing has weight."""
    total = np.cumsum(np.r_[0, x * weight])
    mass = np.cumsum(np.r_[0, weight])
    n = len(x)
    a, b = np.clip(np.arange(n) - half, 0, n), np.clip(np.arange(n) + half + 1, 0, n)
    everywhere = (x * weight).sum() / max(weight.sum(), 1e-9)
    # ten steps of the mean of the recording keep the estimate steady at short stretches of voice
    return (total[b] - total[a] + 10 * everywhere) / (mass[b] - mass[a] + 10)


def pitch_and_voicing(samples, steps):
    """log2 of the pitch relative to the median of the voiced steps (0 where unvoiced), and the strength of the period, 0 ... 1."""
    padded = np.pad(samples, (WINDOW // 2, WINDOW))
    view = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][:steps] * np.hanning(WINDOW)
    shortest, longest = RATE // PITCH_HZ[1], RATE // PITCH_HZ[0]
    window = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(WINDOW), 2048)) ** 2)[:longest + 1]
    pitch, voicing = np.zeros(steps), np.zeros(steps)
    for start in range(0, steps, 4096):
        block = view[start:start + 4096]
        power = np.abs(np.fft.rfft(block, 2048)) ** 2
        r = np.fft.irfft(power)[:, :longest + 1] / window
        r = r / (r[:, :1] + 1e-6)
        r = r[:, shortest:]
        at = (r - 0.1 * np.log2(np.arange(shortest, longest + 1) / shortest)).argmax(1)  # the shortest of several periods
        voicing[start:start + 4096] = r[np.arange(len(r)), at]
        pitch[start:start + 4096] = np.log2(RATE / (at + shortest))
    voicing = voicing.clip(0, 1)
    voiced = voicing > 0.55
    median = np.median(pitch[voiced]) if voiced.any() else 0
    return np.where(voiced, pitch - median, 0).clip(-1, 1), voicing


def effort(samples, frames):
    """f32 [4 frames, NAMES] of samples f32 at 16 kHz, each about -1 ... 1."""
    steps = 4 * frames
    samples = np.pad(samples, (0, max(0, steps * HOP - len(samples))))[:steps * HOP].astype(np.float32)
    loudest = np.sqrt(np.mean(samples ** 2) + 1e-12)
    mel = 5 * log_mel(samples / loudest * 0.1) - 3  # log power
    power = np.exp(mel)
    db = 10 * np.log10(power.sum(1))
    active = (db > np.percentile(db, 90) - RANGE_DB).astype(float)
    level = db - running_mean(db, active, HABIT_STEPS)
    pitch, voicing = pitch_and_voicing(samples, steps)
    hz = mel_filters().argmax(0) * (RATE / 512)
    low = (hz > 250) & (hz < 1100)
    formant = (power[:, low] * np.log2(hz[low])).sum(1) / power[:, low].sum(1)
    tilt = 10 * np.log10(power[:, hz > 1000].sum(1) / power[:, hz <= 1000].sum(1))
    own = lambda x, by: (x - running_mean(x, by, HABIT_STEPS))
    voiced = active * (voicing > 0.5)
    smooth = lambda x: np.convolve(np.pad(x, 2, mode='edge'), np.ones(5) / 5, 'valid')
    level = smooth(level).clip(-40, 20)
    rows = [level / 12, np.gradient(level) / 3, 2 * smooth(pitch), smooth(voicing), 2 * own(smooth(formant), voiced), own(smooth(tilt), active) / 12]
    return np.stack([np.clip(r, -3, 2) for r in rows], 1).astype(np.float32)


def spectrum(samples, frames):
    """f32 [4 frames, SPECTRUM_BANDS]: log-mel without the mean of the recording, in wide bands."""
    samples = np.pad(samples, (0, max(0, frames * 640 - len(samples))))[:frames * 640].astype(np.float32)
    mel = log_mel(samples / np.sqrt(np.mean(samples ** 2) + 1e-12) * 0.1)
    return (mel - mel.mean(0)).reshape(len(mel), SPECTRUM_BANDS, MEL_BANDS // SPECTRUM_BANDS).mean(2)
