"""Short straight lines through a picture: how much of the contrast along a line one step of it takes.

A sharp edge changes within one pixel, whatever its contrast: the steepest step along a short line across it
takes most of the line's range. Blur shares the change among several steps, in every direction that it
reaches. So the measure is free of contrast; edges of noise and of what is clipped are kept out. It is the
edge width of P. Marziliano et al., "A no-reference perceptual blur metric", ICIP 2002, turned round and
taken along lines of fixed length.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.image.value import Gray

#: Steps (down, right) from pixel to pixel: across, down, and along both diagonals.
DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))
#: Steps per line.
LENGTH = 8
#: Lines begin in every fourth row and column; more of them tell nothing new.
THIN = 4
#: Tiles per side of a picture.
TILES = 12

#: What is brighter may be clipped: however blurred a lamp, the border of its clipped disc is steep.
_CLIPPED = 245
#: Least range of a line that counts: grey levels, and standard deviations of the noise.
_LEAST_RANGE, _LEAST_NOISES = 6.0, 8.0
#: Lines with less than this share of the range of the strongest ones are left out: faint texture.
_STRONG = 0.4
_FEWEST = 50
#: Measured on edges of all directions (logarithm of 1.28).
_LONGER = 0.25

Plane = NDArray[np.float32]


@dataclass(frozen=True)
class Lines:
    """The strong lines of one direction.

    Attributes:
        slope: largest difference of neighbours over the range, 0 to 1; float32, shape (n,).
        weight: the range, grey levels.
        tile: the tile where each line begins, row by row; shape (n,).
        longer: the logarithm of how much further apart neighbours are than along rows and columns; an edge
            looks that much steeper.
        steps: the first step of every line, strong or not, grey levels; uint8, shape (rows, columns).
        clipped_share: share of the lines with enough range that touch clipped white; 0 where there are none.
    """

    slope: Plane
    weight: Plane
    tile: NDArray[np.intp]
    longer: float
    steps: Gray
    clipped_share: float

    @cached_property
    def counts(self) -> NDArray[np.intp]:
        """How many lines begin in each tile."""
        return np.bincount(self.tile, minlength=TILES**2)

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """The sum of the weights of the lines in each tile."""
        return np.asarray(np.bincount(self.tile, self.weight, TILES**2), dtype=np.float64)


def lines(gray: Gray, direction: tuple[int, int], noise: float) -> Lines:
    """Measure all lines of one direction.

    Args:
        gray: uint8, shape (H, W), both at least ``LENGTH + THIN + 2``.
        direction: step (down, right), one of `DIRECTIONS`.
        noise: standard deviation of the noise, grey levels.
    """
    here, ahead = _neighbours(gray, direction)
    steps = _along(np.asarray(cv2.absdiff(here, ahead), dtype=np.uint8), direction, LENGTH)
    points = _along(gray, direction, LENGTH + 1)
    high, low = _thin(_largest(points)), _thin(_smallest(points))
    contrast = np.asarray(cv2.subtract(high, low), dtype=np.uint8)
    # Whole numbers, for NumPy would compare levels with others as float64, which takes several times longer.
    enough = contrast > min(255, math.floor(max(_LEAST_RANGE, _LEAST_NOISES * noise)))
    unclipped = enough & (high < _CLIPPED)
    clipped_share = int(np.count_nonzero(enough & ~unclipped)) / max(1, int(np.count_nonzero(enough)))
    strong = unclipped if np.count_nonzero(unclipped) >= _FEWEST else enough
    if np.count_nonzero(strong) >= _FEWEST:
        strong &= contrast >= math.ceil(_STRONG * _percentile95(contrast[strong]))
    where = np.flatnonzero(strong)
    weight = contrast.ravel()[where].astype(np.float32)
    return Lines(
        slope=np.asarray(_thin(_largest(steps)).ravel()[where] / weight, dtype=np.float32),
        weight=weight,
        tile=_tiles(strong.shape)[where],
        longer=_LONGER if all(direction) else 0.0,
        steps=_thin(steps[0]),
        clipped_share=clipped_share,
    )


def _neighbours(plane: Gray, direction: tuple[int, int]) -> tuple[Gray, Gray]:
    """Return all points that have a next one in a direction, and the next ones: two views of one shape."""
    down, right = direction
    height, width = plane.shape
    first = plane[: height - down, max(0, -right) : width - max(0, right)]
    return first, plane[down:, max(0, right) : width - max(0, -right)]


def _along(plane: Gray, direction: tuple[int, int], count: int) -> list[Gray]:
    """Return the first value of every line, then the second, … of ``count``; shape (rows, columns)."""
    down, right = direction
    last = count - 1
    height, width = plane.shape[0] - last * down, plane.shape[1] - last * abs(right)
    left = last if right < 0 else 0
    return [
        plane[n * down : n * down + height : THIN, left + n * right : left + n * right + width]
        for n in range(count)
    ]


def _percentile95(levels: Gray) -> int:
    upto = np.cumsum(np.bincount(levels, minlength=256))
    return int(np.searchsorted(upto, 0.95 * levels.size))


def _largest(planes: Sequence[Gray]) -> Gray:
    return reduce(lambda a, b: np.asarray(cv2.max(a, b), dtype=np.uint8), planes)


def _smallest(planes: Sequence[Gray]) -> Gray:
    return reduce(lambda a, b: np.asarray(cv2.min(a, b), dtype=np.uint8), planes)


def _tiles(shape: tuple[int, ...]) -> NDArray[np.intp]:
    """Return the tile of every place of a plane, row by row; shape (places,)."""
    down, right = (np.arange(count) * TILES // count for count in shape)
    return (down[:, None] * TILES + right).ravel()


def _thin(plane: Gray) -> Gray:
    return np.ascontiguousarray(plane[:, ::THIN])
