"""`Sharpness`: features that tell blur from sharpness, whatever the size, contrast and noise of a photo."""

import math
from collections.abc import Sequence
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.features import Explanation, Features, Transformer
from mmml.image.focus_map import focus_map
from mmml.image.lines import DIRECTIONS, Lines, Measure, lines
from mmml.image.noise import noise_and_texture
from mmml.image.tiles import OVER_TILES, Floats, in_tiles, over_tiles, quantiles
from mmml.image.value import Gray, Image

#: Below this side the half-size picture has too few lines.
SMALLEST_SIDE = 64

_SIZES = ("full", "half")
_MEASURES: tuple[Measure, ...] = ("slope", "curve")
_PERCENTILES = (50, 80, 95, 99)
_OVER = ("weakest", "mean", "range")
#: Slopes and curves are shares from 0 to 1; this keeps their logarithms in bounds.
_SMALL = 0.02
_FEWEST_LINES = 50
_STEPS = (0.5, 0.9, 0.99, 0.999)
#: What white noise of variance 1 adds to the squared difference of two pixels, and of one to the mean of two.
_NOISE_IN_STEP, _NOISE_IN_BEND = 2.0, 1.5


class Sharpness(Transformer):
    """How steep the steepest steps are, in every direction and part of a picture, at two working sizes.

    Along many short lines: the largest step, and the largest bend, over the line's range (see
    `mmml.image.lines`). A camera that moved leaves sharp edges in one direction only, so the weakest one
    counts; before a soft background a small subject is sharp, so the sharpest tiles count. To these come:
    the energy of bends over that of steps and the fall of both from the full to the half size (the slope of
    the spectrum: D. J. Field, 1987), less that of noise; how heavy the tail of the steps is; noise and
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
        """48 names for each of two working sizes, four between them, and the size."""
        return (
            *(f"{name}_{size}" for size in _SIZES for name in _NAMES),
            *(f"fall_of_{kind}_{of}" for kind in ("steps", "bends") for of in ("mean", "p95")),
            "log_size",
        )

    def extract(self, value: Image) -> Features:
        """Measure one picture; float64, shape (101,); NaN where a side is under 64 pixels or all is flat."""
        gray = value.gray_at(self.long_side)
        if min(gray.shape) < SMALLEST_SIDE:
            return np.full(len(self.names), np.nan)
        full, half = _Measured(gray), _Measured(_halved(gray))
        return np.array(
            [
                *full.features(),
                *half.features(),
                *_fall(full.step_energy, half.step_energy, half.step_energy),
                *_fall(full.bend_energy, half.bend_energy, half.step_energy),
                math.log(max(gray.shape) / self.long_side),
            ]
        )

    def explain(self, value: Image) -> Explanation:
        """Show where the picture is sharp."""
        return focus_map(value.gray_at(self.long_side))


class _Measured:
    """The lines of a picture at one working size, and what follows from them."""

    def __init__(self, gray: Gray) -> None:
        self.noise, self.texture = noise_and_texture(gray)
        self.lines = [lines(gray, direction, self.noise) for direction in DIRECTIONS]
        self.longer = np.array([line.longer for line in self.lines])[:, None]
        self.step_energy = _energy([line.step_energy for line in self.lines], _NOISE_IN_STEP * self.noise**2)
        self.bend_energy = _energy([line.bend_energy for line in self.lines], _NOISE_IN_BEND * self.noise**2)

    def features(self) -> list[float]:
        return [
            *(number for measure in _MEASURES for number in self._over_lines(measure)),
            *(number for measure in _MEASURES for number in over_tiles(self.lines, measure, _SMALL)),
            *self._bends_over_steps(),
            *_tail(self.lines),
            math.log(self.noise + 0.3),
            math.log((self.texture + 0.3) / (self.noise + 0.3)),
            float(np.mean([line.clipped_share for line in self.lines])),
        ]

    def _over_lines(self, measure: Measure) -> list[float]:
        """Return for each percentile the weakest direction, the mean and the range of directions."""
        found = np.array([_counted_percentiles(line.measured(measure)) for line in self.lines])
        logs = np.log(found + _SMALL) - self.longer
        logs = logs[~np.isnan(logs[:, 0])]
        if not len(logs):
            return [math.nan] * (len(_OVER) * len(_PERCENTILES))
        return [*logs.min(axis=0), *logs.mean(axis=0), *np.ptp(logs, axis=0)]

    def _bends_over_steps(self) -> list[float]:
        weight = self.step_energy.mean(axis=0)
        # A step along a diagonal is longer, and a bend of a given curve grows with its square.
        ratio = np.log(self.bend_energy / self.step_energy) - 2 * self.longer
        return [number for of in (ratio.min(axis=0), ratio.mean(axis=0)) for number in _weighted(of, weight)]


def _halved(gray: Gray) -> Gray:
    height, width = gray.shape[0] // 2, gray.shape[1] // 2
    whole = gray[: 2 * height, : 2 * width]
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _energy(planes: Sequence[NDArray[np.float32]], noise: float) -> Floats:
    """Return the mean energy in tiles, less that of noise; shape (directions, tiles)."""
    energy = np.array([in_tiles(plane) for plane in planes], dtype=np.float64)
    # The noise is only estimated: some of the energy always stays.
    return np.maximum(energy - noise, 0.05 * energy + 0.05)


def _counted_percentiles(shares: NDArray[np.float32]) -> Floats:
    """Return `_PERCENTILES` of numbers from 0 to 1, to 1/500: counted, which is quicker than sorted."""
    if shares.size < _FEWEST_LINES:
        return np.full(len(_PERCENTILES), np.nan)
    counts = np.bincount((shares * 500).astype(np.intp), minlength=502)
    upto = np.cumsum(counts) / shares.size
    return np.interp(np.array(_PERCENTILES) / 100, upto, np.arange(1, counts.size + 1)) / 500


def _weighted(numbers: Floats, weight: Floats) -> list[float]:
    """Return the weighted mean and the 95th percentile of the half of the tiles with more weight."""
    rich = weight >= np.median(weight)
    return [float(np.average(numbers[rich], weights=weight[rich])), *quantiles(numbers[rich], [95])]


def _fall(full: Floats, half: Floats, weight: Floats) -> list[float]:
    return _weighted(np.log(full / half).mean(axis=0), weight.mean(axis=0))


def _tail(of: Sequence[Lines]) -> list[float]:
    """Return how much larger the rare steps are than the common ones."""
    steps = np.sqrt(np.concatenate([line.step_energy.ravel() for line in of[:2]]))
    share = np.cumsum(np.bincount(steps.astype(np.intp), minlength=256)) / steps.size
    size = np.interp(_STEPS, share, np.arange(256.0)) + 1
    return [float(number) for number in np.diff(np.log(size))]


_NAMES = (
    *(f"{measure}_p{p}_{over}" for measure in _MEASURES for over in _OVER for p in _PERCENTILES),
    *(f"tile_{measure}_{of}" for measure in _MEASURES for of in OVER_TILES),
    *(f"bends_over_steps_{over}_{of}" for over in ("weakest", "mean") for of in ("mean", "p95")),
    *("tail_middle", "tail_far", "tail_end"),
    *("log_noise", "log_texture", "clipped_edges"),
)
