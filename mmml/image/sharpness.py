"""`Sharpness`: features that tell blur from sharpness, whatever the size, contrast and noise of a photo."""

import math
from collections.abc import Sequence
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError
from mmml.features import Explanation, Features, Transformer
from mmml.image.lines import DIRECTIONS, Lines, lines
from mmml.image.noise import noise_and_texture
from mmml.image.value import Gray, Image

#: Below this side the half-size picture has too few lines.
SMALLEST_SIDE = 64
#: Tiles per side of a picture.
TILES = 12

_SIZES = ("full", "half")
_MEASURES = ("slope", "curve")
_PERCENTILES = (50, 80, 95)
_TILE_PERCENTILES = (20, 50, 80, 95)
_OVER = ("weakest", "mean", "range")
#: Neighbours on a diagonal are further apart: an edge looks that much steeper there (logarithm of 1.28).
_DIAGONAL = np.array([0, 0, 0.25, 0.25])
_SMALL = 0.02
_FEWEST_LINES, _FEWEST_IN_TILE, _FEWEST_TILES = 50, 5, 6
_STEPS = (0.5, 0.9, 0.99, 0.999)
#: What white noise of variance 1 adds to the squared difference of two pixels, and of one to the mean of two.
_NOISE_IN_STEP, _NOISE_IN_BEND = 2.0, 1.5

Floats = NDArray[np.float64]


class Sharpness(Transformer):
    """How steep the steepest steps are, in every direction and part of a picture, at two working sizes.

    Along many short lines: the largest step, and the largest bend, over the line's range (see
    `mmml.image.lines`). A camera that moved leaves sharp edges in one direction only, so the weakest one
    counts; before a soft background a small subject is sharp, so the upper percentiles over tiles count. To
    these come: the energy of bends over that of steps and the fall of both from the full to the half size
    (the slope of the spectrum: D. J. Field, 1987), less that of noise; how heavy the tail of the steps is;
    noise and finest texture; the share of clipped edges, and the size of the picture.

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
        """37 names for each of two working sizes, four between them, and the size."""
        return (
            *(f"{name}_{size}" for size in _SIZES for name in _NAMES),
            *(f"fall_of_{kind}_{of}" for kind in ("steps", "bends") for of in ("mean", "p95")),
            "log_size",
        )

    def extract(self, value: Image) -> Features:
        """Measure one picture; float64, shape (79,); NaN where a side is under 64 pixels or all is flat."""
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
        height, width = value.gray_at(self.long_side).shape
        if min(height, width) < SMALLEST_SIDE:
            raise MmmlError(f"{width} x {height} pixels are too few for a map of sharpness")
        return Explanation("sharpness", sharpness_map(value, self.long_side), "blurred", "sharp")


def sharpness_map(value: Image, long_side: int = 1024) -> NDArray[np.float32]:
    """Return how sharp each part of a picture is, as `Sharpness` sees it.

    Args:
        value: the picture.
        long_side: working size, pixels.

    Returns:
        float32, shape (12, 12), the tiles of the picture from the top left; 0 for steps that are a tenth of
        the contrast around them (blurred), 1 for those that are six tenths (crisp); NaN where a tile has no
        edges in two directions to tell by.
    """
    gray = value.gray_at(long_side)
    if min(gray.shape) < SMALLEST_SIDE:
        return np.full((TILES, TILES), np.nan, np.float32)
    slope = np.exp(_Measured(gray).tiles("slope")) - _SMALL
    return np.asarray(np.clip((slope - 0.1) / 0.5, 0, 1).reshape(TILES, TILES), dtype=np.float32)


class _Measured:
    """The lines of a picture at one working size, and what follows from them."""

    def __init__(self, gray: Gray) -> None:
        self.noise, self.texture = noise_and_texture(gray)
        self.lines = [lines(gray, direction, self.noise) for direction in DIRECTIONS]
        self.step_energy = _energy([line.step_energy for line in self.lines], _NOISE_IN_STEP * self.noise**2)
        self.bend_energy = _energy([line.bend_energy for line in self.lines], _NOISE_IN_BEND * self.noise**2)

    def features(self) -> list[float]:
        tiles = [self.tiles(measure) for measure in _MEASURES]
        return [
            *(number for measure in _MEASURES for number in self._over_lines(measure)),
            *(number for tile in tiles for number in _percentiles(tile, _TILE_PERCENTILES, _FEWEST_TILES)),
            float(np.mean(~np.isnan(tiles[0]))),
            *self._bends_over_steps(),
            *_tail(self.lines),
            math.log(self.noise + 0.3),
            math.log((self.texture + 0.3) / (self.noise + 0.3)),
            float(np.mean([line.clipped_share for line in self.lines])),
        ]

    def _over_lines(self, measure: str) -> list[float]:
        """Return for each percentile the weakest direction, the mean and the range of directions."""
        found = np.array([_quick_percentiles(getattr(line, measure)) for line in self.lines])
        logs = np.log(found + _SMALL) - _DIAGONAL[:, None]
        logs = logs[~np.isnan(logs[:, 0])]
        if not len(logs):
            return [math.nan] * (len(_OVER) * len(_PERCENTILES))
        return [*logs.min(axis=0), *logs.mean(axis=0), *np.ptp(logs, axis=0)]

    def tiles(self, measure: str) -> Floats:
        """Return the logarithm of each tile's weakest direction, shape (tiles,); NaN where lines are few."""
        logs = np.array([_in_tiles(line, measure) for line in self.lines]) - _DIAGONAL[:, None]
        enough = (~np.isnan(logs)).sum(axis=0) >= 2
        return np.where(enough, np.fmin.reduce(logs, axis=0), np.nan)

    def _bends_over_steps(self) -> list[float]:
        weight = self.step_energy.mean(axis=0)
        # A step along a diagonal is longer, and a bend of a given curve grows with its square.
        ratio = np.log(self.bend_energy / self.step_energy) - 2 * _DIAGONAL[:, None]
        return [number for of in (ratio.min(axis=0), ratio.mean(axis=0)) for number in _weighted(of, weight)]


