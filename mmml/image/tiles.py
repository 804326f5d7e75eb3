"""Tiles of a picture: how sharp its parts are, from the strong lines in each, and its sharpest part."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mmml.image.lines import TILES, Lines

#: Lines that a tile must have in a direction, to count at all and to count as one of the sharpest.
_FEWEST, _MANY = 5, 15
_PERCENTILES = (20, 50, 80, 95)
#: Fewer tiles say nothing of how a picture is as a whole, and of its sharpest part.
_FEWEST_TILES, _SHARPEST = 6, 3

#: What `over_tiles` returns.
OVER_TILES = (*(f"p{percentile}" for percentile in _PERCENTILES), "sharpest_three", "sharpest", "share")

Floats = NDArray[np.float64]


def over_tiles(of: Sequence[Lines], smallest: float) -> list[float]:
    """Return how steep lines are over the tiles of a picture; in each, its weakest direction counts.

    Args:
        of: the lines of each direction.
        smallest: what is added before logarithms are taken.

    Returns:
        `OVER_TILES`: percentiles over tiles, the mean of the three sharpest and the sharpest, natural
        logarithms, NaN where too few tiles can be told by; and the share of those that can.
    """
    steep = np.array([np.log(_mean(lines) + smallest) - lines.longer for lines in of])
    counts = np.array([lines.counts for lines in of])
    some, many = (_weakest(steep, counts >= fewest) for fewest in (_FEWEST, _MANY))
    spread = quantiles(some, _PERCENTILES) if some.size >= _FEWEST_TILES else [np.nan] * len(_PERCENTILES)
    sharpest = np.sort(many)[-_SHARPEST:] if many.size >= _SHARPEST else np.full(_SHARPEST, np.nan)
    return [*spread, float(sharpest.mean()), float(sharpest[-1]), some.size / TILES**2]


def quantiles(numbers: Floats, percentiles: Sequence[float]) -> list[float]:
    """Return percentiles, as `numpy.percentile` does; several times quicker for few numbers."""
    last = len(numbers) - 1
    at = np.interp(np.array(percentiles) / 100 * last, np.arange(last + 1), np.sort(numbers))
    return [float(number) for number in at]


def _mean(lines: Lines) -> Floats:
    total = np.bincount(lines.tile, lines.weight * lines.slope, TILES**2)
    return np.asarray(total / np.maximum(lines.weights, 1), dtype=np.float64)


def _weakest(steep: Floats, enough: NDArray[np.bool_]) -> Floats:
    """Return the least over directions, of the tiles that have two of them; shape (n,)."""
    told = enough.sum(axis=0) >= 2
    return np.asarray(np.where(enough, steep, np.inf)[:, told].min(axis=0), dtype=np.float64)
