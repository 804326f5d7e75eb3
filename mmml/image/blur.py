"""Three ways in which photos lose their sharpness, each of one stated size, all in linear light.

The sizes compare: the disc's diameter, the length of the motion's path and four standard deviations of
the Gaussian. A disc and a Gaussian of one size spread light equally far (the standard deviation along
each axis is a quarter of the size).
"""

import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.image.camera import Light

_FINE = 8
_POINTS_PER_PIXEL = 10
_MOST_BEND = math.radians(60)


def defocus(rng: np.random.Generator, light: Light, size: float) -> Light:
    """Blur as a lens out of focus does: every point becomes a disc ``size`` pixels wide."""
    return _filtered(light, disc(size))


def motion(rng: np.random.Generator, light: Light, size: float) -> Light:
    """Blur as an unsteady hand does: every point is drawn along one smooth random path.

    Args:
        rng: draws the direction of the path and how it bends.
        light: the picture.
        size: length of the path, pixels.
    """
    return _filtered(light, trail(rng, size))


def gaussian(rng: np.random.Generator, light: Light, size: float) -> Light:
    """Blur as many small causes together do: a Gaussian of standard deviation ``size / 4`` pixels."""
    return np.asarray(cv2.GaussianBlur(light, (0, 0), size / 4), dtype=np.float32)


#: Every kind of blur by the name that it has in configs and facts.
BLURS: dict[str, Callable[[np.random.Generator, Light, float], Light]] = {
    "defocus": defocus,
    "motion": motion,
    "gaussian": gaussian,
}


def disc(diameter: float) -> NDArray[np.float32]:
    """Return an antialiased disc, ``diameter`` pixels wide; float32, odd square, sum 1."""
    reach = math.ceil(diameter / 2)
    side = 2 * reach + 1
    # Each pixel holds the part of it that the disc covers, counted on a fine grid.
    place = (np.arange(side * _FINE) + 0.5) / _FINE - side / 2
    inside = place**2 + place[:, None] ** 2 <= (diameter / 2) ** 2
    kernel = cv2.resize(inside.astype(np.float32), (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)


def trail(rng: np.random.Generator, length: float) -> NDArray[np.float32]:
    """Return a smooth random path, ``length`` pixels long; float32, odd square, sum 1.

    The direction turns by a bow and a wave of random height, up to about 60 degrees each.
    """
    along = np.linspace(0, 1, max(8, round(length * _POINTS_PER_PIXEL)))
    start, bow, wave = rng.uniform(-1, 1, 3)
    angle = start * math.pi + _MOST_BEND * (bow * along + wave * np.sin(2 * math.pi * along) / 2)
    steps = np.stack([np.cos(angle), np.sin(angle)]) * length / along.size
    path = np.cumsum(steps, axis=1)
    path -= path.mean(axis=1, keepdims=True)
    reach = math.ceil(float(np.abs(path).max())) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), dtype=np.float32)
    corner = np.floor(path).astype(np.intp)
    x, y = path - corner
    # A point between pixels is shared among its four neighbours.
    for down, right, share in (
        (0, 0, (1 - x) * (1 - y)),
        (0, 1, x * (1 - y)),
        (1, 0, (1 - x) * y),
        (1, 1, x * y),
    ):
        np.add.at(kernel, (corner[1] + reach + down, corner[0] + reach + right), share)
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)


def _filtered(light: Light, kernel: NDArray[np.float32]) -> Light:
    return np.asarray(cv2.filter2D(light, cv2.CV_32F, kernel), dtype=np.float32)
