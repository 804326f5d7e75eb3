"""Features of how well a recording was made: level, clipping, noise, hum."""

import math
from collections.abc import Sequence
from itertools import chain
from typing import ClassVar

import numpy as np

from mmml.audio.clipping import clipped_share
from mmml.audio.noise import fine_energies, noise_level, signal_to_noise
from mmml.audio.spectrum import band_energies
from mmml.audio.value import Audio, Samples, mean_square
from mmml.errors import MmmlError
from mmml.features import Features, Transformer

#: What cannot be heard any more, dB below full scale; and the most that is said of a ratio.
_FLOOR = -120.0
_MOST = 100.0
#: Fewer moments than that do not tell the quietest ones.
_MOMENTS = 8
_SILENCE_FRAME = 0.02
#: Hum: mains and their multiples, how many, how many Hz to either side, in frames of so many seconds.
_MAINS, _MULTIPLES, _LINE, _HUM_FRAME = (50, 60), 5, 2.0, 1.0
_BELOW_BANDWIDTH = 0.99


class Level(Transformer):
    """Level, clipping, noise and hum of a recording.

    - ``level``: root mean square, dB below full scale; a constant at full scale has 0 dB, a sine at full
      scale -3.01 (AES17 calls that 0). ``peak``: largest sample of any channel, in the same dB.
    - ``clipped_share``: share of the samples on tops that were cut off flat (`mmml.audio.clipping`).
    - ``dc_offset``: largest mean of any channel, 0 to 1 of full scale.
    - ``snr``: energy of what comes and goes over that of the steady noise, dB, -30 to 100; ``noise``: level
      of that noise, dB below full scale. Told from the quietest moments and gaps (`mmml.audio.noise`), so
      what sounds throughout counts as noise.
    - ``silence_share``: share of the time below ``silence`` dB.
    - ``bandwidth``: Hz below which 99 % of the energy are.
    - ``hum``: energy of the 50 or 60 Hz lines and their multiples up to the fifth, whichever are stronger,
      over all energy, dB, at least -100; NaN below one second.

    All are NaN for a silent recording.

    Args:
        band: Hz; lowest and highest frequency that counts for ``snr`` and ``noise``.
        silence: dB below full scale; what is quieter for 20 milliseconds is silence.
    """

    modality: ClassVar[str] = "audio"

    def __init__(self, band: Sequence[float] = (80.0, 8000.0), silence: float = -60.0) -> None:
        self.band = band
        self.silence = silence
        low, high = band
        if not 0 <= low < high:
            raise MmmlError(f"band is {low} to {high}", "give a lower and a higher frequency in Hz")

    @property
    def names(self) -> tuple[str, ...]:
        """Level, then faults, then noise."""
        return (
            "level",
            "peak",
            "clipped_share",
            "dc_offset",
            "snr",
            "noise",
            "silence_share",
            "bandwidth",
            "hum",
        )

    def extract(self, value: Audio) -> Features:
        """Measure one recording; float64, shape (9,)."""
        samples, rate = value.samples, value.rate
        if not samples.any():
            return np.full(len(self.names), np.nan)
        snr, noise = self._noise(samples, rate)
        return np.array(
            [
                _decibels(mean_square(samples)),
                _decibels(float(np.abs(value.frames).max()) ** 2),
                clipped_share(value.frames),
                float(np.abs(value.frames.mean(axis=0, dtype=np.float64)).max()),
                snr,
                noise,
                _silence_share(samples, rate, self.silence),
                _bandwidth(samples, rate),
                _hum(samples, rate),
            ]
        )

    def _noise(self, samples: Samples, rate: int) -> tuple[float, float]:
        low, high = self.band
        if low >= rate / 2:
            return math.nan, math.nan
        energies = fine_energies(samples, rate, (low, high))
        if len(energies) < _MOMENTS:
            return math.nan, math.nan
        noise = noise_level(energies, (low, high))
        return min(signal_to_noise(energies, noise), _MOST), _decibels(noise)


def _decibels(energy: float) -> float:
    return max(10 * math.log10(energy), _FLOOR) if energy > 0 else _FLOOR


def _silence_share(samples: Samples, rate: int, silence: float) -> float:
    size = min(max(1, round(_SILENCE_FRAME * rate)), samples.size)
    whole = samples[: samples.size // size * size].reshape(-1, size)
    energies = np.einsum("ij,ij->i", whole, whole, dtype=np.float64) / size
    return float(np.mean(energies < 10 ** (silence / 10)))


def _bandwidth(samples: Samples, rate: int) -> float:
    edges = np.linspace(0, rate / 2, 257)
    energies = band_energies(samples, rate, edges.tolist(), 512 / rate).mean(axis=0, dtype=np.float64)
    upto = np.cumsum(energies)
    return float(edges[1 + int(np.searchsorted(upto, _BELOW_BANDWIDTH * upto[-1]))])


def _hum(samples: Samples, rate: int) -> float:
    if samples.size < _HUM_FRAME * rate:
        return math.nan
    lines = [
        [mains * k for k in range(1, _MULTIPLES + 1) if mains * k + 3 * _LINE < rate / 2] for mains in _MAINS
    ]
    # Below, at and above each line; what lies between lines is left out.
    edges = [line + away * _LINE for line in chain(*lines) for away in (-3, -1, 1, 3)]
    if not edges:
        return math.nan
    energies = band_energies(samples, rate, edges, _HUM_FRAME, _HUM_FRAME)
    below, at, over = energies[:, 0::4], energies[:, 1::4], energies[:, 2::4]
    # Hum is steady; a voice passes by.
    steady = np.maximum(np.median(at - (below + over) / 2, axis=0), 0)
    strongest = max(float(steady[: len(lines[0])].sum()), float(steady[len(lines[0]) :].sum()))
    ratio = strongest / mean_square(samples)
    return max(10 * math.log10(ratio), -_MOST) if ratio > 0 else -_MOST
