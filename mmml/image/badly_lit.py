"""Ways in which photos come out badly lit, each to a stated degree, all in linear light.

The degree is what is left to see, not what was done: a quarter of its light leaves a white wall grey with
all that it shows, and a forest black.
"""

import math
from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.image.camera import Light, to_levels, to_light

#: A change of less than this factor is a matter of taste.
_LEAST_GAIN = 1.5
#: Beyond this factor there is more noise than picture: a curve has to do the rest.
_MOST_GAIN = 16.0
#: A picture keeps at most this part of its contrast.
_MOST_SPREAD = 0.5
#: Luma from which a picture is white already.
_WHITE = 250
#: Keeps logarithms of black finite.
_BLACK = 1e-4
#: What red, green and blue add to the luma (ITU-R BT.601).
_WEIGHTS = np.array([0.299, 0.587, 0.114], dtype=np.float32)
_LEVELS = np.arange(256, dtype=np.uint8)
_LIGHT = to_light(_LEVELS).ravel()


def headroom(light: Light, beyond: float) -> float:
    """Return the factor that takes the share ``beyond``, 0 to 1, of what is not white yet to white."""
    luma = _luma(light)
    below = luma[luma < _WHITE]
    return 1 / max(_light_of(np.quantile(below, 1 - beyond)), _BLACK) if below.size else 1.0


def dark_gain(light: Light, highlights: float, gamma: float = 1.0) -> float:
    """Return the factor on ``light ** gamma``, at most 1, that makes a picture too dark.

    Args:
        light: the picture.
        highlights: the luma, 0 to 255, that 98 % of the pixels do not exceed afterwards; a picture that is
            dark itself loses half of its light.
        gamma: 1 or more.
    """
    highest = max(_quantiles(light, [0.98])[0], _BLACK)
    return float(min(1.0, min(_light_of(highlights), highest / 2) / highest**gamma))


def bright_gain(light: Light, beyond: float, gamma: float = 1.0) -> tuple[float, float]:
    """Return the factor on ``light ** gamma`` that makes a picture too bright, and the gamma itself.

    Args:
        light: the picture.
        beyond: the share, 0 to 1, of what is not white before whose luminance is beyond white afterwards.
        gamma: at most 1. It is lowered for a picture so dark that the factor would be above 16.
    """
    needed = max(headroom(light, beyond), _LEAST_GAIN)
    gamma = min(gamma, math.log(_MOST_GAIN) / math.log(needed))
    return needed**gamma, gamma


def curved(light: Light, gamma: float) -> Light:
    """Return ``light ** gamma``: above 1 a tone curve that sinks all but white, below 1 one that lifts it."""
    return light if gamma == 1 else np.asarray(np.power(light, np.float32(gamma)), dtype=np.float32)


def veiled(light: Light, air: NDArray[np.float32], spread: float) -> tuple[Light, float]:
    """Lay a veil over a picture, as haze, fog, flare and greasy lenses do: (1 - veil) light + veil air.

    Args:
        light: the picture.
        air: the light of the veil, shape (3,).
        spread: levels of luma between the 5th and the 95th percentile afterwards; at most half of before.

    Returns:
        The picture, and the veil, 0 to 1.
    """
    grey = float(air @ _WEIGHTS)
    veil = 1 - _solved(light, spread, lambda ends, kept: kept * ends + (1 - kept) * grey)
    return np.asarray(light + np.float32(veil) * (air - light), dtype=np.float32), veil


def compressed(light: Light, pivot: float, spread: float) -> tuple[Light, float]:
    """Press all tones together around one: pivot (light / pivot) ** contrast.

    Args:
        light: the picture.
        pivot: the tone that stays, in linear light.
        spread: levels of luma between the 5th and the 95th percentile afterwards; at most half of before.

    Returns:
        The picture, and the contrast, 0 to 1.
    """
    contrast = _solved(light, spread, lambda ends, kept: pivot * (np.maximum(ends, _BLACK) / pivot) ** kept)
    pressed = pivot * (np.maximum(light, _BLACK) / np.float32(pivot)) ** np.float32(contrast)
    return np.asarray(pressed, dtype=np.float32), contrast


def _solved(
    light: Light,
    spread: float,
    change: Callable[[NDArray[np.float64], float], NDArray[np.float64]],
) -> float:
    """Return how much of its contrast the picture may keep, 0 to 1, by halving intervals."""
    ends = np.array(_quantiles(light, [0.05, 0.95]))
    wanted = min(spread, _MOST_SPREAD * float(np.diff(_luma_of(ends))[0]))
    low, high = 0.0, 1.0
    for _ in range(30):
        kept = (low + high) / 2
        enough = np.diff(_luma_of(change(ends, kept)))[0] > wanted
        low, high = (low, kept) if enough else (kept, high)
    return (low + high) / 2


def _quantiles(light: Light, parts: Sequence[float]) -> list[float]:
    """Return the linear light at quantiles of the luma."""
    return [_light_of(level) for level in np.quantile(_luma(light), parts)]


def _luma(light: Light) -> NDArray[np.uint8]:
    """Return the luma of some ten thousand pixels, which know its quantiles well enough."""
    step = max(1, math.isqrt(light.shape[0] * light.shape[1] // 10_000))
    return np.asarray(cv2.cvtColor(to_levels(light[::step, ::step]), cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _light_of(level: float) -> float:
    return float(np.interp(level, _LEVELS, _LIGHT))


def _luma_of(light: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.interp(light, _LIGHT, _LEVELS))
