"""What is mostly white or black and yet well exposed, drawn: white walls, nights with lamps, white skies."""

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.image.camera import Light
from mmml.image.value import Rgb, make_repeatable

_BUILDINGS = (2, 6)
_LAMPS = (2, 9)
#: The share of the windows that are lit.
_LIT = (0.15, 0.8)


def draw_white_wall(rng: np.random.Generator, long_side: int) -> Rgb:
    """Draw a pale wall whose texture shows; RGB uint8, shape (3/4 long_side, long_side, 3).

    Plaster has grain of several sizes and stains; light falls off to one side; now and then there are joints
    and a small dark thing such as a socket. Levels end below 250.
    """
    make_repeatable()
    height, width = round(long_side * 3 / 4), long_side
    wall = rng.uniform(2, 7) * _clouds(rng, height, width)
    for size in (1, 3, 9):
        grain = rng.standard_normal((height // size + 1, width // size + 1), dtype=np.float32)
        wall += rng.uniform(0, 6) * cv2.resize(grain, (width, height), interpolation=cv2.INTER_CUBIC)
    right, down = rng.uniform(-25, 5, 2)
    wall += np.linspace(0, right, width, dtype=np.float32)
    wall += np.linspace(0, down, height, dtype=np.float32)[:, None]
    if rng.random() < 0.5:
        pitch, thickness = rng.uniform(0.12, 0.4) * long_side, max(1, long_side // 250)
        for y in np.arange(rng.uniform(0, pitch), height, pitch):
            cv2.line(wall, (0, round(y)), (width, round(y)), -rng.uniform(20, 90), thickness)
    if rng.random() < 0.5:
        corner = rng.uniform((0.05, 0.05), (0.8, 0.75)) * (width, height)
        opposite = corner + rng.uniform(0.02, 0.15, 2) * long_side
        first, last = corner.astype(int).tolist(), opposite.astype(int).tolist()
        cv2.rectangle(wall, first, last, -rng.uniform(40, 200), cv2.FILLED)
    paint = rng.uniform(222, 245) * rng.normal(1, 0.012, 3)
    return np.asarray(np.clip(wall[..., None] + paint, 0, 249), dtype=np.uint8)


def draw_night(rng: np.random.Generator, long_side: int) -> Rgb:
    """Draw houses at night with lit windows and lamps; RGB uint8, shape (3/4 long_side, long_side, 3).

    Most of it is nearly black; what is lit is as light as in daylight and has its detail.
    """
    make_repeatable()
    height, width = round(long_side * 3 / 4), long_side
    sky = np.linspace(rng.uniform(2, 15), rng.uniform(8, 45), height, dtype=np.float32)
    tint = rng.uniform((0.6, 0.7, 0.9), (1, 1, 1.5)).astype(np.float32)
    scene = np.tile(sky[:, None, None], (1, width, 1)) * tint
    for _ in range(rng.integers(*_BUILDINGS, endpoint=True)):
        _house(rng, scene)
    glow = np.zeros_like(scene)
    for x, y in rng.uniform((0, 0.3), (1, 1), (rng.integers(*_LAMPS, endpoint=True), 2)) * (width, height):
        colour = (rng.uniform(200, 400) * rng.uniform((0.9, 0.7, 0.4), (1.1, 1, 1))).tolist()
        cv2.circle(
            glow, (round(x), round(y)), round(rng.uniform(0.008, 0.04) * long_side), colour, cv2.FILLED
        )
    # The halo is smooth: drawn small, it is made in a hundredth of the time.
    halo = cv2.resize(glow, (max(1, width // 8), max(1, height // 8)), interpolation=cv2.INTER_AREA)
    halo = cv2.GaussianBlur(halo, (0, 0), rng.uniform(0.02, 0.08) * long_side / 8)
    scene += glow + 3 * cv2.resize(halo, (width, height), interpolation=cv2.INTER_LINEAR)
    scene *= 1 + 0.25 * _clouds(rng, height, width)[..., None]
    return np.asarray(np.clip(scene, 0, 255), dtype=np.uint8)


def under_white_sky(rng: np.random.Generator, light: Light) -> Light:
    """Put an overcast sky, white and mostly beyond white, behind a skyline above the lower part of a picture.

    Where the ground is exposed well, such a sky is clipped, and nobody minds.
    """
    height, width = light.shape[:2]
    skyline = np.full(width, rng.uniform(0.2, 0.55) * height)
    skyline += rng.uniform(0.02, 0.08) * height * _clouds(rng, 1, width)[0]
    for _ in range(rng.integers(0, 5)):
        left = rng.integers(0, width)
        roof = slice(left, left + max(1, round(rng.uniform(0.05, 0.3) * width)))
        skyline[roof] -= rng.uniform(-0.1, 0.2) * height
    above = np.clip(skyline - np.arange(height)[:, None], 0, 1).astype(np.float32)[..., None]
    sky = rng.uniform(0.95, 1.6) * (1 + 0.06 * _clouds(rng, height, width)[..., None])
    return np.asarray(light + above * (sky.astype(np.float32) - light), dtype=np.float32)


def _house(rng: np.random.Generator, scene: NDArray[np.float32]) -> None:
    """Draw the front of a house with a grid of windows, some of them lit, into the scene."""
    height, width = scene.shape[:2]
    left, top = rng.integers(0, round(0.7 * width)), rng.integers(round(0.1 * height), round(0.6 * height))
    front = scene[top:, left : left + rng.integers(width // 4, round(0.7 * width))]
    # Some fronts are lit from below, as monuments are.
    lit = rng.uniform(60, 200) if rng.random() < 0.4 else rng.uniform(3, 25)
    front[:] = lit * rng.uniform((0.9, 0.7, 0.4), (1.1, 1, 1))
    front *= np.linspace(rng.uniform(0.3, 1), 1, front.shape[0], dtype=np.float32)[:, None, None]
    pitch = max(4, round(rng.uniform(0.04, 0.12) * width))
    share = rng.uniform(*_LIT)
    for y in range(pitch // 3, front.shape[0] - pitch // 2, pitch):
        for x in range(pitch // 3, front.shape[1] - pitch // 3, pitch):
            light = rng.uniform(120, 250) if rng.random() < share else rng.uniform(2, 20)
            pane = front[y : y + pitch // 2, x : x + pitch // 3]
            pane[:] = light * rng.uniform((0.95, 0.8, 0.5), (1, 1, 1))
            pane[pane.shape[0] // 2] *= 0.4


def _clouds(rng: np.random.Generator, height: int, width: int) -> NDArray[np.float32]:
    """Return a smooth random field of many scales, deviation about 1; float32, shape (height, width)."""
    field = np.zeros((height, width), dtype=np.float32)
    for octave in range(2, 8):
        coarse = rng.standard_normal((3 * 2**octave // 4, 2**octave), dtype=np.float32)
        field += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) / 2 ** (octave - 2)
    # A field of one pixel does not deviate.
    return np.asarray(field / (field.std() or 1), dtype=np.float32)
