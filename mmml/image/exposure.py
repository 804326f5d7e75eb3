"""Features of the histogram of the luma: how light a picture is, and what is lost in black and white."""

from collections.abc import Sequence
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError
from mmml.features import Explanation, Features, Transformer
from mmml.image.value import Gray, Image

_TILES = ("tiles_clipped", "tiles_burnt")
#: A tile is clipped from the first share of its pixels, and burnt from the second.
_WHOLE, _PART = 0.9, 0.05

# A map shows also what is nearly lost: levels so far from black and white, by colours so far from theirs.
_NEAR, _NEAR_COLOURS = 16, 0.3
# Long side of a map, pixels: about as large as it is shown.
_MAP = 480


class Exposure(Transformer):
    """Mean and percentiles of the luma, and the shares of the picture that are crushed and clipped.

    All is in levels of the luma as the file holds it, 0 to 255, gamma-encoded: about as the eye sees it.
    Shares are 0 to 1. What is crushed or clipped shows nothing any more.

    Two shares tell apart how a picture is clipped, by its tiles: ``tiles_clipped`` whole (nine tenths and
    more), as under a white sky, or ``tiles_burnt`` in part, as where a surface loses its texture.

    Args:
        percentiles: of the luma, each 0 to 100; 50 is the median.
        black: a pixel at most this light is crushed.
        white: a pixel at least this light is clipped. Not 0 and 255, for JPEG spreads levels a little.
        grid: tiles along each side of the picture.
        long_side: working size, pixels: larger pictures are scaled down to it first; None for native size.
    """

    modality: ClassVar[str] = "image"

    def __init__(
        self,
        percentiles: Sequence[float] = (1, 5, 25, 50, 75, 95, 99),
        black: int = 4,
        white: int = 251,
        grid: int = 16,
        long_side: int | None = 1024,
    ) -> None:
        self.percentiles = percentiles
        self.black = black
        self.white = white
        self.grid = grid
        self.long_side = long_side
        if not all(0 <= percentile <= 100 for percentile in percentiles):
            raise MmmlError(f"percentiles is {list(percentiles)}", "choose numbers from 0 to 100")
        if not 0 <= black < white <= 255:
            raise MmmlError(
                f"black is {black} and white is {white}", "choose levels from 0 to 255, black first"
            )
        if grid < 1:
            raise MmmlError(f"grid is {grid}", "choose at least 1")

    @property
    def names(self) -> tuple[str, ...]:
        """The mean, one for each percentile (``luma_p95``), the two shares of pixels, the two of tiles."""
        percentiles = (f"luma_p{percentile:g}".replace(".", "_") for percentile in self.percentiles)
        return ("luma_mean", *percentiles, "crushed_share", "clipped_share", *_TILES)

    def extract(self, value: Image) -> Features:
        """Measure one picture; float64, shape (len(percentiles) + 5,); NaN for tiles under a pixel."""
        gray = value.gray_at(self.long_side)
        shares = histogram(gray)
        return np.array(
            [
                shares @ np.arange(256),
                *(percentile(shares, part) for part in self.percentiles),
                shares[: self.black + 1].sum(),
                shares[self.white :].sum(),
                *self._tiles(gray),
            ]
        )

    def explain(self, value: Image) -> Explanation:
        """Show what is crushed and clipped, and what nearly is."""
        gray = value.gray_at(self.long_side)
        height, width = (max(1, round(side * _MAP / max(gray.shape))) for side in gray.shape)
        if max(gray.shape) > _MAP:
            # The mean of pixels would make of white specks a light grey that is not there.
            nearest = cv2.resize(gray, (width, height), interpolation=cv2.INTER_NEAREST)
            gray = np.asarray(nearest, dtype=np.uint8)
        return Explanation(
            "exposure", self._shades()[gray], "crushed to black", "clipped to white", elsewhere="neither"
        )

    def _shades(self) -> NDArray[np.float32]:
        """Return where each level lies on the scale of the map; NaN between what is nearly lost."""
        levels = np.arange(256)
        near = min(_NEAR, (self.white - self.black) / 2)
        from_black = np.clip((levels - self.black) / near, 0, 1)
        from_white = np.clip((self.white - levels) / near, 0, 1)
        light = np.where(from_white < 1, 1 - _NEAR_COLOURS * from_white, np.nan)
        return np.where(from_black < 1, _NEAR_COLOURS * from_black, light).astype(np.float32)

    def _tiles(self, gray: Gray) -> tuple[float, float]:
        if min(gray.shape) < self.grid:
            return np.nan, np.nan
        clipped = cv2.threshold(gray, self.white - 1, 255, cv2.THRESH_BINARY)[1]
        tiles = cv2.resize(clipped, (self.grid, self.grid), interpolation=cv2.INTER_AREA) / np.float32(255)
        whole = tiles >= _WHOLE
        return float(whole.mean()), float((~whole & (tiles > _PART)).mean())


def histogram(gray: Gray) -> NDArray[np.float64]:
    """Return the share of the pixels at each level of the luma, sum 1; float64, shape (256,)."""
    counts = cv2.calcHist([gray], [0], None, [256], [0, 256])[:, 0].astype(np.float64)
    return np.asarray(counts / counts.sum())


def percentile(shares: NDArray[np.float64], part: float) -> int:
    """Return the lowest level of the picture that ``part`` percent of the pixels do not exceed; 0 to 255."""
    # The sum of all shares may miss 1 by a rounding error.
    return int(np.searchsorted(np.cumsum(shares), max(part / 100 - 1e-9, 1e-12)))
