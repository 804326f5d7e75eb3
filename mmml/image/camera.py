"""The camera of all makers: what it frames, and how light becomes a file; its light is linear."""

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError
from mmml.image.gradients import laplacian
from mmml.image.value import Image, Rgb

#: Linear light: float32, shape (H, W, 3), 0 is black and 1 is white.
Light = NDArray[np.float32]

_LEVELS = np.arange(256) / 255
#: sRGB levels to linear light, and linear light in steps of 1/65535 back to levels (IEC 61966-2-1, 1999).
_TO_LIGHT = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4).astype(
    np.float32
)
_STEPS = np.arange(65536) / 65535
_TO_LEVELS = np.round(
    255 * np.where(_STEPS <= 0.0031308, _STEPS * 12.92, 1.055 * _STEPS ** (1 / 2.4) - 0.055)
).astype(np.uint8)

#: The narrowest crop: its short side over its long side.
_NARROWEST = 0.6
_TRIES = 8
#: Read noise, as the light whose photon noise equals it.
_READ = 0.01


def framed(
    rng: np.random.Generator, photo: Rgb, long_side: Sequence[int], scale: float
) -> tuple[Light, dict[str, float]]:
    """Crop a photo where it has detail and scale it down; a crop of bokeh alone would be no good sample.

    Args:
        rng: draws size, place and shape of the crop.
        photo: RGB, uint8, shape (H, W, 3).
        long_side: smallest and largest long side of the result, pixels, drawn log-uniformly; never scaled up.
        scale: most pixels made per pixel of the photo. Below 1, for at full size photos are a little soft.

    Returns:
        The light, and its facts: ``crop`` (its long side over the photo's) and ``scale`` (pixels made per
        pixel of the photo).
    """
    height, width = photo.shape[:2]
    most = max(height, width)
    limit = most * scale
    wanted = log_uniform(rng, min(long_side[0], limit), min(long_side[1], limit))
    side = log_uniform(rng, wanted / scale, most)
    narrow = side * rng.uniform(_NARROWEST, 1)
    w, h = (side, narrow) if width >= height else (narrow, side)
    w, h = min(round(w), width), min(round(h), height)
    crop = detailed(rng, photo, w, h)
    size = max(1, round(w * wanted / side)), max(1, round(h * wanted / side))
    light = cv2.resize(to_light(crop), size, interpolation=cv2.INTER_AREA)
    return np.asarray(light, dtype=np.float32), {"crop": max(w, h) / most, "scale": wanted / side}


def detailed(rng: np.random.Generator, photo: Rgb, width: int, height: int) -> Rgb:
    """Return a crop of a photo as rich in detail as the whole, or the richest of eight."""
    curvature = laplacian(np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), dtype=np.uint8))
    most_down, most_right = photo.shape[0] - height, photo.shape[1] - width
    places = rng.integers(0, (most_down + 1, most_right + 1), size=(_TRIES, 2))
    detail = [cv2.meanStdDev(curvature[y : y + height, x : x + width])[1].item() for y, x in places]
    enough = cv2.meanStdDev(curvature)[1].item()
    best = next((i for i, d in enumerate(detail) if d >= enough), int(np.argmax(detail)))
    y, x = places[best]
    return photo[y : y + height, x : x + width]


def captured(rng: np.random.Generator, light: Light, gain: float, noise: float, jpeg_quality: float) -> Image:
    """Expose, add sensor noise, and encode as JPEG.

    Args:
        rng: draws the noise.
        light: what falls onto the sensor.
        gain: as for `exposed`.
        noise: as for `exposed`.
        jpeg_quality: 0 to 100.
    """
    bgr = cv2.cvtColor(exposed(rng, light, gain, noise), cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, int(jpeg_quality)])
    return Image.read(encoded.tobytes())


def exposed(rng: np.random.Generator, light: Light, gain: float, noise: float) -> Rgb:
    """Expose, add sensor noise, and clip at what the sensor holds.

    Args:
        rng: draws the noise.
        light: what falls onto the sensor.
        gain: exposure, a factor on the light.
        noise: standard deviation of the noise at white, in linear light. The variance is
            ``noise² (light + 0.01)``: photon noise and read noise, as in A. Foi et al., "Practical
            Poissonian-Gaussian noise modeling and fitting for single-image raw-data", 2008.
    """
    light = light * np.float32(gain)
    deviation = np.float32(noise) * np.sqrt(light + np.float32(_READ))
    return to_levels(light + deviation * rng.standard_normal(light.shape, dtype=np.float32))


def to_light(levels: Rgb) -> Light:
    """Return the linear light of sRGB levels, uint8; the shape stays."""
    return np.asarray(cv2.LUT(levels, _TO_LIGHT), dtype=np.float32)


def to_levels(light: Light) -> Rgb:
    """Return the sRGB levels of linear light, uint8; what is beyond black and white is clipped."""
    return np.asarray(_TO_LEVELS[(np.clip(light, 0, 1) * 65535).astype(np.uint16)])


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw a number whose logarithm is uniform between those of ``low`` and ``high``."""
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def check_ranges(**ranges: Sequence[float]) -> None:
    """Refuse ranges that nothing can be drawn from, named as in the config.

    Raises:
        MmmlError: one of them is not two numbers above zero, the lower one first.
    """
    for name, (low, high) in ranges.items():
        if not 0 < low <= high:
            raise MmmlError(f"{name} is {low} to {high}", "give a low and a high number above zero")


def check_shares(**shares: float) -> None:
    """Refuse shares that are none, named as in the config.

    Raises:
        MmmlError: one of them is not from 0 to 1.
    """
    for name, share in shares.items():
        if not 0 <= share <= 1:
            raise MmmlError(f"{name} is {share}", "give a share from 0 to 1")
