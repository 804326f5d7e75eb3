"""Short straight lines through a picture: how much of the contrast along a line one step of it takes.

A sharp edge changes within one pixel, whatever its contrast: the steepest step along a short line across it
takes most of the line's range. Blur shares the change among several steps, in every direction that it
reaches. So the measure is free of contrast; edges of noise and of what is clipped are kept out. It is the
edge width of P. Marziliano et al., "A no-reference perceptual blur metric", ICIP 2002, turned round and
taken along lines of fixed length.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import Literal

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

#: What is measured of a line: its largest step, or its largest bend.
Measure = Literal["slope", "curve"]

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
        curve: largest difference between a pixel and the mean of its neighbours, over the range, 0 to 1.
        weight: the range, grey levels.
        tile: the tile where each line begins, row by row; shape (n,).
        longer: the logarithm of how much further apart neighbours are than along rows and columns; an edge
            looks that much steeper.
        step_energy: square of the first step of every line, strong or not; float32, shape (rows, columns).
        bend_energy: square of its first difference to the mean of neighbours; the same shape.
        clipped_share: share of the lines with enough range that touch clipped white.
    """

    slope: Plane
    curve: Plane
    weight: Plane
    tile: NDArray[np.intp]
    longer: float
    step_energy: Plane
    bend_energy: Plane
    clipped_share: float

    def measured(self, measure: Measure) -> Plane:
        """Return the slope or the curve."""
        return self.slope if measure == "slope" else self.curve


def lines(gray: Gray, direction: tuple[int, int], noise: float) -> Lines:
    """Measure all lines of one direction.

    Args:
        gray: uint8, shape (H, W), both at least ``LENGTH + THIN + 2``.
        direction: step (down, right), one of `DIRECTIONS`.
        noise: standard deviation of the noise, grey levels.
    """
    points = _points(gray, direction)
    steps: list[Gray] = [_apart(a, b) for a, b in pairwise(points)]
    bends: list[Gray] = [
        _apart(b, np.asarray(cv2.addWeighted(a, 0.5, c, 0.5, 0), dtype=np.uint8))
        for a, b, c in zip(points, points[1:], points[2:], strict=False)
    ]
    high, low = _thin(_largest(points)), _thin(_smallest(points))
    contrast = np.asarray(cv2.subtract(high, low), dtype=np.uint8)
    enough = contrast > max(_LEAST_RANGE, _LEAST_NOISES * noise)
    unclipped = enough & (high < _CLIPPED)
    clipped_share = 1 - int(np.count_nonzero(unclipped)) / max(1, int(np.count_nonzero(enough)))
    strong = unclipped if np.count_nonzero(unclipped) >= _FEWEST else enough
    if np.count_nonzero(strong) >= _FEWEST:
        strong &= contrast >= _STRONG * np.percentile(contrast[strong], 95)
    row, column = np.nonzero(strong)
    weight = contrast[strong].astype(np.float32)
    return Lines(
        slope=_shares(steps, strong, weight),
        curve=_shares(bends, strong, weight),
        weight=weight,
        tile=row * TILES // strong.shape[0] * TILES + column * TILES // strong.shape[1],
        longer=_LONGER if all(direction) else 0.0,
        step_energy=_squared(steps[0]),
        bend_energy=_squared(bends[0]),
        clipped_share=clipped_share,
    )


def _points(gray: Gray, direction: tuple[int, int]) -> list[Gray]:
    """Return the first point of every line, then the second, …: views of shape (rows, columns)."""
    down, right = direction
    height = gray.shape[0] - LENGTH * down
    width = gray.shape[1] - LENGTH * abs(right)
    left = LENGTH if right < 0 else 0
    return [
        gray[n * down : n * down + height : THIN, left + n * right : left + n * right + width]
        for n in range(LENGTH + 1)
    ]


def _apart(a: Gray, b: Gray) -> Gray:
    return np.asarray(cv2.absdiff(a, b), dtype=np.uint8)


def _largest(planes: Sequence[Gray]) -> Gray:
    return reduce(lambda a, b: np.asarray(cv2.max(a, b), dtype=np.uint8), planes)


def _smallest(planes: Sequence[Gray]) -> Gray:
    return reduce(lambda a, b: np.asarray(cv2.min(a, b), dtype=np.uint8), planes)


def _shares(changes: Sequence[Gray], strong: NDArray[np.bool_], weight: Plane) -> Plane:
    return np.asarray(_thin(_largest(changes))[strong] / weight, dtype=np.float32)


def _thin(plane: Gray) -> Gray:
    return np.ascontiguousarray(plane[:, ::THIN])


def _squared(plane: Gray) -> Plane:
    values = _thin(plane).astype(np.float32)
    return np.asarray(cv2.multiply(values, values), dtype=np.float32)
