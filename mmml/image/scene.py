"""Drawn scenes: sharp pictures of nothing in particular, for data made without any photo."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.image.value import Rgb, make_repeatable

_SHAPES = 150
_SMALLEST, _LARGEST = 0.02, 0.25
_PALETTE = 6
_LETTERS = "ABCDEFGHKLMNPRSTUVXYZ0123456789 -/"
#: OpenCV takes coordinates in sixteenths of a pixel.
_SHIFT = 4


def draw_scene(rng: np.random.Generator, long_side: int) -> Rgb:
    """Draw surfaces of many sizes that cover one another; RGB uint8, shape (3/4 long_side, long_side, 3).

    Occlusion and sizes spread over all scales give edges and detail as in photos ("dead leaves": A. B. Lee,
    D. Mumford and J. Huang, "Occlusion models for natural images", 2001). Surfaces are cloudy, grainy,
    striped or tiled; some shapes are cables, some lettering.
    """
    make_repeatable()
    height, width = round(long_side * 3 / 4), long_side
    # Few things outdoors are strongly coloured: mostly brightness differs.
    palette = rng.uniform(40, 235, (_PALETTE, 1)) * rng.normal(1, 0.15, (_PALETTE, 3))
    colour = np.full((height, width, 3), palette[0], dtype=np.uint8)
    # How much of each kind of surface a pixel shows; drawn like a colour, so it has the same smooth edges.
    surface = np.full((height, width, 4), (255, 0, 0, 0), dtype=np.uint8)
    radii = long_side * np.minimum(_LARGEST, _SMALLEST / (1 - rng.random(_SHAPES)))
    # Small ones come last: they would be lost under large ones.
    for radius in np.sort(radii)[::-1]:
        outline = _outline(rng, rng.uniform((0, 0), (width, height)), radius)
        paint = np.clip(palette[rng.integers(_PALETTE)] + rng.normal(0, 20) + rng.normal(0, 5, 3), 0, 255)
        kind = 255.0 * np.eye(4)[rng.integers(4)]
        _draw(rng, (colour, surface), (paint.tolist(), kind.tolist()), outline, radius)
    brightness = _shade(rng, height, width)
    for share, texture in zip(cv2.split(surface), _textures(rng, height, width), strict=True):
        brightness += share * texture / 255
    return np.asarray(np.clip(colour * brightness[..., None], 0, 255), dtype=np.uint8)


def _outline(rng: np.random.Generator, centre: NDArray[np.float64], radius: float) -> NDArray[np.float64]:
    """Return the corners of a rectangle, a polygon or a round blob; float64, shape (n, 2), pixels."""
    corners = (4, 4, 5, 7, 40)[rng.integers(5)]
    angles = rng.uniform(0, 2 * math.pi) + np.arange(corners) * 2 * math.pi / corners
    wave = radius * (1 + 0.25 * rng.random() * np.sin(rng.integers(2, 6) * angles))
    points = np.stack([np.cos(angles) * wave, np.sin(angles) * wave * rng.uniform(0.25, 1)], axis=1)
    # Much of what people build is level or upright.
    tilt = (0.0, math.pi / 2, rng.uniform(0, math.pi))[rng.integers(3)]
    cos, sin = math.cos(tilt), math.sin(tilt)
    return np.asarray(points @ np.array([[cos, sin], [-sin, cos]]) + centre)


def _draw(
    rng: np.random.Generator,
    canvases: tuple[NDArray[np.uint8], ...],
    paints: tuple[list[float], ...],
    outline: NDArray[np.float64],
    radius: float,
) -> None:
    """Draw the same filled shape, cable or line of letters into every canvas, each in its own paint."""
    kind = rng.random()
    fixed = [np.round(outline * (1 << _SHIFT)).astype(np.int32)]
    thickness = int(rng.integers(1, 4))
    text = "".join(_LETTERS[n] for n in rng.integers(len(_LETTERS), size=rng.integers(3, 12)))
    corner, scale = outline[0].astype(int).tolist(), max(0.35, radius / 60)
    for canvas, paint in zip(canvases, paints, strict=True):
        if kind < 0.75:
            cv2.fillPoly(canvas, fixed, paint, cv2.LINE_AA, _SHIFT)
        elif kind < 0.88:
            cv2.polylines(canvas, fixed, False, paint, thickness, cv2.LINE_AA, _SHIFT)
        else:
            font = cv2.FONT_HERSHEY_SIMPLEX
            cv2.putText(canvas, text, corner, font, scale, paint, math.ceil(2 * scale), cv2.LINE_AA)


def _shade(rng: np.random.Generator, height: int, width: int) -> NDArray[np.float32]:
    """Return light that falls off to one side, a factor around 1; float32, shape (height, width)."""
    right, down = rng.uniform(-0.3, 0.3, 2)
    across = np.linspace(-right, right, width, dtype=np.float32)
    return np.asarray(1 + across + np.linspace(-down, down, height, dtype=np.float32)[:, None])


def _textures(rng: np.random.Generator, height: int, width: int) -> list[NDArray[np.float32]]:
    """Return clouds, grain, stripes and tiles around 0; float32, each of shape (height, width)."""
    clouds = np.zeros((height, width), dtype=np.float32)
    # Each octave twice as fine and half as strong: the spectrum of natural textures.
    for octave in range(2, 9):
        coarse = rng.standard_normal((3 * 2**octave // 4, 2**octave), dtype=np.float32)
        clouds += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) / 2**octave
    grain = rng.standard_normal((height, width), dtype=np.float32)
    across = np.arange(width, dtype=np.float32)
    down = np.arange(height, dtype=np.float32)[:, None]
    period, lean = rng.uniform(5, 30), rng.uniform(-1, 1)
    stripes = (across + np.float32(lean) * down) % np.float32(period) < period / 2
    tile_height, tile_width = rng.integers(10, 60, 2)
    shifted = across + down // tile_height % 2 * (tile_width // 2)
    joints = (down % tile_height < 2) | (shifted % tile_width < 2)
    return [0.4 * clouds, 0.12 * grain + 0.2 * clouds, 0.3 * stripes, 0.2 * clouds - 0.4 * joints]
