"""Where in a recording a room falls silent: after a clap or burst, or when a noise is stopped."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmml.audio.value import Samples

#: Energies are summed over steps of about so many seconds.
STEP = 0.001

#: Levels are smoothed over so many steps: noise must not look like a course of events.
_SMOOTH = 20
#: What is quieter than the loudest by more, dB, is no sound: filters leave that much behind.
_DEEPEST = 90.0
#: A rise by so many dB, after the sound has fallen, is the next event.
_RISE = 10.0
#: Only so many of the clearest events are looked at, and a decay no longer than that, seconds.
_EVENTS, _LONGEST = 50, 20.0
#: The direct sound is where the level first comes so near to its peak, dB (ISO 3382-1:2009, A.3.4).
_ONSET = 20.0
#: What stays within so many dB of its loudest for longer than that, seconds, and falls at less than that
#: share of the rate of its decay, was a steady noise that stopped.
_STEADY, _SUSTAINED, _LEVEL = 3.0, 0.08, 1 / 3
#: Bounds of the decay that this rate is taken from, dB below the loudest.
_RATE = (5.0, 15.0)


@dataclass(frozen=True)
class Burst:
    """A sound and how it dies away.

    Args:
        start: sample at which the direct sound arrives, or a steady noise is stopped.
        end: sample at which the next sound begins, or the recording ends.
        drop: dB between the loudest and the quietest.
        steady: whether the source sounded on until ``start``: then nothing is known of direct sound and
            reflections.
    """

    start: int
    end: int
    drop: float
    steady: bool


def step_of(rate: int) -> int:
    """Return how many samples make one step."""
    return max(1, round(STEP * rate))


def energies(samples: Samples, step: int) -> NDArray[np.float64]:
    """Return the energy of each whole step; float64, shape (n // step,)."""
    whole = samples[: samples.size // step * step].reshape(-1, step)
    return np.asarray(np.einsum("ij,ij->i", whole, whole, dtype=np.float64))


def find_burst(samples: Samples, rate: int) -> Burst | None:
    """Find the sound after which the level falls furthest before anything else is heard.

    Args:
        samples: float32, shape (n,).
        rate: samples per second.

    Returns:
        The sound, or None where the recording is silent, or shorter than 2 x 20 milliseconds.
    """
    from scipy.signal import find_peaks

    step = step_of(rate)
    energy = energies(samples, step)
    if energy.size < 2 * _SMOOTH or not energy.any():
        return None
    summed = np.convolve(energy, np.full(_SMOOTH, 1 / _SMOOTH), "same")
    level = 10 * np.log10(np.maximum(summed, summed.max() * 10 ** (-_DEEPEST / 10)))
    # The recording may begin or end in the middle of a sound.
    walled = np.concatenate(([level.min() - 1], level, [level.min() - 1]))
    peaks, how = find_peaks(walled, prominence=_RISE / 2)
    if not peaks.size:
        return None
    clearest = np.argsort(-how["prominences"], kind="stable")[:_EVENTS]
    found = [(_fall(level, int(peak) - 1), int(peak) - 1) for peak in peaks[clearest]]
    (drop, end), peak = max(found, key=lambda one: one[0][0])
    start, steady = _start(samples, level, peak, end, step)
    # Smoothing lets the next event begin too early.
    last = (end - _SMOOTH // 2) * step if end < level.size else samples.size
    return Burst(start, max(last, start), drop, steady)


def _fall(level: NDArray[np.float64], peak: int) -> tuple[float, int]:
    """Return how far the level falls after a peak, dB, and where the next event begins."""
    after = level[peak : peak + round(_LONGEST / STEP)]
    lowest = np.minimum.accumulate(after)
    risen = np.flatnonzero(after - lowest > _RISE)
    end = int(risen[0]) if risen.size else after.size
    # Right before the next event smoothing has begun to mix it in; the fall ends at the lowest.
    return float(level[peak] - lowest[end - 1]), peak + end


def _start(samples: Samples, level: NDArray[np.float64], peak: int, end: int, step: int) -> tuple[int, bool]:
    before = np.flatnonzero(level[:peak] < level[peak] - _ONSET)
    first = max(0, (int(before[-1]) if before.size else 0) - _SMOOTH // 2) * step
    # The loudest sample lies within the window of the loudest level, or, of a short impulse, after it.
    near = np.abs(samples[first : (peak + _SMOOTH) * step])
    onset = first + int(np.argmax(near >= near.max() * 10 ** (-_ONSET / 20)))

    loud = peak + np.flatnonzero(level[peak:end] >= level[peak] - _STEADY)
    last = int(loud[-1])
    under = [np.flatnonzero(level[last:end] < level[peak] - bound) for bound in _RATE]
    if last - onset / step < _SUSTAINED / STEP or not all(one.size for one in under):
        return onset, False
    fall = (_RATE[1] - _RATE[0]) / max(1, int(under[1][0] - under[0][0]))
    held = level[round(onset / step) : last + 1]
    at = np.arange(held.size) - (held.size - 1) / 2
    slope = -float((at * held).sum() / (at * at).sum()) if held.size > 1 else math.inf
    return (last * step, True) if slope < _LEVEL * fall else (onset, False)
