"""Where a picture is sharp: a map for people, drawn beside the score of whatever measures blur."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError
from mmml.features import Explanation
from mmml.image.angles import SMALLEST, weakest_angle
from mmml.image.grain import noise_and_texture
from mmml.image.value import Gray

Energy = NDArray[np.float32]

#: Below this side a picture has no inside to take derivatives of.
SMALLEST_SIDE = 8

# So many tiles along the long side; the smallest tile, pixels.
_TILES, _SMALLEST_TILE = 48, 8
# Curvature over steepness (1/pixel) of what counts as wholly sharp: photos in focus have 1.5 to 3.5.
_SHARP = 2.0
# Grey levels per pixel, squared: flatter tiles show too little to be told sharp or blurred.
_FLAT = 4.0
# So many times the steepness of the noise alone is wanted too.
_ABOVE_NOISE = 6.0
# The mask of Immerkær (below), and what white noise of variance 1 gives in it, in both derivatives.
_FINEST = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], dtype=np.float32)
_FINEST_GAIN, _STEEP_GAIN, _CURVED_GAIN = 36.0, 0.375, 20.0
# The share of the tiles that are taken for flat, percent: what varies there is noise.
_QUIET = 10
# How many times the noise in the finest detail a picture may have in all.
_MOST = 2.0
# A picture that bends so much more across its weakest angle than along it (logarithm) has moved: of a hundred
# sharp photographs five do.
_MOVED = 0.5
# Of what bends alike in all directions, the ratio of both energies along one of them is that much less.
_ONE_OF_ALL = 0.75


def focus_map(gray: Gray) -> Explanation:
    """Return where a picture is sharp, tile by tile: 1 in focus, 0 blurred, NaN where nothing is to be seen.

    The root of Laplacian energy over gradient energy, in 1/pixel: contrast cancels out, and an edge that a
    Gaussian of standard deviation s has blurred gives 1/(s sqrt(2)). What noise adds to both energies is
    taken off, and where it drowns them nothing is told; in strong noise some of it still looks sharp. Of a
    picture that has moved, both energies are those along its motion: across it edges stay as sharp as they
    were.

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
    deviation = _noise(gray, tiles)
    noise = deviation**2
    angle, across = weakest_angle(gray, deviation) if min(height, width) >= SMALLEST else (0.0, 0.0)
    steep, curved = _moved(gray, tiles, noise, angle) if across > _MOVED else _still(gray, tiles, noise)
    told = steep > max(_FLAT, _ABOVE_NOISE * _STEEP_GAIN * noise)
    ratio = np.sqrt(np.divide(np.maximum(curved, 0), steep, out=np.full_like(steep, np.nan), where=told))
    sharp = np.clip(ratio / _SHARP, 0, 1).astype(np.float32)
    return Explanation("sharpness", sharp, "blurred", "sharp")


def _noise(gray: Gray, tiles: tuple[int, int]) -> float:
    """Return the standard deviation of the noise.

    JPEG hides noise from the finest detail (J. Immerkær, "Fast noise variance estimation", 1996), and where
    nothing is plain texture passes for noise in what is less fine: so the smaller of both, nearly.
    """
    finest = float(np.percentile(_energy(cv2.filter2D(gray, cv2.CV_32F, _FINEST), tiles), _QUIET))
    finest = math.sqrt(finest / _FINEST_GAIN)
    if min(gray.shape) < SMALLEST:
        return finest
    return min(noise_and_texture(gray)[0], _MOST * finest)


def _still(gray: Gray, tiles: tuple[int, int], noise: float) -> tuple[Energy, Energy]:
    """Return the energies of gradient and Laplacian in tiles, less those of noise."""
    right, down = _gradient(gray)
    steep = _energy(right, tiles) + _energy(down, tiles)
    curved = _energy(cv2.Laplacian(gray, cv2.CV_32F), tiles)
    return steep - _STEEP_GAIN * noise, curved - _CURVED_GAIN * noise


def _moved(gray: Gray, tiles: tuple[int, int], noise: float, angle: float) -> tuple[Energy, Energy]:
    """Return the energies of both derivatives along an angle, to the scale of those of `_still`."""
    c, s = math.cos(angle), math.sin(angle)
    right, down = _gradient(gray)
    xx, yy = cv2.Sobel(gray, cv2.CV_32F, 2, 0, scale=1 / 4), cv2.Sobel(gray, cv2.CV_32F, 0, 2, scale=1 / 4)
    xy = cv2.Sobel(gray, cv2.CV_32F, 1, 1, scale=1 / 4)
    steep = 2 * _energy(c * right + s * down, tiles)
    curved = 2 / _ONE_OF_ALL * _energy(c * c * xx + 2 * c * s * xy + s * s * yy, tiles)
    # The squares of the masks' weights: 2.25 of xx and of yy, 0.25 of xy, and 0.25 of xx times yy.
    gain = 2 / _ONE_OF_ALL * (2.25 * (c**4 + s**4) + 1.5 * (c * s) ** 2)
    return steep - _STEEP_GAIN * noise, curved - gain * noise


def _gradient(gray: Gray) -> tuple[Energy, Energy]:
    """Return the slope to the right and downwards, grey levels per pixel; float32, the shape of ``gray``."""
    right, down = (cv2.Sobel(gray, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
    return np.asarray(right, np.float32), np.asarray(down, np.float32)


def _energy(plane: "cv2.typing.MatLike", tiles: tuple[int, int]) -> Energy:
    """Return the mean square in each tile; float32, shape (rows, columns)."""
    return np.asarray(cv2.resize(plane * plane, tiles, interpolation=cv2.INTER_AREA), dtype=np.float32)
