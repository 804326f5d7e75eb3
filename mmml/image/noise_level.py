"""How noisy a picture is: the standard deviation of its noise, estimated where it has no texture."""

from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError
from mmml.features import Features, Transformer
from mmml.image.value import Gray, Image

#: The difference of two Laplacians, which takes no notice of slopes and straight edges.
_MASK = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], dtype=np.float32)
#: The absolute mean that the mask makes of noise of deviation 1; the root of its sum of squares is 6.
_GAIN = 6 * np.sqrt(2 / np.pi)
#: Noise is cut off where more than this share of a block is black or white.
_MOST_LOST = 0.02


class NoiseLevel(Transformer):
    """Standard deviation of the noise of the luma, in levels of 0 to 255.

    J. Immerkaer, "Fast noise variance estimation", Computer Vision and Image Understanding 64, 1996, on
    blocks instead of the whole picture: it takes texture for noise, so only the blocks with the least
    gradients count, and of these the median (masking out edges as S.-C. Tai and S.-M. Yang do, "A fast
    method for image noise estimation using Laplacian operator and adaptive edge detection", ISCCSP 2008).

    It is the noise that is left in the file: JPEG takes away what its quality does not hold. Where a
    picture is texture through and through, its finest texture counts as noise.

    Args:
        block: side of the blocks, pixels.
        grid: most blocks along each side; they are spread evenly over the picture.
        share: the part of the blocks that counts, those with the least gradients; above 0, at most 1.
        long_side: working size, pixels; None for native size, for scaling down takes noise away.
    """

    modality: ClassVar[str] = "image"

    def __init__(
        self, block: int = 32, grid: int = 16, share: float = 0.1, long_side: int | None = None
    ) -> None:
        self.block = block
        self.grid = grid
        self.share = share
        self.long_side = long_side
        if block < 8 or grid < 1 or not 0 < share <= 1:
            raise MmmlError(
                f"block is {block}, grid {grid}, share {share}",
                "choose a block of at least 8, a grid of at least 1 and a share above 0, at most 1",
            )

    @property
    def names(self) -> tuple[str, ...]:
        """The standard deviation."""
        return ("noise_level",)

    def extract(self, value: Image) -> Features:
        """Measure one picture; float64, shape (1,); NaN where no block fits or all are black or white."""
        blocks = _blocks(value.gray_at(self.long_side), self.block, self.grid)
        lost = np.count_nonzero((blocks <= 1) | (blocks >= 254), axis=(1, 2))
        blocks = blocks[lost <= _MOST_LOST * self.block**2]
        if not len(blocks):
            return np.array([np.nan])
        column = blocks.reshape(-1, self.block)
        across, down = cv2.Sobel(column, cv2.CV_32F, 1, 0), cv2.Sobel(column, cv2.CV_32F, 0, 1)
        steepness = self._means(across) + self._means(down)
        noise = self._means(cv2.filter2D(column, cv2.CV_32F, _MASK)) / _GAIN
        calm = np.argsort(steepness, kind="stable")[: int(np.ceil(self.share * len(blocks)))]
        return np.array([np.median(noise[calm])])

    def _means(self, column: NDArray[Any]) -> NDArray[np.float64]:
        # Along its border a block has its neighbour in the column beside it.
        inside = column.reshape(-1, self.block, self.block)[:, 1:-1, 1:-1]
        return np.asarray(np.abs(inside).mean(axis=(1, 2)), dtype=np.float64)


def _blocks(gray: Gray, side: int, grid: int) -> NDArray[np.uint8]:
    """Return blocks that do not overlap, spread evenly; uint8, shape (n, side, side)."""
    down, across = (
        np.linspace(0, length - side, min(grid, length // side)).round().astype(int) for length in gray.shape
    )
    found = [gray[y : y + side, x : x + side] for y in down for x in across]
    return np.stack(found) if found else np.empty((0, side, side), dtype=np.uint8)
