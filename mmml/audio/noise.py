"""The noise in a recording, told from its quietest moments and gaps, without a clean copy to compare with."""

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mmml.audio.spectrum import band_energies, mel_edges
from mmml.audio.value import Samples

#: Length of a frame, seconds: long enough to see the gaps between the harmonics of a note.
_FRAME = 0.064
#: Neighbouring frames, overlapping by half, that are taken together.
_JOINED = 4
#: Bands that noise is estimated in, and the share of what is in a band that is taken for noise alone.
_BANDS, _QUANTILE = 24, 0.05
#: How much of their chance two frames of a Hann window share that overlap by half.
_SHARED = (1 / 6) ** 2


def fine_energies(samples: Samples, rate: int, band: tuple[float, float]) -> NDArray[np.float32]:
    """Return the mean square of a recording by moment and frequency.

    Args:
        samples: float32, shape (n,).
        rate: samples per second.
        band: lowest and highest frequency, Hz.

    Returns:
        float32, shape (moments, frequencies): moments of 160 milliseconds, frequencies 15.6 Hz apart.
    """
    # Borders half way between the lines of the transform: nothing is shared between neighbours.
    line = 1 / _FRAME
    first, last = math.ceil(band[0] / line), math.floor(min(band[1], rate / 2) / line)
    edges = (np.arange(first, max(last, first) + 2) - 0.5) * line
    energies = band_energies(samples, rate, edges.tolist(), _FRAME)
    joined = min(_JOINED, len(energies))
    summed = energies[: len(energies) - joined + 1].copy()
    for later in range(1, joined):
        summed += energies[later : len(energies) - joined + 1 + later]
    return summed / np.float32(joined)


def noise_level(energies: NDArray[np.float32], band: tuple[float, float]) -> float:
    """Return the mean square of the steady noise.

    The lowest 5 % of what is in a band at any moment and frequency are taken for noise: after V. Stahl,
    A. Fischer and R. Bippus, "Quantile based noise estimation for spectral subtraction and Wiener
    filtering", ICASSP 2000, who take each frequency for itself; notes leave gaps between frequencies rather
    than between moments. A quantile lies below the mean; by how much, the chi-squared distribution tells.

    Args:
        energies: see `fine_energies`.
        band: as it was given there.
    """
    from scipy.stats import chi2

    # Two independent squares make a line of a frame.
    degrees = 2 * _JOINED / (1 + 2 * _SHARED * (1 - 1 / _JOINED))
    below = float(chi2.ppf(_QUANTILE, degrees)) / degrees
    lines = energies.shape[1]
    borders = np.unique(np.round((mel_edges(*band, _BANDS) - band[0]) * _FRAME).clip(0, lines).astype(int))
    total = 0.0
    for low, high in pairwise(borders.tolist()):
        total += float(np.quantile(energies[:, low:high], _QUANTILE)) / below * (high - low)
    return total


def signal_to_noise(energies: NDArray[np.float32], noise: float) -> float:
    """Return the mean energy of sound over that of steady noise, dB; infinite where there is no noise."""
    total = float(energies.sum(axis=1, dtype=np.float64).mean())
    if noise <= 0:
        return math.inf
    # What is steady throughout counts as noise, all of it: then nothing is left for the sound but chance.
    return 10 * math.log10(max(total - noise, total * 1e-3) / noise)
