"""How much noise a picture has where it shows least, and how much of the finest detail elsewhere."""

import math

import cv2
import numpy as np

from mmml.image.value import Gray

#: Blind to slopes and to straight edges along the pixels: J. Immerkær, "Fast noise variance estimation",
#: 1996. White noise of standard deviation 1 comes out with 6.
_MASK = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
_MEAN_TO_DEVIATION = math.sqrt(math.pi / 2) / 6
_TILE = 16
#: Where a tile is darker or brighter on average, levels are cut off, and noise with them.
_DARKEST, _BRIGHTEST = 8, 245
_QUIET, _FEWEST = 15, 8


def noise_and_texture(gray: Gray) -> tuple[float, float]:
    """Return the standard deviation of the noise in the quiet tiles of a picture, and in the middle one.

    The first is the noise of a camera, or a little more where nothing is plain; the second has the finest
    texture in it.

    Args:
        gray: uint8, shape (H, W), both at least 16.

    Returns:
        Two numbers, grey levels.
    """
    size = gray.shape[1] // _TILE, gray.shape[0] // _TILE
    whole = gray[: size[1] * _TILE, : size[0] * _TILE]
    fine = cv2.convertScaleAbs(cv2.filter2D(whole, cv2.CV_16S, _MASK))
    loudness = cv2.resize(fine.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    brightness = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
    usable = (brightness > _DARKEST) & (brightness < _BRIGHTEST)
    tiles = loudness[usable] if np.count_nonzero(usable) >= _FEWEST else loudness.ravel()
    quiet, middle = np.percentile(tiles, (_QUIET, 50)) * _MEAN_TO_DEVIATION
    return float(quiet), float(middle)
