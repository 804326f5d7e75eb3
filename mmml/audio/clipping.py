"""Clipping: how much of a recording is cut off flat, at full scale or below it."""

import numpy as np
from numpy.typing import NDArray

from mmml.audio.value import Samples

#: Samples within this share of the loudest are its top: as they were clipped, and as a lossy code has rippled
#: them since.
_FINE, _COARSE = 0.001, 0.02
#: One and a half steps of 16 bits: less does not tell two samples apart.
_STEP = 1.5 / 32768
#: The top is compared with what lies below it, so many times as deep.
_BELOW = 4
#: A sine has 3.2 times as many samples in its top as in an equal depth below it, whatever that depth is, and
#: hardly any other wave has more. One that repeats after few samples may, but not in the coarse top, too.
_PILED, _MORE_THAN_SINE = 6.0, 4.0
_FEWEST = 4


def clipped_share(frames: Samples) -> float:
    """Return the share, 0 to 1, of the samples that were cut off at one level.

    Clipping piles up at the highest or lowest value of a channel what would have gone beyond: many samples
    there, hardly any right below. After J. Eaton and P. A. Naylor, "Detection of clipping in coded speech
    signals", EUSIPCO 2013, who look for such steps in the histogram of amplitudes. A recording that was
    turned down after clipping is found out, too; low tones, whose tops are flat, are not taken for clipped.

    Args:
        frames: float32, shape (n, channels). Beyond full scale, where only floating point and lossy codes
            reach, counts as full scale.
    """
    if not frames.size:
        return 0.0
    found = 0
    for channel in np.clip(frames, -1, 1).T:
        for side in (channel, -channel):
            found += _cut_off(side)
    return found / frames.size


def _cut_off(side: NDArray[np.float32]) -> int:
    fine, fine_piled = _top(side, _FINE)
    coarse, coarse_piled = _top(side, _COARSE)
    if fine_piled >= _PILED and coarse_piled >= _MORE_THAN_SINE:
        return fine
    return coarse if coarse_piled >= _PILED else 0


def _top(side: NDArray[np.float32], share: float) -> tuple[int, float]:
    """Return how many samples are in the top, and how many times as many as in an equal depth below it."""
    highest = float(side.max())
    depth = max(share * highest, _STEP)
    count = int(np.count_nonzero(side >= highest - depth))
    # Where the top is as deep as the wave, nothing can be told.
    if count < _FEWEST or highest <= 2 * (1 + _BELOW) * depth:
        return count, 0.0
    below = int(np.count_nonzero(side >= highest - (1 + _BELOW) * depth)) - count
    return count, count * _BELOW / max(below, 1)
