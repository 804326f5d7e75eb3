"""What a camera makes of the light on its sensor, and others of its picture: development, scaling, JPEG."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.image.camera import Light

#: Read noise, as the light whose photon noise equals it.
_READ = 0.01

_STEPS = np.arange(65536) / 65535
#: Linear light in steps of 1/65535 to levels 0 to 1 (sRGB: IEC 61966-2-1, 1999).
_TO_LEVELS = np.where(_STEPS <= 0.0031308, _STEPS * 12.92, 1.055 * _STEPS ** (1 / 2.4) - 0.055).astype(
    np.float32
)

#: Levels: float32, shape (H, W, 3), 0 is black and 1 is white, as a screen is given them.
Levels = NDArray[np.float32]


def sensed(rng: np.random.Generator, light: Light, noise: float, edges: bool) -> Light:
    """Catch light with a sensor that sees one colour per pixel (Bayer's pattern), and fill in the others.

    Args:
        rng: draws the noise.
        light: what reaches the sensor; above 1 it saturates.
        noise: standard deviation at white, in linear light; the variance is ``noise² (light + 0.01)``.
        edges: whether the missing colours are interpolated along edges, else bilinearly.

    Returns:
        float32, shape (H, W, 3).
    """
    height, width = light.shape[:2]
    raw = np.empty((height, width), np.float32)
    for row, column, colour in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        raw[row::2, column::2] = light[row::2, column::2, colour]
    raw += np.float32(noise) * np.sqrt(raw + np.float32(_READ)) * rng.standard_normal(raw.shape, np.float32)
    # Black is held a little above zero, as cameras do, so that noise in the dark is not cut off.
    counts = (np.clip(raw, -0.02, 1) * 64000 + 1300).astype(np.uint16)
    full = cv2.demosaicing(counts, cv2.COLOR_BayerBG2RGB_EA if edges else cv2.COLOR_BayerBG2RGB)
    return np.asarray((full.astype(np.float32) - 1300) / 64000, dtype=np.float32)


def developed(light: Light, contrast: float, smear: float, sharpen: float, radius: float) -> Levels:
    """Turn light into levels: tone, then less noise, then sharper edges.

    Args:
        light: float32, shape (H, W, 3).
        contrast: 0 for sRGB's curve, 1 for a steep S on top of it; below 0 it is flatter.
        smear: how far the filter against noise reaches, in levels (0 to 1); 0 leaves it out. It keeps what
            differs more: C. Tomasi and R. Manduchi, "Bilateral filtering for gray and color images", 1998.
        sharpen: how much of the difference to a blurred copy is added (unsharp mask).
        radius: standard deviation of that copy's blur, pixels.
    """
    levels = _TO_LEVELS[(np.clip(light, 0, 1) * 65535).astype(np.uint16)]
    levels += np.float32(contrast) * (levels * levels * (3 - 2 * levels) - levels)
    if smear > 0:
        levels = np.asarray(cv2.bilateralFilter(levels, 5, smear, 1.5), dtype=np.float32)
    if sharpen > 0:
        levels = levels + np.float32(sharpen) * (levels - cv2.GaussianBlur(levels, (0, 0), radius))
    return np.clip(levels, 0, 1)


def grained(rng: np.random.Generator, levels: Levels, grain: float, size: float) -> Levels:
    """Add noise as people see it in a picture: in all colours alike and in each, and more in the shadows.

    Args:
        rng: draws the noise.
        levels: float32, shape (H, W, 3).
        grain: standard deviation of the noise in middle grey, levels of 0 to 255.
        size: how far grains spread, the standard deviation of a Gaussian, pixels; below 0.3 each pixel has
            its own.
    """
    height, width = levels.shape[:2]
    alike = rng.standard_normal((height, width, 1), np.float32)
    apart = rng.standard_normal((height, width, 3), np.float32)
    noise = np.asarray(0.8 * alike + 0.6 * apart, dtype=np.float32)
    if size >= 0.3:
        noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), size), dtype=np.float32)
        noise /= np.float32(max(1e-6, float(noise.std())))
    # The curve from light to levels is steep in the dark and flat where it is bright.
    shadows = np.float32(1.4) - np.float32(0.8) * levels.mean(axis=2, keepdims=True)
    return np.asarray(np.clip(levels + np.float32(grain / 255) * shadows * noise, 0, 1), dtype=np.float32)


def scaled(levels: Levels, long_side: int, method: int | None = None) -> Levels:
    """Scale to a long side, pixels; by default by the means of areas (down) or cubically (up)."""
    height, width = levels.shape[:2]
    ratio = long_side / max(height, width)
    if ratio == 1:
        return levels
    if method is None:
        method = cv2.INTER_AREA if ratio < 1 else cv2.INTER_CUBIC
    size = max(1, round(width * ratio)), max(1, round(height * ratio))
    return np.clip(cv2.resize(levels, size, interpolation=method), 0, 1)


def encoded(levels: Levels, qualities: Sequence[int]) -> bytes:
    """Write a JPEG; with several qualities, open and write it again for each of them."""
    pixels = np.asarray(cv2.cvtColor((levels * 255).round().astype(np.uint8), cv2.COLOR_RGB2BGR))
    data = b""
    for number, quality in enumerate(qualities):
        if number:
            pixels = np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR))
        data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
    return data
