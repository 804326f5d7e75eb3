"""Features of how a room falls silent: reverberation times and clarity after ISO 3382."""

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from mmml.audio.bands import above, octave_band, octave_edges
from mmml.audio.onset import Burst, energies, find_burst, step_of
from mmml.audio.schroeder import DecayCurve, decay_curve
from mmml.audio.value import Audio, Samples
from mmml.errors import MmmlError
from mmml.features import Features, Transformer

#: What is measured on the decay curve: from which to which level a line is fitted, dB.
RANGES = {"edt": (0.0, -10.0), "t20": (-5.0, -25.0), "t30": (-5.0, -35.0)}
#: The noise must lie so far below the end of that line, dB (ISO 3382-1:2009, 5.3.2).
_MARGIN = 10.0
#: The shortest range that a reverberation time is told from, dB: from -5 to -15.
_LEAST = 10.0
#: Levels of a band are means over at least so many times the inverse of its width.
_CYCLES = 2.0
#: Where the energy of early and late sound part, seconds.
_CLARITY = {"c50": 0.05, "c80": 0.08, "d50": 0.05}


class Decay(Transformer):
    """Reverberation times of the clearest decay in a recording, and the clarity of the sound before it.

    A clap, a burst balloon or a pistol shot will do, or a noise that is switched off; of several, the one
    after which the level falls furthest. All after ISO 3382-1:2009:

    - ``edt``, ``t20``, ``t30``: seconds for a decay by 60 dB, told by the lines from 0 to -10, -5 to -25 and
      -5 to -35 dB of the backward-integrated decay (`mmml.audio.schroeder`). NaN, with a warning, where the
      noise is less than 10 dB below the end of the line.
    - ``rt60``: the same for the line from -5 to -35 dB where that is 10 dB above the noise, else to the
      lowest level that is, but no shorter than 10 dB: ``t30`` where that can be measured, else the best.
    - ``c50``, ``c80`` (dB) and ``d50`` (0 to 1): energy of the first 50 or 80 milliseconds against the later
      energy, or all energy. NaN for a noise that is switched off.

    The times are also given by octave band: ``t30_125`` and so on, NaN where the band reaches beyond half the
    rate or is too noisy.

    Args:
        bands: nominal middles of the octave bands, Hz; none where only the whole is of interest.
        lowest: Hz; rumble below it plays no part in the broadband features.
    """

    modality: ClassVar[str] = "audio"

    def __init__(
        self, bands: Sequence[int] = (125, 250, 500, 1000, 2000, 4000), lowest: float = 88.0
    ) -> None:
        self.bands = bands
        self.lowest = lowest
        if not all(20 <= band <= 20_000 for band in bands):
            raise MmmlError(f"bands is {list(bands)}", "choose octave bands: 125, 250, 500, 1000, 2000, 4000")
        if not lowest > 0:
            raise MmmlError(f"lowest is {lowest}", "choose a frequency above 0 Hz")

    @property
    def names(self) -> tuple[str, ...]:
        """Times, clarity, then the times by band."""
        times = (*RANGES, "rt60")
        return (*times, *_CLARITY, *(f"{time}_{band}" for band in self.bands for time in times))

    def extract(self, value: Audio) -> Features:
        """Measure one recording; float64, shape (7 + 4 bands,)."""
        measured = dict.fromkeys(self.names, math.nan)
        whole = above(value.samples, value.rate, self.lowest) if value.rate > 2.5 * self.lowest else None
        burst = None if whole is None else find_burst(whole, value.rate)
        if whole is None or burst is None:
            self.remark(value, "no decay can be heard in the recording")
            return np.array(list(measured.values()))
        curve = _curve(whole, value.rate, burst)
        measured |= _times(curve)
        self.remark(value, *_reasons(curve))
        if curve is not None and not burst.steady and curve.range >= _MARGIN - RANGES["edt"][1]:
            measured |= _clarity(curve)
        for band in self.bands:
            if octave_edges(band)[1] < value.rate / 2:
                times = _times(_curve(value.samples, value.rate, burst, band))
                measured |= {f"{name}_{band}": time for name, time in times.items()}
        return np.array(list(measured.values()))


def _curve(samples: Samples, rate: int, burst: Burst, band: int | None = None) -> DecayCurve | None:
    heard, least = samples[burst.start : burst.end], 0.0
    if band is not None:
        heard = octave_band(heard, rate, band)
        low, high = octave_edges(band)
        least = _CYCLES / (high - low)
    step = step_of(rate)
    return decay_curve(energies(heard, step), step / rate, least)


def _times(curve: DecayCurve | None) -> dict[str, float]:
    if curve is None:
        return {}
    lowest = _MARGIN - curve.range
    times = {
        name: curve.reverberation_time(top, bottom) if bottom >= lowest else math.nan
        for name, (top, bottom) in RANGES.items()
    }
    top, bottom = RANGES["t30"]
    bottom = max(bottom, lowest)
    best = curve.reverberation_time(top, bottom) if top - bottom >= _LEAST else math.nan
    return {**times, "rt60": best}


def _clarity(curve: DecayCurve) -> dict[str, float]:
    late = {name: float(curve.energy_after(seconds)) for name, seconds in _CLARITY.items()}
    return {
        name: 1 - share
        if name.startswith("d")
        else 10 * math.log10(1 / share - 1)
        if 0 < share < 1
        else math.nan
        for name, share in late.items()
    }


def _reasons(curve: DecayCurve | None) -> list[str]:
    if curve is None:
        return ["no decay stands out from the noise"]
    needed = {name.upper(): _MARGIN - bottom for name, (_, bottom) in RANGES.items()}
    needed["RT60"] = _MARGIN + _LEAST - RANGES["t30"][0]
    missing = {name: least for name, least in needed.items() if curve.range < least}
    if not missing:
        return []
    heard = math.floor(max(curve.range, 0))
    wanted = ", ".join(f"{least:.0f}" for least in missing.values())
    return [f"{', '.join(missing)}: only {heard} dB above the noise; {wanted} dB are needed"]
