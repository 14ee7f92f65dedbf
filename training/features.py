"""Log-mel features. The library computes the same (src/audio/log-mel.ts).

Mel frame k covers samples 160 (k+1) - 400 ... 160 (k+1) - 1 of 16 kHz mono PCM (zeros before the start):
periodic Hann window of 400, FFT of 512, power |X|^2, 80 triangular filters with peak 1, equally spaced on the
HTK mel scale 2595 log10(1 + f / 700) from 20 to 7600 Hz, sampled at the centres of the FFT bins.
Value = (ln(power + 1e-5) + 3) / 5. Video frame n (40 ms) owns mel frames 4n ... 4n+3.
"""

import numpy as np

SAMPLE_RATE_HZ = 16000
WINDOW_SAMPLES = 400
HOP_SAMPLES = 160
FFT_SIZE = 512
MEL_BANDS = 80
MEL_FRAMES_PER_STEP = 4
LOWEST_HZ = 20.0
HIGHEST_HZ = 7600.0
POWER_FLOOR = 1e-5
LOG_OFFSET = 3.0
LOG_SCALE = 5.0


def mel_filters() -> np.ndarray:
    """Triangular filters f64[257, 80] on the power spectrum, peak 1, linear in Hz between the edges."""
    mel = lambda hz: 2595.0 * np.log10(1.0 + hz / 700.0)
    edges_mel = np.linspace(mel(LOWEST_HZ), mel(HIGHEST_HZ), MEL_BANDS + 2)
    edges = 700.0 * (10.0 ** (edges_mel / 2595.0) - 1.0)
    bins = np.arange(FFT_SIZE // 2 + 1) * (SAMPLE_RATE_HZ / FFT_SIZE)
    rising = (bins[:, None] - edges[None, :-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[None, 2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    return np.maximum(0.0, np.minimum(rising, falling))


def hann_window() -> np.ndarray:
    """Periodic Hann window, f64[400]."""
    return 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(WINDOW_SAMPLES) / WINDOW_SAMPLES)


_FILTERS = mel_filters()
_WINDOW = hann_window()
_FRAMES_AT_ONCE = 8192  # keeps the spectra of a long file in the processor cache


def log_mel(pcm: np.ndarray) -> np.ndarray:
    """Log-mel of whole recordings.

    pcm: [..., samples] mono in [-1, 1] at 16 kHz. Returns f32[..., samples // 160, 80].
    """
    pcm = np.asarray(pcm, dtype=np.float32)
    frames = pcm.shape[-1] // HOP_SAMPLES
    out = np.empty(pcm.shape[:-1] + (frames, MEL_BANDS), dtype=np.float32)
    if frames == 0:
        return out
    halo = np.zeros(pcm.shape[:-1] + (WINDOW_SAMPLES - HOP_SAMPLES,), dtype=np.float32)
    padded = np.concatenate([halo, pcm[..., : frames * HOP_SAMPLES]], axis=-1)
    view = np.lib.stride_tricks.sliding_window_view(padded, WINDOW_SAMPLES, axis=-1)[..., ::HOP_SAMPLES, :]
    for start in range(0, frames, _FRAMES_AT_ONCE):
        block = view[..., start : start + _FRAMES_AT_ONCE, :] * _WINDOW
        spectrum = np.fft.rfft(block, FFT_SIZE, axis=-1)
        power = spectrum.real**2 + spectrum.imag**2
        out[..., start : start + _FRAMES_AT_ONCE, :] = (np.log(power @ _FILTERS + POWER_FLOOR) + LOG_OFFSET) / LOG_SCALE
    return out


class LogMelTorch:
    """log_mel on torch tensors, for augmentation of waveforms inside a training loop.

    f32 throughout; differs from log_mel by less than 1e-3 (tested by `python training/features.py`).
    """

    def __init__(self, device="cpu"):
        import torch

        self._torch = torch
        self.window = torch.tensor(_WINDOW, dtype=torch.float32, device=device)
        self.filters = torch.tensor(_FILTERS, dtype=torch.float32, device=device)

    def __call__(self, pcm):
        """pcm f32[..., samples] -> f32[..., samples // 160, 80]."""
        torch = self._torch
        frames = pcm.shape[-1] // HOP_SAMPLES
        padded = torch.nn.functional.pad(pcm[..., : frames * HOP_SAMPLES], (WINDOW_SAMPLES - HOP_SAMPLES, 0))
        spectrum = torch.fft.rfft(padded.unfold(-1, WINDOW_SAMPLES, HOP_SAMPLES) * self.window, FFT_SIZE)
        power = spectrum.real.square() + spectrum.imag.square()
        return (torch.log(power @ self.filters + POWER_FLOOR) + LOG_OFFSET) / LOG_SCALE


def _write_golden(path: str) -> None:
    """Writes the features of a fixed signal for test/unit/audio/log-mel.test.ts (frames 0, 1, 2, 20 and 40)."""
    import json

    n = np.arange(8000)
    # Sines, a sweep and a click: all of them can be reproduced bit for bit from integers in another language.
    pcm = 0.3 * np.sin(2 * np.pi * 440 * n / 16000) + 0.1 * np.sin(2 * np.pi * (200 + 0.2 * n) * n / 16000)
    pcm = np.where(n >= 6000, 0.0, pcm)
    pcm[7000] = 0.9
    mel = log_mel(pcm.astype(np.float32))
    chosen = [0, 1, 2, 20, 37, 38, 43, 49]
    golden = {"about": "training/features.py", "frames": {str(k): [round(float(v), 6) for v in mel[k]] for k in chosen}}
    with open(path, "w") as file:
        json.dump(golden, file)


if __name__ == "__main__":
    import pathlib

    import torch

    rng = np.random.default_rng(1)
    noise = rng.normal(0, 0.1, (3, 48123)).astype(np.float32)
    reference = log_mel(noise)
    assert reference.shape == (3, 300, 80)
    error = np.abs(reference - LogMelTorch()(torch.tensor(noise)).numpy()).max()
    assert error < 1e-3, error
    # Causality: a change from sample 24000 on does not change frames that end before it.
    changed = noise.copy()
    changed[:, 24000:] *= -0.5
    assert np.array_equal(log_mel(changed)[:, :150], reference[:, :150])
    target = pathlib.Path(__file__).parent.parent / "test/goldens/log-mel.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    _write_golden(str(target))
    print(f"torch against numpy: {error:.1e}; golden written")
