"""`Sharpness`: features that tell blur from sharpness, whatever the size, contrast and noise of a photo."""

import math
from collections.abc import Sequence
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.features import Explanation, Features, Transformer
from mmml.image.angles import BENDS, bends
from mmml.image.focus_map import focus_map
from mmml.image.grain import noise_and_texture
from mmml.image.lines import DIRECTIONS, Lines, lines
from mmml.image.tiles import OVER_TILES, Floats, over_tiles
from mmml.image.value import Gray, Image

#: Below this side the half-size picture has too few lines.
SMALLEST_SIDE = 64

_SIZES = ("full", "half")
_PERCENTILES = (80, 95, 99)
_OVER = ("weakest", "mean", "range")
#: Slopes are shares from 0 to 1; this keeps their logarithms in bounds.
_SMALL = 0.02
_FEWEST_LINES = 50
_STEPS = (0.5, 0.9, 0.99, 0.999)


class Sharpness(Transformer):
    """How steep the steepest steps are, in every direction and part of a picture, at two working sizes.

    Along many short lines: the largest step over the line's range (see `mmml.image.lines`). A camera that
    moved leaves sharp edges in one direction only, so the weakest direction counts, and of every angle the
    energy of bends over that of slopes (see `mmml.image.angles`); before a soft background a small subject
    is sharp, so the sharpest tiles count. To these come: how heavy the tail of the steps is; noise and
    finest texture; the share of clipped edges, and the size of the picture.

    Most features are natural logarithms; ``_weakest``, ``_mean`` and ``_range`` are taken over directions.

    Args:
        long_side: working size, pixels: larger pictures are scaled down to it first, none is scaled up.
            A blur is judged as it looks at that size.
    """

    modality: ClassVar[str] = "image"

    def __init__(self, long_side: int = 1024) -> None:
        self.long_side = long_side

    @property
    def names(self) -> tuple[str, ...]:
        """34 names for each of two working sizes, and the size."""
        return (*(f"{name}_{size}" for size in _SIZES for name in _NAMES), "log_size")

    def extract(self, value: Image) -> Features:
        """Measure one picture; float64, shape (69,).

        All NaN where there is nothing to tell by: a side is under 64 pixels at the working size, or nearly
        no line at one of the two sizes stands out from flatness, darkness or noise. What is left to measure
        then, noise and tails, would pass any such picture for sharp.
        """
        gray = value.gray_at(self.long_side)
        if min(gray.shape) < SMALLEST_SIDE:
            return self._untold(value, f"a side under {SMALLEST_SIDE} pixels is too short")
        full, half = _measured(gray), _measured(_halved(gray))
        if math.isnan(full[0]) or math.isnan(half[0]):
            return self._untold(value, "there are no edges")
        return np.array([*full, *half, math.log(max(gray.shape) / self.long_side)])

    def _untold(self, value: Image, why: str) -> Features:
        self.remark(value, f"{why} to tell sharp from blurred by")
        return np.full(len(self.names), np.nan)

    def explain(self, value: Image) -> Explanation:
        """Show where the picture is sharp."""
        return focus_map(value.gray_at(self.long_side))


def _measured(gray: Gray) -> list[float]:
    """Return `_NAMES` of a picture at one working size."""
    noise, texture = noise_and_texture(gray)
    found = [lines(gray, direction, noise) for direction in DIRECTIONS]
    return [
        *_over_lines(found),
        *over_tiles(found, _SMALL),
        *bends(gray, noise),
        *_tail(found[:2]),
        math.log(noise + 0.3),
        math.log((texture + 0.3) / (noise + 0.3)),
        float(np.mean([line.clipped_share for line in found])),
    ]


def _halved(gray: Gray) -> Gray:
    height, width = gray.shape[0] // 2, gray.shape[1] // 2
    whole = gray[: 2 * height, : 2 * width]
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _over_lines(of: Sequence[Lines]) -> list[float]:
    """Return for each percentile the weakest direction, the mean and the range of directions."""
    logs = np.array([np.log(_counted_percentiles(line.slope) + _SMALL) - line.longer for line in of])
    logs = logs[~np.isnan(logs[:, 0])]
    if not len(logs):
        return [math.nan] * (len(_OVER) * len(_PERCENTILES))
    return [*logs.min(axis=0), *logs.mean(axis=0), *np.ptp(logs, axis=0)]


def _counted_percentiles(shares: NDArray[np.float32]) -> Floats:
    """Return `_PERCENTILES` of numbers from 0 to 1, to 1/500: counted, which is quicker than sorted."""
    if shares.size < _FEWEST_LINES:
        return np.full(len(_PERCENTILES), np.nan)
    counts = np.bincount((shares * 500).astype(np.intp), minlength=502)
    upto = np.cumsum(counts) / shares.size
    return np.interp(np.array(_PERCENTILES) / 100, upto, np.arange(1, counts.size + 1)) / 500


def _tail(of: Sequence[Lines]) -> list[float]:
    """Return how much larger the rare steps are than the common ones."""
    counts = sum(np.bincount(line.steps.ravel(), minlength=256) for line in of)
    upto = np.cumsum(counts)
    size = np.interp(_STEPS, upto / upto[-1], np.arange(256.0)) + 1
    return [float(number) for number in np.diff(np.log(size))]


_NAMES = (
    *(f"slope_p{p}_{over}" for over in _OVER for p in _PERCENTILES),
    *(f"tile_slope_{of}" for of in OVER_TILES),
    *BENDS,
    *("tail_middle", "tail_far", "tail_end"),
    *("log_noise", "log_texture", "clipped_edges"),
)
