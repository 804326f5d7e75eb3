"""What happens to light on its way through a lens: all of it blurred, parts of it blurred, lamps in the dark.

All sizes are those of `mmml.image.blur`, in pixels, and all of it happens in linear light.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.image.blur import BLURS, defocus, gaussian, motion
from mmml.image.camera import Light, log_uniform
from mmml.image.make import subject

#: How bright lamps are, where 1 is white; what is brighter than white stays white however blurred.
_LAMPS = (5.0, 300.0)
#: Share of the lamps that are panels and windows, and their sides in pixels of a screen.
_PANELS, _LONG, _SHORT = 0.3, (4.0, 60.0), (2.0, 20.0)
#: About the greatest logarithm of how much more or less light than usual the parts of a scene get from lamps.
_LIT = 1.5
_GLOW = 0.02
#: Smallest and largest radius of a subject before a soft background, a share of the picture.
_SUBJECT = (0.12, 0.5)


def mixed(rng: np.random.Generator, light: Light, size: float) -> Light:
    """Blur by a lens out of focus and an unsteady hand at once; together about ``size`` pixels."""
    share = rng.uniform(0.4, 0.9)
    # Variances of blurs add up.
    return motion(rng, defocus(rng, light, size * share), size * float(np.sqrt(1 - share**2)))


def uneven(rng: np.random.Generator, light: Light, size: float) -> Light:
    """Blur by a lens out of focus, by ``size`` where it is weakest and up to three times that elsewhere."""
    least = defocus(rng, light, size)
    most = defocus(rng, light, size * rng.uniform(1.5, 3))
    height, width = light.shape[:2]
    depth = cv2.resize(rng.uniform(-0.3, 1.3, (3, 3)), (width, height), interpolation=cv2.INTER_CUBIC)
    return least + np.clip(depth, 0, 1).astype(np.float32)[..., None] * (most - least)


#: Every kind of blur of a whole picture by the name that it has in configs and facts.
LENS_BLURS = {**BLURS, "mixed": mixed, "uneven": uneven}


def soft_background(rng: np.random.Generator, light: Light, size: float) -> tuple[Light, float]:
    """Blur all but a subject with a disc; return the light and the share of the area that stays sharp.

    The subject may be as small as a beetle on a stem. Around it the blur grows, up to ``size`` far away.
    """
    mask = subject(rng, light, (log_uniform(rng, *_SUBJECT), log_uniform(rng, *_SUBJECT)))
    near, far = defocus(rng, light, size * rng.uniform(0.3, 0.7)), defocus(rng, light, size)
    height, width = mask.shape
    around = cv2.GaussianBlur(mask, (0, 0), max(1.0, 0.15 * max(height, width)))
    depth = np.clip(2 * around, 0, 1)[..., None]
    soft = far + depth * (near - far)
    return np.asarray(soft + mask[..., None] * (light - soft), dtype=np.float32), float(mask.mean())


def with_highlights(rng: np.random.Generator, light: Light) -> Light:
    """Give back to white surfaces the light that a sensor clipped: up to six times white."""
    bright = np.clip((light.max(axis=2, keepdims=True) - 0.7) / 0.3, 0, 1) ** 2
    return np.asarray(light * (1 + np.float32(rng.uniform(0, 5)) * bright), dtype=np.float32)


def with_lamps(rng: np.random.Generator, light: Light, unit: float, white: float) -> Light:
    """Light a scene by lamps: some parts get far more than others, and lamps, panels and their glow show.

    Args:
        rng: draws how many there are, where, how large and how bright.
        light: the picture.
        unit: pixels per pixel of a screen, on which a lamp's radius is 0.7 to 5 pixels.
        white: the light that will be white in the picture.
    """
    height, width = light.shape[:2]
    lamps = np.zeros_like(light)
    for _ in range(rng.integers(2, 30)):
        centre = rng.uniform((0, 0), (width, height))
        colour = (white * log_uniform(rng, *_LAMPS) * rng.uniform((0.8, 0.5, 0.2), (1, 1, 1))).tolist()
        if rng.random() < _PANELS:
            sides = unit * log_uniform(rng, *_LONG), unit * log_uniform(rng, *_SHORT)
            corners = cv2.boxPoints((centre.tolist(), sides, rng.uniform(-30, 30)))
            cv2.fillPoly(lamps, [(corners * 16).astype(np.int32)], colour, cv2.LINE_8, 4)
        else:
            radius = int(16 * unit * log_uniform(rng, 0.7, 5))
            cv2.circle(lamps, (centre * 16).astype(int).tolist(), radius, colour, -1, cv2.LINE_8, 4)
    glow = cv2.resize(lamps, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)
    glow = gaussian(rng, np.asarray(glow, dtype=np.float32), 4 * unit * rng.uniform(1, 4))
    glow = cv2.resize(glow, (width, height), interpolation=cv2.INTER_LINEAR)
    pools = cv2.resize(rng.uniform(-_LIT, _LIT, (4, 4)), (width, height), interpolation=cv2.INTER_CUBIC)
    light = light * np.exp(pools.astype(np.float32))[..., None]
    return np.asarray(light + lamps + _GLOW * rng.random() * glow, dtype=np.float32)


def with_sign(rng: np.random.Generator, light: Light) -> NDArray[np.float32]:
    """Hang a sign with lines of letters into the picture, seen from askew."""
    height, width = light.shape[:2]
    w, h = (rng.uniform(0.3, 1.0, 2) * (width, height)).astype(int).tolist()
    paper, ink = rng.uniform(0.5, 0.95, 3), rng.uniform(0, 0.25, 3)
    if rng.random() < 0.3:
        paper, ink = ink, paper
    sign = np.full((h, w, 3), paper, dtype=np.float32)
    scale = log_uniform(rng, 0.3, 0.3 + h / 250)
    thickness = max(1, round(scale * rng.uniform(1, 2.5)))
    font = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX)[rng.integers(3)]
    for y in np.arange(40 * scale, h, 38 * scale):
        letters = rng.integers(97, 123, size=max(3, int(w / (17 * scale))))
        letters[rng.random(letters.size) < 0.17] = 32
        text = bytes(letters.tolist()).decode()
        cv2.putText(sign, text, (int(10 * scale), int(y)), font, scale, ink.tolist(), thickness, cv2.LINE_AA)
    corners = np.array([(0, 0), (w, 0), (w, h), (0, h)], dtype=np.float32)
    place = corners + rng.uniform((0, 0), (max(1, width - w), max(1, height - h)))
    askew = place + rng.normal(0, 0.02, (4, 2)) * width
    view = cv2.getPerspectiveTransform(corners, askew.astype(np.float32))
    mask = cv2.warpPerspective(np.ones((h, w), np.float32), view, (width, height), flags=cv2.INTER_LINEAR)
    shown = cv2.warpPerspective(sign, view, (width, height), flags=cv2.INTER_CUBIC)
    shown = shown * rng.uniform(0.5, 1)
    return np.asarray(light + mask[..., None] * (np.maximum(shown, 0) - light), dtype=np.float32)
