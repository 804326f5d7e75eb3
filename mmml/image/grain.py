"""How much noise a picture has where it shows least, and how much of the finest detail elsewhere."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.image.value import Gray


def _bell(deviation: float) -> NDArray[np.float64]:
    line = cv2.getGaussianKernel(5, deviation)
    return np.asarray(line @ line.T, dtype=np.float64)


# A difference of two Gaussians: detail of about two to four pixels. JPEG takes what is finer out of plain
# parts, the noise with it, but leaves this. In 64ths, so that little is lost to whole numbers.
_MASK = 64 * (_bell(0.5) - _bell(1.0))
#: From the mean size of what the mask finds in white noise to the standard deviation of that noise.
_MEAN_TO_DEVIATION = math.sqrt(math.pi / 2) / float(np.sqrt((_MASK**2).sum()))
_TILE = 16
#: Where a tile is darker or brighter on average, levels are cut off, and noise with them.
_DARKEST, _BRIGHTEST = 8, 245
_QUIET, _FEWEST = 15, 8


def noise_and_texture(gray: Gray) -> tuple[float, float]:
    """Return the standard deviation of the noise in the quiet tiles of a picture, and in the middle one.

    The first is the noise of a camera where something is plain, and texture where nothing is: gravel has
    several times its noise. The second has fine texture in it.

    Args:
        gray: uint8, shape (H, W), both at least 16.

    Returns:
        Two numbers, grey levels.
    """
    size = gray.shape[1] // _TILE, gray.shape[0] // _TILE
    whole = gray[: size[1] * _TILE, : size[0] * _TILE]
    fine = np.abs(cv2.filter2D(whole, cv2.CV_16S, _MASK))
    loudness = cv2.resize(fine.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    brightness = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
    usable = (brightness > _DARKEST) & (brightness < _BRIGHTEST)
    tiles = loudness[usable] if np.count_nonzero(usable) >= _FEWEST else loudness.ravel()
    quiet, middle = np.percentile(tiles, (_QUIET, 50)) * _MEAN_TO_DEVIATION
    return float(quiet), float(middle)
