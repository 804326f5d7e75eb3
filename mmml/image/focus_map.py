"""Where a picture is sharp: a map for people, drawn beside the score of whatever measures blur."""

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError
from mmml.features import Explanation
from mmml.image.value import Gray

#: Below this side a picture has no inside to take derivatives of.
SMALLEST_SIDE = 8

# So many tiles along the long side; the smallest tile, pixels.
_TILES, _SMALLEST_TILE = 48, 8
# Curvature over steepness (1/pixel) of what counts as wholly sharp: photos in focus have 1.5 to 3.5.
_SHARP = 2.0
# Grey levels per pixel, squared: flatter tiles show too little to be told sharp or blurred.
_FLAT = 1.0
# So many times the steepness of the noise alone is wanted too.
_ABOVE_NOISE = 4.0
# The mask of Immerkær (below), and what white noise of variance 1 gives in it, in both derivatives.
_NOISE = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], dtype=np.float32)
_NOISE_GAIN, _STEEP_GAIN, _CURVED_GAIN = 36.0, 0.375, 20.0
# The share of the tiles that are taken for flat: what varies there is noise.
_QUIET = 10


def focus_map(gray: Gray) -> Explanation:
    """Return where a picture is sharp, tile by tile: 1 in focus, 0 blurred, NaN where nothing is to be seen.

    The root of Laplacian energy over gradient energy, in 1/pixel: contrast cancels out, and an edge that a
    Gaussian of standard deviation s has blurred gives 1/(s sqrt(2)). What noise adds to both energies is
    taken off; its variance comes from the flattest tiles, by the mask of J. Immerkær, "Fast noise variance
    estimation", Computer Vision and Image Understanding 64, 1996.

    Args:
        gray: luma, uint8, shape (H, W), at the size at which it shall be sharp.

    Raises:
        MmmlError: a side is under 8 pixels.
    """
    height, width = gray.shape
    if min(height, width) < SMALLEST_SIDE:
        raise MmmlError(f"{width} x {height} pixels are too few for a map of sharpness")
    tile = max(_SMALLEST_TILE, max(height, width) // _TILES)
    tiles = max(1, round(width / tile)), max(1, round(height / tile))
    across = cv2.Sobel(gray, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(gray, cv2.CV_32F, 0, 1, scale=1 / 8)
    steep = _energy(across, tiles) + _energy(down, tiles)
    curved = _energy(cv2.Laplacian(gray, cv2.CV_32F), tiles)
    grain = _energy(cv2.filter2D(gray, cv2.CV_32F, _NOISE), tiles)
    noise = float(np.percentile(grain, _QUIET)) / _NOISE_GAIN
    steep, curved = steep - _STEEP_GAIN * noise, np.maximum(curved - _CURVED_GAIN * noise, 0)
    told = steep > max(_FLAT, _ABOVE_NOISE * _STEEP_GAIN * noise)
    ratio = np.sqrt(np.divide(curved, steep, out=np.full_like(steep, np.nan), where=told))
    sharp = np.clip(ratio / _SHARP, 0, 1).astype(np.float32)
    return Explanation("sharpness", sharp, "blurred", "sharp")


def _energy(plane: "cv2.typing.MatLike", tiles: tuple[int, int]) -> NDArray[np.float32]:
    """Return the mean square in each tile; float32, shape (rows, columns)."""
    return np.asarray(cv2.resize(plane * plane, tiles, interpolation=cv2.INTER_AREA), dtype=np.float32)
