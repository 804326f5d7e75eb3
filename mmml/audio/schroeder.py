"""The decay curve of a room: Schroeder's backward integral, cut off where the noise begins."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Energies = NDArray[np.float64]

#: Noise is not looked for beyond this many dB below the strongest sound: no recording holds as much.
_DEEPEST = 140.0
#: Of J. Lundeby's rule: shortest tail that is taken for noise (share of the whole), first interval (seconds),
#: intervals per 10 dB of decay, distance of the late decay from the noise and its extent (dB), rounds.
_TAIL, _INTERVAL, _PER_10_DB, _ABOVE, _EXTENT, _ROUNDS = 0.1, 0.02, 5, 7.0, 20.0, 6
_FEWEST = 4
#: A tail that falls at this share of the rate of the decay, or more, is no noise: the recording just ends.
_STILL_FALLING = 0.5


@dataclass(frozen=True)
class Tail:
    """Where a decay meets the noise.

    Args:
        cross: index where the decay is as strong as the noise, or the end of the recording.
        noise: energy of the noise per step.
        rest: energy of the decay from ``cross`` on to infinity, as its late slope lets expect.
    """

    cross: int
    noise: float
    rest: float


@dataclass(frozen=True)
class DecayCurve:
    """How much of the energy is still to come, by time.

    Args:
        level: dB, 0 at the start, float64, shape (n,).
        step: seconds from one value to the next.
        range: how far the curve can be trusted down: dB between its start and the noise, where noise and
            decay are as strong as each other.
    """

    level: Energies
    step: float
    range: float

    def reverberation_time(self, top: float, bottom: float) -> float:
        """Return the time of a decay by 60 dB, seconds, told by its course from ``top`` to ``bottom`` dB.

        A straight line of least squares (ISO 3382-1:2009, 5.3.3). NaN where too few values lie there.
        """
        below = np.flatnonzero(self.level <= top)
        end = np.flatnonzero(self.level < bottom)
        if not below.size or not end.size or end[0] - below[0] < _FEWEST:
            return math.nan
        slope, _ = _line(self.level[below[0] : end[0]])
        return -60 * self.step / slope if slope < 0 else math.nan

    def energy_after(self, seconds: float) -> float:
        """Return which share of the energy, 0 to 1, comes later than so many seconds after the start."""
        at = seconds / self.step
        if at >= self.level.size - 1:
            return 0.0
        return 10 ** (float(np.interp(at, np.arange(self.level.size), self.level)) / 10)


def decay_curve(energies: Energies, step: float, least_interval: float = 0.0) -> DecayCurve | None:
    """Return the decay curve of a decay that starts at once and ends in noise.

    Schroeder's backward integral (M. R. Schroeder, "New method of measuring reverberation time", JASA 1965)
    with the noise subtracted (W. T. Chu, "Comparison of reverberation measurements using Schroeder's impulse
    method and decay-curve averaging method", JASA 1978), cut off where the decay meets the noise, and the
    rest of the decay added: the method that errs least in M. Guski and M. Vorländer, "Comparison of noise
    compensation methods for room acoustic impulse response evaluations", Acta Acustica 2014.

    Args:
        energies: energy by time, float64, shape (n,).
        step: seconds that each is summed over.
        least_interval: seconds; over less, the sound in a narrow band rises and falls by chance.

    Returns:
        The curve, or None where there is no decay that stands out from noise.
    """
    tail = find_tail(energies, step, least_interval)
    if tail is None:
        return None
    remaining = np.cumsum((energies[: tail.cross] - tail.noise)[::-1])[::-1] + tail.rest
    if remaining[0] <= 0:
        return None
    floor = tail.rest / remaining[0]
    # Where noise dips below its mean, the sum may fall under what is still to come.
    level = 10 * np.log10(np.maximum(remaining / remaining[0], floor))
    return DecayCurve(level, step, -10 * math.log10(floor))


def find_tail(energies: Energies, step: float, least_interval: float = 0.0) -> Tail | None:
    """Find where a decay meets the noise.

    The rule of A. Lundeby, T. E. Vigran, H. Bietz and M. Vorländer, "Uncertainties of measurements in room
    acoustics", Acustica 81 (1995): noise and late slope are estimated in turns.

    Args:
        energies: energy by time, float64, shape (n,).
        step: seconds that each is summed over.
        least_interval: see `decay_curve`.

    Returns:
        The place, or None where nothing decays.
    """
    n = energies.size
    least = float(energies.max(initial=0.0)) * 10 ** (-_DEEPEST / 10)
    if n < 2 * _FEWEST or least <= 0:
        return None
    shortest = max(1, min(round(least_interval / step), n // 20))
    interval = max(shortest, min(round(_INTERVAL / step), n // 20))
    noise = max(float(energies[-max(1, round(_TAIL * n)) :].mean()), least)
    # First everything from the start down to the noise, then only the late decay.
    slope, start = _slope(energies, interval, noise, least, whole=True)
    for _ in range(_ROUNDS):
        if not slope < 0:
            return None
        cross = min(n, (10 * math.log10(noise) - start) / slope)
        interval = max(shortest, min(round(10 / -slope / _PER_10_DB), n // 20))
        quiet = min(cross + _ABOVE / -slope, (1 - _TAIL) * n)
        noise = max(float(energies[int(quiet) :].mean()), least)
        found = _slope(energies, interval, noise, least, whole=False)
        slope, start = found if found[0] < 0 else (slope, start)
    cross = (10 * math.log10(noise) - start) / slope
    if cross < _FEWEST:
        return None
    # Where the recording ends before the noise is reached, the last of the decay was taken for noise.
    if cross > (1 - 2 * _TAIL) * n and _still_falls(energies, slope, least):
        cross, noise = n, 0.0
    cross = min(cross, n)
    at_cross = 10 ** ((start + slope * cross) / 10)
    return Tail(int(cross), noise, at_cross * 10 / math.log(10) / -slope)


def _slope(energies: Energies, interval: int, noise: float, least: float, whole: bool) -> tuple[float, float]:
    """Return slope (dB per step) and start (dB at index 0) of the decay above the noise."""
    blocks = energies[: energies.size // interval * interval].reshape(-1, interval).mean(axis=1)
    level = 10 * np.log10(np.maximum(blocks, least))
    bottom = 10 * math.log10(noise) + _ABOVE
    first = int(level.argmax())
    under = np.flatnonzero(level[first:] < bottom)
    last = first + int(under[0]) if under.size else level.size
    if not whole:
        high = np.flatnonzero(level[first:last] > bottom + _EXTENT)
        first += int(high[-1]) + 1 if high.size else 0
    if last - first < _FEWEST:
        first, last = max(0, min(first, last - _FEWEST)), max(last, first + _FEWEST)
    if level[first:last].size < 2:
        return math.nan, math.nan
    slope, start = _line(level[first:last])
    # Blocks stand for their middles.
    start -= slope * (first + 0.5 - 0.5 / interval)
    return slope / interval, start


def _still_falls(energies: Energies, slope: float, least: float) -> bool:
    tail = energies[-max(2 * _FEWEST, round(_TAIL * energies.size)) :]
    parts = np.array([part.mean() for part in np.array_split(tail, 2 * _FEWEST)])
    falling, _ = _line(10 * np.log10(np.maximum(parts, least)))
    return falling / (tail.size / parts.size) < _STILL_FALLING * slope


def _line(values: Energies) -> tuple[float, float]:
    """Return slope and value at 0 of the line of least squares through values at 0, 1, 2, …"""
    at = np.arange(values.size) - (values.size - 1) / 2
    slope = float((at * values).sum() / (at * at).sum())
    return slope, float(values.mean()) - slope * (values.size - 1) / 2
