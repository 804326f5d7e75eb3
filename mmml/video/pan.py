"""A synthetic camera that pans over a photo: where it looks, how it shakes, what it sees."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.image.camera import Light, to_light
from mmml.image.gradients import laplacian
from mmml.image.value import Rgb

#: Times, positions or shares; float64.
Numbers = NDArray[np.float64]

_SHAPES = ((4, 3), (16, 9))
_UPRIGHT = 0.25
#: Of the photo, a picture spans at most this part, so that there is room for a pan.
_LARGEST = 0.6
_TRIES = 8
#: While all is well, a point is drawn out by less than this while the shutter is open, long sides.
_UNSEEN = 0.003
#: A hand trembles at several frequencies at once, hertz.
_TREMBLE = (1.0, 6.0)
_WAVES = 3
#: So often a second a camera that is swung goes round.
_SWING = 3.0
#: Pictures are taken this much larger first, so that all are equally sharp wherever their pixels fall.
_FINE = 2
#: Kernels are drawn this much larger first.
_KERNEL = 8


@dataclass(frozen=True)
class Pan:
    """How a camera moves during a clip; lengths are long sides of its picture.

    Args:
        size: width and height of the pictures, pixels.
        span: how many pixels of the photo one of a picture spans.
        begin: where the middle of the first picture lies, pixels of the photo.
        times: when each frame is taken, seconds; shape (n,).
        velocity: of the pan, long sides a second, right and down; shape (2,).
        waves: frequency (hertz), phase, and size right and down of each wave of the hand; shape (k, 4).
        shutter: how long it is open, seconds.
        phase: where on its circle a camera that is swung begins.
    """

    size: tuple[int, int]
    span: float
    begin: Numbers
    times: Numbers
    velocity: Numbers
    waves: Numbers
    shutter: float
    phase: float

    @property
    def speed(self) -> float:
        """Long sides a second."""
        return float(np.hypot(*self.velocity))

    def positions(self, times: Numbers, swung: Numbers) -> Numbers:
        """Return where the camera looks, long sides right and down of where it began; shape (n, 2).

        Args:
            times: seconds, shape (n,).
            swung: how fast the camera is swung round in circles, long sides a second; shape (n,).
        """
        frequency, phase, right, down = self.waves.T
        angles = 2 * math.pi * (frequency * times[:, None] + phase)
        shaken = np.stack([np.sin(angles) @ right, np.cos(angles) @ down], axis=1)
        turn = 2 * math.pi * _SWING * times + self.phase
        circle = np.stack([np.cos(turn), np.sin(turn)], axis=1) / (2 * math.pi * _SWING)
        return np.asarray(times[:, None] * self.velocity + shaken + swung[:, None] * circle)

    def film(self, photo: Rgb, swung: Numbers) -> Iterator[Light]:
        """Yield what falls onto the sensor, frame by frame; what lies beyond the photo is its mirror image.

        Args:
            photo: RGB, uint8, shape (H, W, 3).
            swung: as for `positions`.
        """
        width, height = self.size
        pixels = max(self.size)
        step = self.span / _FINE
        fine = width * _FINE, height * _FINE
        half = step * (np.array(fine) - 1) / 2
        corners = self.begin + self.positions(self.times, swung) * pixels * self.span - half
        opened = self.positions(self.times - self.shutter / 2, swung)
        closed = self.positions(self.times + self.shutter / 2, swung)
        for (x, y), trail in zip(corners, (closed - opened) * pixels, strict=True):
            place = np.array([[step, 0, x], [0, step, y]])
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            taken = cv2.warpAffine(photo, place, fine, flags=flags, borderMode=cv2.BORDER_REFLECT_101)
            sharp = np.asarray(cv2.resize(taken, self.size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
            yield _drawn_out(to_light(sharp), trail)


def draw_pan(
    rng: np.random.Generator,
    photo: Rgb,
    long_side: float,
    scale: float,
    times: Numbers,
    speed: float,
    tremble: float,
    shutter: float,
) -> Pan:
    """Draw a pan over a part of a photo that has detail.

    Args:
        rng: draws the shape of the picture, how much of the photo it spans, the place and the direction.
        photo: RGB, uint8.
        long_side: of the picture, pixels; less for a photo that has not enough of them.
        scale: most pixels made per pixel of the photo.
        times: when each frame is taken, seconds.
        speed: long sides a second; less where the photo has no room, or where a shutter so slow would make
            it seen.
        tremble: how far the hand moves to and fro, long sides.
        shutter: how long it is open, seconds.
    """
    shape = np.array(_SHAPES[rng.integers(len(_SHAPES))], dtype=np.float64)
    shape = (shape[::-1] if rng.random() < _UPRIGHT else shape) / shape.max()
    room = np.array([photo.shape[1], photo.shape[0]], dtype=np.float64)
    widest = _LARGEST * float((room / shape).min())
    long_side = min(long_side, widest * scale)
    size = np.maximum(2, 2 * np.round(shape * long_side / 2))
    span = math.exp(rng.uniform(math.log(1 / scale), math.log(max(widest / long_side, 1 / scale))))
    room = np.maximum(room - size * span, 0)
    angle = rng.uniform(0, 2 * math.pi)
    velocity = min(speed, _UNSEEN / shutter) * np.array([math.cos(angle), math.sin(angle)])
    way = velocity * times[-1] * size.max() * span
    fits = float(np.min(room / np.maximum(np.abs(way), 1e-9), initial=1.0))
    velocity, way = velocity * fits, way * fits
    low = size * span / 2 + np.maximum(-way, 0)
    places = low + rng.random((_TRIES, 2)) * (room - np.abs(way))
    begin = _richest(photo, places, way, size * span)
    waves = np.stack(
        [rng.uniform(*_TREMBLE, _WAVES), rng.random(_WAVES), *tremble * rng.uniform(-1, 1, (2, _WAVES))],
        axis=1,
    )
    # Quick movements are small ones.
    waves[:, 2:] /= waves[:, :1]
    return Pan((int(size[0]), int(size[1])), span, begin, times, velocity, waves, shutter, angle)


def stretches(rng: np.random.Generator, count: int, share: float, ramp: int) -> Numbers:
    """Draw where something goes wrong in a clip: in one stretch of it, or in two.

    Args:
        rng: draws how many there are, and where.
        count: frames.
        share: part of them that is concerned, 0 to 1.
        ramp: within how many frames it comes, and goes again.

    Returns:
        How wrong each frame is, 0 to 1, shape (count,); above one half in that part of them.
    """
    bad = round(share * count)
    good = count - bad
    wrong = np.zeros(count)
    split = int(rng.integers(2, bad - 1)) if bad > 3 and good > 2 and rng.random() < 0.5 else bad
    gap = int(rng.integers(1, good)) if split < bad else 0
    begin = int(rng.integers(0, good - gap + 1))
    wrong[begin : begin + split] = 1
    wrong[begin + split + gap : begin + gap + bad] = 1
    kernel = np.hanning(ramp + 2)[1:-1] if ramp > 0 else np.ones(1)
    smooth = np.convolve(np.pad(wrong, ramp, mode="edge"), kernel / kernel.sum(), mode="same")
    smooth = smooth[ramp : ramp + count]
    return np.asarray(np.where(wrong > 0, np.maximum(smooth, 0.55), np.minimum(smooth, 0.45)))


def _richest(photo: Rgb, places: Numbers, way: Numbers, window: Numbers) -> Numbers:
    """Return the first place where the middle of the way is as rich in detail as the photo, or the best."""
    curvature = laplacian(np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), dtype=np.uint8))
    enough = cv2.meanStdDev(curvature)[1].item()
    found = []
    for place in places:
        x, y = np.maximum(place + way / 2 - window / 2, 0).astype(int)
        width, height = np.maximum(window, 1).astype(int)
        found.append(cv2.meanStdDev(curvature[y : y + height, x : x + width])[1].item())
    best = next((i for i, detail in enumerate(found) if detail >= enough), int(np.argmax(found)))
    return np.asarray(places[best])


def _drawn_out(light: Light, trail: Numbers) -> Light:
    """Draw every point out along a line; ``trail``: pixels right and down."""
    reach = math.ceil(float(np.abs(trail).max()) / 2)
    if reach < 1 or float(np.hypot(*trail)) < 0.5:
        return light
    side = 2 * reach + 1
    middle, half = side * _KERNEL / 2, trail * _KERNEL / 2
    ends = [(round(middle - s * half[0]), round(middle - s * half[1])) for s in (-1, 1)]
    line = np.zeros((side * _KERNEL, side * _KERNEL), dtype=np.uint8)
    cv2.line(line, ends[0], ends[1], 255, _KERNEL, cv2.LINE_AA)
    kernel = cv2.resize(line.astype(np.float32), (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.filter2D(light, cv2.CV_32F, kernel / kernel.sum()), dtype=np.float32)
