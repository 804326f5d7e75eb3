"""`MakeExposure`: well and badly lit pictures with known facts, made out of good photos."""

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from mmml.errors import MmmlError
from mmml.image.badly_lit import bright_gain, compressed, curved, dark_gain, headroom, veiled
from mmml.image.camera import Light, captured, check_ranges, framed, log_uniform, to_light
from mmml.image.extremes import draw_night, draw_white_wall, under_white_sky
from mmml.image.scene import draw_scene
from mmml.image.value import Image
from mmml.parameters import Parameters

Facts = dict[str, float | str]

#: What may be wrong with a picture, and the ways in which that comes about.
KINDS: dict[str, tuple[str, ...]] = {
    "good": (),
    "low_contrast": ("veil", "compression"),
    "too_bright": ("gain", "gamma"),
    "too_dark": ("gain", "gamma"),
}


class MakeExposure(Parameters):
    """Makes labelled pictures the way a camera does: light, veil, tone curve, exposure, sensor noise, JPEG.

    A photo counts as good as it is, with a little more or less light. The others are damaged to a degree
    that is drawn: from mild, where it begins to disturb, to severe. What a night, a white wall or a
    white sky looks like by nature is no damage: some pictures of every label show such a scene, drawn.

    Crop, noise and JPEG quality are drawn before the label plays a part, so all labels have them alike.

    Args:
        labels: those to make.
        kinds: the kinds of damage, each as likely as the others that lead to a label: `KINDS`.
        long_side: long side of the picture made, pixels, drawn log-uniformly; never scaled up.
        extremes: share of the pictures that show a drawn white wall or night instead of the photo, or the
            photo under a white sky.
        good_gain: exposure of pictures that are neither too dark nor too bright, a factor on linear light.
        highlights: what is left of a picture that is too dark, mild and severe: the luma, 0 to 255, that
            98 % of the pixels do not exceed. At least half of the light is lost.
        beyond: the share of what is not white anyway whose light is beyond white in a picture that is too
            bright, mild and severe.
        spread: levels of luma between the 5th and the 95th percentile of a picture of low contrast, mild
            and severe. At least half of the contrast is lost.
        gamma: least and greatest exponent of the tone curves that sink the light; the others lift it with
            its inverse.
        noise: standard deviation of the sensor noise at white, in linear light, drawn log-uniformly; see
            `mmml.image.camera.captured`.
        jpeg_quality: lowest and highest quality, drawn uniformly.
    """

    modality: ClassVar[str] = "image"
    suffix: ClassVar[str] = ".jpg"

    def __init__(
        self,
        labels: Sequence[str] = tuple(KINDS),
        kinds: Sequence[str] = ("gain", "gamma", "veil", "compression"),
        long_side: Sequence[int] = (320, 1280),
        extremes: float = 0.25,
        good_gain: Sequence[float] = (0.75, 1.25),
        highlights: Sequence[float] = (90, 12),
        beyond: Sequence[float] = (0.35, 0.9),
        spread: Sequence[float] = (55, 12),
        gamma: Sequence[float] = (1.3, 2.5),
        noise: Sequence[float] = (0.002, 0.02),
        jpeg_quality: Sequence[int] = (60, 95),
    ) -> None:
        self.labels = tuple(labels)
        self.kinds = kinds
        self.long_side = long_side
        self.extremes = extremes
        self.good_gain = good_gain
        self.highlights = highlights
        self.beyond = beyond
        self.spread = spread
        self.gamma = gamma
        self.noise = noise
        self.jpeg_quality = jpeg_quality
        check_ranges(
            long_side=long_side, good_gain=good_gain, gamma=gamma, noise=noise, jpeg_quality=jpeg_quality
        )
        check_ranges(highlights=sorted(highlights), beyond=sorted(beyond), spread=sorted(spread))
        if not labels or not set(labels) <= set(KINDS):
            raise MmmlError(f"labels is {list(labels)}", f"choose among {', '.join(KINDS)}")
        for label in set(labels) - {"good"}:
            if not set(KINDS[label]) & set(kinds):
                raise MmmlError(
                    f"kinds is {list(kinds)}, and none makes a picture {label}",
                    f"add one of {', '.join(KINDS[label])}, or leave out the label",
                )
        if not 0 <= extremes <= 1 or max(beyond) > 1:
            raise MmmlError(
                f"extremes is {extremes} and beyond {list(beyond)}", "they are shares: choose from 0 to 1"
            )

    def __call__(self, rng: np.random.Generator, source: Image | None, label: str) -> tuple[Image, Facts]:
        """Make one picture.

        Args:
            rng: where all chance comes from.
            source: a well exposed photo, or None to draw a scene.
            label: one of ``labels``.

        Returns:
            The picture, encoded as JPEG, and its facts: ``kind`` of damage (``none`` for good), ``severity``
            (0 mild to 1 severe; 0 for good), ``scene`` (photo, drawn, wall, night, sky), ``gain``, ``gamma``,
            ``veil`` (0 to 1), ``contrast`` (1: untouched), ``noise``, ``jpeg_quality``, ``crop`` (its long
            side over the photo's) and ``scale`` (pixels made per pixel of the photo).

        Raises:
            MmmlError: the label is another, or the photo cannot be decoded.
        """
        if label not in self.labels:
            raise MmmlError(f"MakeExposure makes no {label} here", f"choose one of {', '.join(self.labels)}")
        light, frame = self._scene(rng, source)
        noise = log_uniform(rng, *self.noise)
        quality = float(rng.integers(self.jpeg_quality[0], self.jpeg_quality[1] + 1))
        light, damage = self._damaged(rng, light, label)
        picture = captured(rng, light, float(damage["gain"]), noise, quality)
        return picture, {**damage, "noise": noise, "jpeg_quality": quality, **frame}

    def _scene(self, rng: np.random.Generator, source: Image | None) -> tuple[Light, Facts]:
        side = self.long_side[1]
        extreme = ("wall", "night", "sky")[rng.integers(3)] if rng.random() < self.extremes else None
        if extreme == "wall":
            photo = draw_white_wall(rng, side)
        elif extreme == "night":
            photo = draw_night(rng, side)
        else:
            photo = draw_scene(rng, side) if source is None else source.rgb
        light, frame = framed(rng, photo, self.long_side, 1.0)
        if extreme == "sky":
            light = under_white_sky(rng, light)
        return light, {"scene": extreme or ("drawn" if source is None else "photo"), **frame}

    def _damaged(self, rng: np.random.Generator, light: Light, label: str) -> tuple[Light, Facts]:
        facts: Facts = {"kind": "none", "severity": 0.0, "gain": self._good_gain(rng, light)}
        facts |= {"gamma": 1.0, "veil": 0.0, "contrast": 1.0}
        if label == "good":
            return light, facts
        kind = str(rng.choice([kind for kind in KINDS[label] if kind in self.kinds]))
        severity = rng.random()
        facts |= {"kind": kind, "severity": severity}
        gamma = log_uniform(rng, *self.gamma) if kind == "gamma" else 1.0
        if label == "too_dark":
            gain = dark_gain(light, _between(self.highlights, severity), gamma)
            return curved(light, gamma), {**facts, "gain": gain, "gamma": gamma}
        if label == "too_bright":
            gain, gamma = bright_gain(light, _between(self.beyond, severity), 1 / gamma)
            return curved(light, gamma), {**facts, "gain": gain, "gamma": gamma}
        spread = _between(self.spread, severity)
        if kind == "veil":
            air = to_light(rng.integers(110, 250, (1, 1, 1), dtype=np.uint8).repeat(3, 2))[0, 0]
            light, veil = veiled(light, air * rng.normal(1, 0.06, 3).astype(np.float32), spread)
            return light, {**facts, "veil": veil}
        pivot = to_light(rng.integers(70, 200, (1, 1, 1), dtype=np.uint8)).item()
        light, contrast = compressed(light, pivot, spread)
        return light, {**facts, "contrast": contrast}

    def _good_gain(self, rng: np.random.Generator, light: Light) -> float:
        # More light must not clip what is bright already: that picture would be good no more.
        return min(log_uniform(rng, *self.good_gain), max(1.0, headroom(light, 0.05)))


def _between(ends: Sequence[float], severity: float) -> float:
    """Return the degree at a severity from 0 (mild) to 1 (severe), in equal steps of the logarithm."""
    return math.exp((1 - severity) * math.log(ends[0]) + severity * math.log(ends[1]))
