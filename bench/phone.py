"""Photos as phones take them: 8 to 12 megapixels, as much detail in a file as a phone leaves there."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

#: Width and height of what common phones write, pixels: 8, 9, 10 and 12.2 megapixels.
SIZES = ((3264, 2448), (4000, 2250), (3648, 2736), (4032, 3024))

# Cells of about 900 pixels show the small photos near their own size. One photo scaled up to the whole would
# have little detail, hence a small file that decodes quickly.
_CELLS = 4
_QUALITY = 92
# Standard deviation of what is left of the sensor's noise in daylight, grey levels.
_GRAIN = 3.0


def make_photos(sources: Sequence[Path], folder: Path, count: int, seed: int) -> None:
    """Write mosaics of small photos as JPEG files of phone size, about 3 MB each.

    Args:
        sources: photos of about a megapixel.
        folder: where the files go; made where it is missing.
        count: how many.
        seed: decides which photos a mosaic shows.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as pool:
        list(
            pool.map(lambda number: _write(folder / f"{number:03d}.jpg", number, seed, sources), range(count))
        )


def _write(path: Path, number: int, seed: int, sources: Sequence[Path]) -> None:
    rng = np.random.default_rng([seed, number])
    chosen = rng.choice(len(sources), _CELLS**2, replace=False)
    width, height = SIZES[number % len(SIZES)]
    across, down = _borders(width), _borders(height)
    grain = rng.normal(0, _GRAIN, (across[0][1] + 1, across[0][1] + 1, 1)).round().astype(np.int16)
    picture = np.empty((height, width, 3), np.uint8)
    for cell, source in enumerate(chosen):
        (top, bottom), (left, right) = down[cell // _CELLS], across[cell % _CELLS]
        photo = np.asarray(cv2.imread(str(sources[source]), cv2.IMREAD_COLOR), dtype=np.uint8)
        exact = _filling(photo, right - left, bottom - top) + grain[: bottom - top, : right - left]
        picture[top:bottom, left:right] = exact.clip(0, 255)
    cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])


def _borders(length: int) -> list[tuple[int, int]]:
    return list(pairwise(round(length * part / _CELLS) for part in range(_CELLS + 1)))


def _filling(photo: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Return the middle of a photo (H, W, 3), scaled so that it just fills (height, width, 3)."""
    ratio = max(width / photo.shape[1], height / photo.shape[0])
    size = max(width, round(photo.shape[1] * ratio)), max(height, round(photo.shape[0] * ratio))
    scaled = cv2.resize(photo, size, interpolation=cv2.INTER_AREA if ratio < 1 else cv2.INTER_CUBIC)
    top, left = (size[1] - height) // 2, (size[0] - width) // 2
    return np.asarray(scaled[top : top + height, left : left + width], dtype=np.uint8)
