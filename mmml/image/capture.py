"""`MakeCapture`: sharp and blurred pictures out of sharp photos, through the whole chain of a camera."""

from collections.abc import Sequence
from typing import ClassVar

import cv2
import numpy as np

from mmml.errors import MmmlError
from mmml.image.blur import defocus
from mmml.image.camera import Light, check_ranges, check_shares, detailed, log_uniform, to_light
from mmml.image.lens import LENS_BLURS, soft_background, with_highlights, with_lamps, with_sign
from mmml.image.scene import draw_scene
from mmml.image.sensor import developed, encoded, grained, scaled, sensed
from mmml.image.value import Image, Rgb
from mmml.parameters import Parameters

Facts = dict[str, float | str]

#: At full size photos are a little soft: pixels used per pixel of the photo.
_CRISP = 0.8
#: A camera's own picture is at least that large, pixels.
_SMALLEST_SENSOR = 800
_UPSCALED = "upscaled"


class MakeCapture(Parameters):
    """Makes labelled pictures as they reach a viewer: scene, lens, sensor, development, scaling, JPEG.

    The label follows how the picture looks on a screen: shown ``screen`` pixels wide, or at its own size
    where that is smaller, a blur of ``visible`` pixels and more makes it blurred, and one of up to
    ``invisible`` pixels leaves it sharp. What lies between is not made. All but the blur is drawn
    before the label plays a part. Ranges are (low, high) and drawn log-uniformly, but for the JPEG quality.

    A photo is used at up to 0.8 of its size. Larger scenes are put together from mirrored copies, so their
    fine detail is real; pictures larger than the screen may also be scaled up from the size of the screen,
    as those of lenses that resolve no more.

    Args:
        long_side: long side of the picture made, pixels.
        screen: long side of the screen, pixels.
        visible: smallest blur of the blurred ones, in pixels of the screen; sizes as in `mmml.image.blur`.
        invisible: largest blur of the sharp ones.
        largest: largest blur, a share of the long side.
        kinds: the kinds of blur: `mmml.image.lens.LENS_BLURS`, and ``upscaled``: a small picture whose
            size was brought up. One that is named twice is made twice as often.
        soft_background: share of the sharp pictures where only a subject is sharp.
        night: share of the pictures taken in the dark, with lamps.
        sign: share of the pictures with a sign full of letters.
        gain: exposure by day, a factor on linear light.
        noise: standard deviation of the sensor noise at white, in linear light.
        grainy: share of the pictures that are noisy in the end, as those of small sensors and old phones.
        grain: standard deviation of that noise, levels of 0 to 255.
        jpeg_quality: lowest and highest quality, drawn uniformly.
    """

    modality: ClassVar[str] = "image"
    labels: ClassVar[tuple[str, ...]] = ("blurred", "sharp")
    suffix: ClassVar[str] = ".jpg"

    def __init__(
        self,
        long_side: Sequence[int] = (300, 1600),
        screen: int = 1024,
        visible: float = 2.0,
        invisible: float = 1.0,
        largest: float = 0.03,
        kinds: Sequence[str] = (*LENS_BLURS, _UPSCALED),
        soft_background: float = 0.35,
        night: float = 0.15,
        sign: float = 0.1,
        gain: Sequence[float] = (0.4, 1.5),
        noise: Sequence[float] = (0.002, 0.03),
        grainy: float = 0.4,
        grain: Sequence[float] = (0.5, 12),
        jpeg_quality: Sequence[int] = (50, 97),
    ) -> None:
        self.long_side = long_side
        self.screen = screen
        self.visible = visible
        self.invisible = invisible
        self.largest = largest
        self.kinds = kinds
        self.soft_background = soft_background
        self.night = night
        self.sign = sign
        self.gain = gain
        self.noise = noise
        self.grainy = grainy
        self.grain = grain
        self.jpeg_quality = jpeg_quality
        check_ranges(long_side=long_side, gain=gain, noise=noise, grain=grain, jpeg_quality=jpeg_quality)
        check_shares(largest=largest, soft_background=soft_background, night=night, sign=sign, grainy=grainy)
        if screen < 1:
            raise MmmlError(f"screen is {screen}", "give the long side of a screen, pixels")
        if not 0 < invisible < visible:
            raise MmmlError(f"invisible is {invisible}, visible {visible}", "give two sizes that rise")
        known = (*LENS_BLURS, _UPSCALED)
        if not kinds or not set(kinds) <= set(known):
            raise MmmlError(f"kinds is {list(kinds)}", f"choose among {', '.join(known)}")

    def __call__(self, rng: np.random.Generator, source: Image | None, label: str) -> tuple[Image, Facts]:
        """Make one picture.

        Args:
            rng: where all chance comes from.
            source: a sharp photo, or None to draw a scene.
            label: ``blurred`` or ``sharp``.

        Returns:
            The picture, encoded as JPEG, and its facts: ``kind`` of blur (``none`` for sharp), ``strength``
            (size over the long side), ``on_screen`` (size in pixels of the screen), ``soft_background``
            (strength behind the subject) and ``sharp_share`` of the area, then all that was drawn for
            scene and camera.

        Raises:
            MmmlError: the label is another, or the photo cannot be decoded.
        """
        if label not in self.labels:
            raise MmmlError(f"MakeCapture makes no {label}", f"choose one of {', '.join(self.labels)}")
        final = round(log_uniform(rng, *self.long_side))
        largest = max(final, self.long_side[1])
        native = round(log_uniform(rng, max(final, min(_SMALLEST_SENSOR, largest)), largest))
        photo = draw_scene(rng, round(self.screen / _CRISP)) if source is None else source.rgb
        light, frame = self._scene(rng, photo, min(final, self.screen), native)
        camera = self._camera(rng)
        light = with_highlights(rng, light)
        if rng.random() < self.sign:
            light = with_sign(rng, light)
        if camera["night"]:
            light = with_lamps(rng, light, native / self.screen, 1 / camera["gain"])
        method = (cv2.INTER_AREA, cv2.INTER_AREA, cv2.INTER_LINEAR)[rng.integers(3)]
        if method == cv2.INTER_LINEAR and native > 2 * final:
            method = cv2.INTER_AREA

        blur = self._blur(rng, label, final)
        size = float(blur["strength"]) * native
        if blur["kind"] == "none":
            light = defocus(rng, light, size) if size > 1 else light
            if blur["soft_background"]:
                light, blur["sharp_share"] = soft_background(
                    rng, light, float(blur["soft_background"]) * native
                )
        elif blur["kind"] != _UPSCALED:
            light = LENS_BLURS[str(blur["kind"])](rng, light, size)

        light = sensed(rng, light * np.float32(camera["gain"]), camera["noise"], bool(camera["edges"]))
        # What veils a scene is lit as the scene is.
        veil = camera["veil"] * min(1.0, camera["gain"])
        light = light * np.float32(1 - camera["veil"]) + np.float32(veil / 2)
        levels = developed(light, *(camera[name] for name in ("contrast", "smear", "sharpen", "radius")))
        if blur["kind"] == _UPSCALED:
            levels = scaled(levels, max(16, round(1 / float(blur["strength"]))))
        levels = scaled(levels, final, None if final > max(levels.shape) else method)
        if camera["grain"]:
            levels = grained(rng, levels, camera["grain"], camera["grain_size"])
        qualities = [int(camera[name]) for name in ("first_quality", "jpeg_quality") if camera[name]]
        return Image.read(encoded(levels, qualities)), {**blur, **camera, **frame, "long_side": final}

    def _scene(
        self, rng: np.random.Generator, photo: Rgb, needed: int, native: int
    ) -> tuple[Light, dict[str, float]]:
        """Cut a scene of ``native`` pixels, with real detail at ``needed`` pixels and maybe more."""
        height, width = photo.shape[:2]
        most = max(height, width)
        copies = 1 if 1.1 * needed <= _CRISP * most and rng.random() < 0.75 else 2
        side = log_uniform(rng, min(most, 1.25 * needed / _CRISP / copies), most)
        w, h = min(round(side), width), min(round(side), height)
        if rng.random() < 0.5:
            # Not every picture has the shape of its photo.
            w, h = (
                (w, round(h * rng.uniform(0.7, 1)))
                if rng.random() < 0.5
                else (round(w * rng.uniform(0.7, 1)), h)
            )
        cut = detailed(rng, photo, w, h)
        if rng.random() < 0.5:
            cut = cut[:, ::-1]
        light = to_light(np.ascontiguousarray(cut))
        drawn = min(native, round(_CRISP * side * copies))
        light = scaled(light, max(1, drawn // copies))
        if copies == 2:
            light = np.concatenate([light, light[:, ::-1]], axis=1)
            light = np.concatenate([light, light[::-1]], axis=0)
        # Bayer's pattern needs whole pairs of pixels.
        ratio = native / max(light.shape)
        size = max(8, 2 * round(light.shape[1] * ratio / 2)), max(8, 2 * round(light.shape[0] * ratio / 2))
        light = np.clip(cv2.resize(light, size, interpolation=cv2.INTER_CUBIC), 0, 1)
        return light, {"copies": copies, "drawn": drawn, "native": native}

    def _camera(self, rng: np.random.Generator) -> dict[str, float]:
        """Draw all that does not depend on the label."""
        night = rng.random() < self.night
        gain = log_uniform(rng, 0.02, 0.2) if night else log_uniform(rng, *self.gain)
        noise = log_uniform(rng, *self.noise)
        low, high = self.jpeg_quality
        return {
            "night": float(night),
            "gain": gain,
            "noise": noise,
            "edges": float(rng.random() < 0.7),
            "veil": float(rng.choice([0, rng.uniform(0, 0.6)], p=[0.8, 0.2])),
            "contrast": rng.uniform(-0.2, 0.8),
            "smear": float(rng.choice([0, rng.uniform(0.5, 4) * noise + 0.01])),
            "sharpen": float(rng.choice([0, rng.uniform(0.2, 1.5)], p=[0.35, 0.65])),
            "radius": rng.uniform(0.6, 1.6),
            "grain": log_uniform(rng, *self.grain) if rng.random() < self.grainy else 0.0,
            "grain_size": rng.uniform(0, 1),
            "first_quality": float(rng.choice([0, int(rng.integers(65, 98))])),
            "jpeg_quality": float(rng.integers(low, high + 1)),
        }

    def _blur(self, rng: np.random.Generator, label: str, final: int) -> Facts:
        screen = min(final, self.screen)
        facts: Facts = {"kind": "none", "strength": 0.0, "soft_background": 0.0, "sharp_share": 1.0}
        if label == "sharp":
            facts["strength"] = rng.uniform(0, self.invisible) / screen
            if rng.random() < self.soft_background:
                # What lies just before or behind the subject is hardly blurred.
                least = self.invisible / screen
                facts["soft_background"] = log_uniform(rng, least, max(least, self.largest))
        else:
            kind, strength = str(rng.choice(list(self.kinds))), self._strength(rng, screen)
            facts |= {"kind": kind, "strength": strength, "sharp_share": 0.0}
        return {**facts, "on_screen": float(facts["strength"]) * screen}

    def _strength(self, rng: np.random.Generator, screen: int) -> float:
        low = self.visible / screen
        return log_uniform(rng, low, max(low, self.largest))
