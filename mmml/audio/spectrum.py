"""Energy by time and frequency band: what fingerprints, pictures and the estimate of noise start from."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: So many samples are transformed at once: an hour must not need its whole spectrogram in memory.
_CHUNK = 1 << 20


def band_energies(
    samples: NDArray[np.float32], rate: int, edges: Sequence[float], window: float, hop: float | None = None
) -> NDArray[np.float32]:
    """Return the mean square of a recording by frame and frequency band (Hann window, periodogram).

    Args:
        samples: float32, shape (n,).
        rate: samples per second.
        edges: borders of the bands, Hz, rising; a bin that a border cuts is shared between both sides.
        window: length of a frame, seconds.
        hop: from one frame to the next, seconds; None for half a frame.

    Returns:
        float32, shape (frames, len(edges) - 1); at least one frame: a shorter recording is filled up with
        silence. All bands from 0 Hz to half the rate add up to the mean square of the windowed frame.
    """
    # Several times quicker than NumPy's, which turns to double precision and back.
    from scipy.fft import rfft

    size = max(8, round(window * rate))
    step = max(1, round(window * rate / 2 if hop is None else hop * rate))
    if samples.size < size:
        samples = np.pad(samples, (0, size - samples.size))
    shape = np.hanning(size + 1)[:-1].astype(np.float32)
    shape *= math.sqrt(2 / (size * float(np.square(shape).sum())))
    # Where the borders lie among the bins; each bin reaches half way to its neighbours.
    place = np.clip(np.asarray(edges) * size / rate + 0.5, 0, size // 2 + 1)
    whole = np.minimum(place.astype(np.intp), size // 2)
    part = (place - whole).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[::step]
    at_once = max(1, _CHUNK // size)
    parts = []
    for first in range(0, len(frames), at_once):
        spectra = rfft(frames[first : first + at_once] * shape)
        power = np.square(spectra.real) + np.square(spectra.imag)
        # No product of matrices: its last bits depend on how many threads there are.
        upto = np.zeros((len(power), size // 2 + 2))
        np.cumsum(power, axis=1, out=upto[:, 1:], dtype=np.float64)
        parts.append(np.diff(upto[:, whole] + part * power[:, whole], axis=1).astype(np.float32))
    return np.concatenate(parts)


def mel_edges(low: float, high: float, bands: int) -> NDArray[np.float64]:
    """Return borders of bands that are equally wide on the mel scale, Hz, shape (bands + 1,).

    The scale is that of D. O'Shaughnessy, "Speech communication: human and machine", 1987.
    """
    mel = np.linspace(math.log1p(low / 700), math.log1p(high / 700), bands + 1)
    return np.asarray(700 * np.expm1(mel))
