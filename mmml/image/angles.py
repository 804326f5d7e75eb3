"""How a picture bends in every direction: a camera that moved smooths it along its way alone.

The energy of second derivatives over that of first ones, both along one direction, is the mean square of
the frequencies there, a second moment of the power spectrum: contrast cancels out, and blur
takes the high ones away. With a few products of derivatives it is known for every angle, not only for those
of the pixels' grid.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.image.lines import TILES
from mmml.image.tiles import Floats, quantiles
from mmml.image.value import Gray

#: Smallest side, pixels.
SMALLEST = 2 * TILES
#: What `bends` returns.
BENDS = (
    *("bends_weakest", "bends_mean", "bends_range", "bends_across", "bends_range_in_tiles"),
    *(f"tile_bends_p{percentile}" for percentile in (20, 50, 80, 95)),
    *("tile_bends_range_p50", "tile_bends_range_p80", "bends_aligned"),
)

_ANGLES = np.arange(18) * np.pi / 18
_QUARTER = len(_ANGLES) // 2
# Weights of the derivatives xx, xy and yy in the second derivative along each angle; of the products xx, xy
# and yy of first derivatives in the square of the first derivative along it. Shape (3, angles, 1).
_ALONG = np.stack([np.cos(_ANGLES) ** 2, np.sin(2 * _ANGLES), np.sin(_ANGLES) ** 2])[..., None]

_SMOOTH = 0.6
# So many rows of a tile tell enough; so many rows of tiles are worked on at once.
_ROWS, _BAND = 16, 3
#: What white noise of variance 1 leaves in both energies after the smoothing, the mean over angles.
_NOISE_IN_FIRST, _NOISE_IN_SECOND = 0.12, 0.59


def bends(gray: Gray, noise: float) -> list[float]:
    """Measure how a picture bends in every direction.

    Args:
        gray: uint8, shape (H, W), both at least `SMALLEST`.
        noise: standard deviation of the noise, grey levels; what it adds is taken off.

    Returns:
        `BENDS`: of the whole picture the least over angles of the energy of second over that of first
        derivatives, its mean, its range, and how much more it is across the weakest angle; the range of its
        mean over tiles; then percentiles over tiles of the least and of the range; natural logarithms. Of
        the tiles, the half with more energy counts. Last, from 0 to 1, how much the weakest angles of the
        tiles agree.
    """
    first, second = _energies(gray, noise)
    whole = np.log(second.sum(axis=1) / first.sum(axis=1))
    weakest = int(np.argmin(whole))
    across = whole[weakest - _QUARTER] - whole[weakest]

    weight = first.mean(axis=0)
    rich = weight >= np.median(weight)
    weight = weight[rich]
    ratio = np.log(second[:, rich] / first[:, rich])
    least, span = ratio.min(axis=0), np.ptp(ratio, axis=0)
    # Angles that differ by half a turn are the same direction: twice the angle goes round once.
    turn = np.exp(2j * _ANGLES[ratio.argmin(axis=0)])
    aligned = abs(np.average(turn, weights=weight * span + 1e-9))
    mean = np.average(ratio, axis=1, weights=weight)
    return [
        *(float(number) for number in (whole[weakest], whole.mean(), np.ptp(whole), across, np.ptp(mean))),
        *quantiles(least, (20, 50, 80, 95)),
        *quantiles(span, (50, 80)),
        float(aligned),
    ]


def weakest_angle(gray: Gray, noise: float) -> tuple[float, float]:
    """Return along which angle a picture bends least, and by how much less than across it.

    Args:
        gray: uint8, shape (H, W), both at least `SMALLEST`.
        noise: standard deviation of the noise, grey levels.

    Returns:
        The angle, radians from 0 to pi, from the right to below; and the difference of logarithms.
    """
    first, second = _energies(gray, noise)
    whole = np.log(second.sum(axis=1) / first.sum(axis=1))
    weakest = int(np.argmin(whole))
    return float(_ANGLES[weakest]), float(whole[weakest - _QUARTER] - whole[weakest])


def _energies(gray: Gray, noise: float) -> tuple[Floats, Floats]:
    """Return the energy of first and of second derivatives along each angle, less that of noise.

    Float64, shape (angles, tiles).
    """
    smooth = cv2.GaussianBlur(gray, (3, 3), _SMOOTH)
    rows, columns = (gray.shape[0] - 2) // TILES, (gray.shape[1] - 2) // TILES
    every = max(1, rows // _ROWS)
    deep, wide = rows // every * every * _BAND, columns * TILES
    # Band by band: planes of the whole picture would cost more in memory than they do in sums.
    bands = [smooth[n * deep : (n + 1) * deep + 2, : wide + 2] for n in range(TILES // _BAND)]
    x_x, x_y, y_y, *seconds = np.concatenate([_products(band, every) for band in bands], axis=1)
    xx_xx, xy_xy, yy_yy, xx_xy, xx_yy, xy_yy = seconds
    xx, xy, yy = _ALONG
    first = xx * x_x + xy * x_y + yy * y_y
    second = xx**2 * xx_xx + xy**2 * xy_xy + yy**2 * yy_yy
    second += 2 * (xx * xy * xx_xy + xx * yy * xx_yy + xy * yy * xy_yy)
    return _without(first, _NOISE_IN_FIRST * noise**2), _without(second, _NOISE_IN_SECOND * noise**2)


def _products(band: NDArray[Any], every: int) -> Floats:
    """Return the means of nine products of derivatives in the tiles of a band; shape (9, tiles).

    Args:
        band: uint8; one pixel wider on each side than its tiles.
        every: how many rows there are for one that counts.
    """
    levels = np.asarray(band, dtype=np.float32)

    def at(down: int, right: int) -> NDArray[np.float32]:
        return levels[1 + down : len(levels) - 1 + down : every, 1 + right : levels.shape[1] - 1 + right]

    half, quarter, twice = np.float32(0.5), np.float32(0.25), np.float32(2) * at(0, 0)
    x, y = (at(0, 1) - at(0, -1)) * half, (at(1, 0) - at(-1, 0)) * half
    xx, yy = at(0, 1) + at(0, -1) - twice, at(1, 0) + at(-1, 0) - twice
    xy = (at(1, 1) + at(-1, -1) - at(1, -1) - at(-1, 1)) * quarter
    pairs = ((x, x), (x, y), (y, y), (xx, xx), (xy, xy), (yy, yy), (xx, xy), (xx, yy), (xy, yy))
    shape = _BAND, -1, TILES, x.shape[1] // TILES
    sums = [np.einsum("aibj,aibj->ab", one.reshape(shape), other.reshape(shape)) for one, other in pairs]
    return np.array(sums, dtype=np.float64).reshape(len(sums), -1) / (x.size / (_BAND * TILES))


def _without(energy: Floats, noise: float) -> Floats:
    # The noise is only estimated: some of the energy always stays.
    return np.maximum(energy - noise, 0.1 * energy + 0.05)