def _halved(gray: Gray) -> Gray:
    height, width = gray.shape[0] // 2, gray.shape[1] // 2
    whole = gray[: 2 * height, : 2 * width]
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _energy(planes: Sequence[NDArray[np.float32]], noise: float) -> Floats:
    """Return the mean energy in tiles, less that of noise; shape (directions, tiles)."""
    means = [cv2.resize(plane, (TILES, TILES), interpolation=cv2.INTER_AREA).ravel() for plane in planes]
    energy = np.array(means, dtype=np.float64)
    # The noise is only estimated: some of the energy always stays.
    return np.maximum(energy - noise, 0.05 * energy + 0.05)


def _quick_percentiles(shares: NDArray[np.float32]) -> Floats:
    """Return `_PERCENTILES` of numbers from 0 to 1, to 1/500: counted, which is quicker than sorted."""
    if shares.size < _FEWEST_LINES:
        return np.full(len(_PERCENTILES), np.nan)
    counts = np.bincount((shares * 500).astype(np.intp), minlength=502)
    return (
        np.interp(
            np.array(_PERCENTILES) / 100, np.cumsum(counts) / shares.size, np.arange(1, counts.size + 1)
        )
        / 500
    )


def _percentiles(numbers: Floats, percentiles: Sequence[int], fewest: int) -> list[float]:
    known = numbers[~np.isnan(numbers)]
    return (
        np.percentile(known, percentiles).tolist() if known.size >= fewest else [math.nan] * len(percentiles)
    )


def _in_tiles(line: Lines, measure: str) -> Floats:
    tile = (line.row * TILES).astype(np.intp) * TILES + (line.column * TILES).astype(np.intp)
    weight = np.bincount(tile, line.weight, TILES**2)
    total = np.bincount(tile, line.weight * getattr(line, measure), TILES**2)
    logs = np.log(total / np.maximum(weight, 1) + _SMALL)
    return np.where(np.bincount(tile, minlength=TILES**2) >= _FEWEST_IN_TILE, logs, np.nan)


def _weighted(numbers: Floats, weight: Floats) -> list[float]:
    """Return the weighted mean and the 95th percentile of the half of the tiles with more weight."""
    rich = weight >= np.median(weight)
    return [float(np.average(numbers[rich], weights=weight[rich])), float(np.percentile(numbers[rich], 95))]


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
    *(f"tile_{measure}_p{p}" for measure in _MEASURES for p in _TILE_PERCENTILES),
    "tiles_with_edges",
    *(f"bends_over_steps_{over}_{of}" for over in ("weakest", "mean") for of in ("mean", "p95")),
    *("tail_middle", "tail_far", "tail_end"),
    *("log_noise", "log_texture", "clipped_edges"),
)
