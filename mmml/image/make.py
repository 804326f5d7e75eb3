"""`MakeBlur`: sharp and blurred pictures with known facts, made out of sharp photos."""

from collections.abc import Sequence
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError
from mmml.image.blur import BLURS, defocus
from mmml.image.camera import Light, captured, check_ranges, framed, log_uniform
from mmml.image.scene import draw_scene
from mmml.image.value import Image
from mmml.parameters import Parameters

Facts = dict[str, float | str]


class MakeBlur(Parameters):
    """Makes labelled pictures the way a camera does: light, blur, exposure, sensor noise, JPEG.

    All blur happens in linear light, before the noise. Crop, exposure, noise and JPEG quality are drawn
    before the label plays a part, so both classes have them alike. Ranges are (low, high) and drawn
    log-uniformly, but for the JPEG quality.

    Args:
        long_side: long side of the picture made, pixels; a photo is cropped and scaled down, never up.
        scale: most pixels made per pixel of the photo. Below 1, for at full size photos are a little soft.
        kinds: the kinds of blur, each as likely as the others: `mmml.image.blur.BLURS`.
        strength: size of the blur over the long side of the picture: disc diameter, length of the motion
            path, or four standard deviations of the Gaussian.
        least_blur: smallest size of a blur, pixels; less cannot be seen in small pictures.
        soft_background: share of the sharp pictures where only a subject is sharp; what lies behind it is
            out of focus with a strength from the same range.
        gain: exposure, a factor on linear light.
        noise: standard deviation of the sensor noise at white, in linear light (white is 1); see
            `mmml.image.camera.captured`.
        jpeg_quality: lowest and highest quality, drawn uniformly.
    """

    modality: ClassVar[str] = "image"
    labels: ClassVar[tuple[str, ...]] = ("blurred", "sharp")
    suffix: ClassVar[str] = ".jpg"

    def __init__(
        self,
        long_side: Sequence[int] = (320, 1280),
        scale: float = 0.8,
        kinds: Sequence[str] = ("defocus", "motion", "gaussian"),
        strength: Sequence[float] = (0.002, 0.03),
        least_blur: float = 3.0,
        soft_background: float = 0.25,
        gain: Sequence[float] = (0.4, 1.5),
        noise: Sequence[float] = (0.002, 0.02),
        jpeg_quality: Sequence[int] = (60, 95),
    ) -> None:
        self.long_side = long_side
        self.scale = scale
        self.kinds = kinds
        self.strength = strength
        self.least_blur = least_blur
        self.soft_background = soft_background
        self.gain = gain
        self.noise = noise
        self.jpeg_quality = jpeg_quality
        check_ranges(
            long_side=long_side, strength=strength, gain=gain, noise=noise, jpeg_quality=jpeg_quality
        )
        if not 0 < scale <= 1:
            raise MmmlError(f"scale is {scale}", "choose a number above 0 and at most 1")
        if not kinds or not set(kinds) <= set(BLURS):
            raise MmmlError(f"kinds is {list(kinds)}", f"choose among {', '.join(BLURS)}")

    def __call__(self, rng: np.random.Generator, source: Image | None, label: str) -> tuple[Image, Facts]:
        """Make one picture.

        Args:
            rng: where all chance comes from.
            source: a sharp photo, or None to draw a scene.
            label: ``blurred`` or ``sharp``.

        Returns:
            The picture, encoded as JPEG, and its facts: ``kind`` of blur (``none`` for sharp), ``strength``,
            ``soft_background`` (strength behind the subject) and ``sharp_share`` of the area, ``gain``,
            ``noise``, ``jpeg_quality``, ``crop`` (its long side over the photo's) and ``scale`` (pixels
            made per pixel of the photo).

        Raises:
            MmmlError: the label is another, or the photo cannot be decoded.
        """
        if label not in self.labels:
            raise MmmlError(f"MakeBlur makes no {label}", f"choose one of {', '.join(self.labels)}")
        photo = draw_scene(rng, round(self.long_side[1] / self.scale)) if source is None else source.rgb
        light, frame = framed(rng, photo, self.long_side, self.scale)
        capture = {
            "gain": log_uniform(rng, *self.gain),
            "noise": log_uniform(rng, *self.noise),
            "jpeg_quality": float(rng.integers(self.jpeg_quality[0], self.jpeg_quality[1] + 1)),
        }
        light, blur = self._blurred(rng, light) if label == "blurred" else self._sharp(rng, light)
        return captured(rng, light, **capture), {**blur, **capture, **frame}

    def _blurred(self, rng: np.random.Generator, light: Light) -> tuple[Light, Facts]:
        kind = str(rng.choice(list(self.kinds)))
        strength = self._strength(rng, light)
        light = BLURS[kind](rng, light, strength * max(light.shape))
        facts: Facts = {"kind": kind, "strength": strength, "soft_background": 0.0, "sharp_share": 0.0}
        return light, facts

    def _sharp(self, rng: np.random.Generator, light: Light) -> tuple[Light, Facts]:
        facts: Facts = {"kind": "none", "strength": 0.0, "soft_background": 0.0, "sharp_share": 1.0}
        if rng.random() >= self.soft_background:
            return light, facts
        strength = self._strength(rng, light)
        mask = subject(rng, light, (rng.uniform(0.28, 0.48), rng.uniform(0.28, 0.48)))
        soft = defocus(rng, light, strength * max(light.shape))
        light = soft + mask[..., None] * (light - soft)
        return light, {**facts, "soft_background": strength, "sharp_share": float(mask.mean())}

    def _strength(self, rng: np.random.Generator, light: Light) -> float:
        low, high = self.strength
        low = max(low, self.least_blur / max(light.shape))
        return log_uniform(rng, low, max(low, high))


def subject(rng: np.random.Generator, light: Light, radii: Sequence[float]) -> NDArray[np.float32]:
    """Return a mask that is 1 on a subject and falls smoothly to 0 behind it; float32, shape (H, W).

    The subject is a wobbly ellipse around the place with the most detail.

    Args:
        rng: draws the shape.
        light: the picture.
        radii: its radii across and down, shares of the width and of the height.
    """
    height, width = light.shape[:2]
    gray = np.asarray(cv2.cvtColor(light, cv2.COLOR_RGB2GRAY), dtype=np.float32)
    curvature = cv2.Laplacian(gray, cv2.CV_32F)
    energy = cv2.boxFilter(cv2.multiply(curvature, curvature), -1, (1 + width // 4, 1 + height // 4))
    # A subject at the very edge would be small.
    top, left = height // 4, width // 4
    inner = np.asarray(energy)[top : height - top, left : width - left]
    y, x = np.unravel_index(int(np.argmax(inner)), inner.shape)
    across = (np.arange(width) - left - x) / (radii[0] * width)
    down = (np.arange(height) - top - y)[:, None] / (radii[1] * height)
    wobble = cv2.resize(rng.uniform(-0.3, 0.3, (6, 6)), (width, height), interpolation=cv2.INTER_CUBIC)
    depth = 1 + wobble - np.hypot(across, down)
    return np.asarray(np.clip(0.5 + depth / 0.3, 0, 1), dtype=np.float32)
