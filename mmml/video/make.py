"""`MakeClip`: clips with known facts, made by a synthetic camera that pans over good photos."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from mmml.errors import MmmlError
from mmml.image.badly_lit import bright_gain, dark_gain
from mmml.image.blur import defocus
from mmml.image.camera import Light, check_ranges, exposed, log_uniform
from mmml.image.scene import draw_scene
from mmml.image.value import Image, Rgb, make_repeatable
from mmml.parameters import Parameters
from mmml.video.encode import encode
from mmml.video.formats import WRITTEN
from mmml.video.pan import Numbers, Pan, draw_pan, stretches
from mmml.video.value import Video

Facts = dict[str, float | str]

#: What may be wrong in a stretch of a clip, and the ways in which that comes about.
FAULTS: dict[str, tuple[str, ...]] = {
    "blurred": ("defocus", "shake"),
    "too_bright": ("bright",),
    "too_dark": ("dark",),
}

#: What goes wrong comes and goes within this time, seconds.
_RAMP = 0.3
#: Beyond this factor on the light there is more noise than picture.
_MOST_GAIN = 16.0


class MakeClip(Parameters):
    """Makes labelled clips the way a camera does: pan, shake, blur, exposure, sensor noise, H.264.

    The camera pans over a photo, a little unsteadily. In a bad clip something goes wrong for one stretch of
    it or two; in half of the good ones too, but for a short time only. Shares between the two are not made:
    there, opinions differ. All that is no fault is drawn before the label plays a part, so all labels have
    it alike. Ranges are (low, high); sizes, times and amounts are drawn log-uniformly.

    Args:
        good: the label of clips that are good.
        faults: the labels of the others: `FAULTS`.
        long_side: long side of the clip, pixels; less for a photo that has not enough of them.
        scale: most pixels made per pixel of the photo. Below 1, for at full size photos are a little soft.
        seconds: duration.
        rate: frames a second.
        speed: of the pan, long sides a second. With a slow shutter the pan is slow.
        tremble: how far the hand moves to and fro, long sides.
        shutter: how long it is open for each frame, seconds.
        good_share: part of a good clip where something is wrong; in half of them, nothing is.
        bad_share: part of a bad clip where something is wrong.
        strength: of a blur: the diameter of the disc, or how far a point is drawn out while the shutter is
            open, long sides.
        highlights: of what is too dark, mild and severe: the luma, 0 to 255, that 98 % of the pixels do not
            exceed. At least half of the light is lost.
        beyond: of what is too bright, mild and severe: the share of what is not white anyway whose light is
            beyond white.
        gain: exposure of good frames, a factor on linear light.
        noise: standard deviation of the sensor noise at white, in linear light; see
            `mmml.image.camera.exposed`.
        crf: how roughly it is encoded as H.264: constant rate factor, 0 to 51; drawn uniformly.
    """

    modality: ClassVar[str] = "video"
    source_modality: ClassVar[str] = "image"
    suffix: ClassVar[str] = ".mp4"

    def __init__(
        self,
        good: str = "good",
        faults: Sequence[str] = tuple(FAULTS),
        long_side: Sequence[int] = (240, 360),
        scale: float = 0.8,
        seconds: Sequence[float] = (2, 2.5),
        rate: Sequence[float] = (10, 12),
        speed: Sequence[float] = (0.02, 0.3),
        tremble: Sequence[float] = (0.001, 0.01),
        shutter: Sequence[float] = (0.01, 0.04),
        good_share: Sequence[float] = (0.05, 0.15),
        bad_share: Sequence[float] = (0.4, 1.0),
        strength: Sequence[float] = (0.012, 0.04),
        highlights: Sequence[float] = (90, 12),
        beyond: Sequence[float] = (0.3, 0.9),
        gain: Sequence[float] = (0.75, 1.25),
        noise: Sequence[float] = (0.002, 0.02),
        crf: Sequence[int] = (24, 31),
    ) -> None:
        self.good = good
        self.faults = faults
        self.long_side = long_side
        self.scale = scale
        self.seconds = seconds
        self.rate = rate
        self.speed = speed
        self.tremble = tremble
        self.shutter = shutter
        self.good_share = good_share
        self.bad_share = bad_share
        self.strength = strength
        self.highlights = highlights
        self.beyond = beyond
        self.gain = gain
        self.noise = noise
        self.crf = crf
        check_ranges(long_side=long_side, seconds=seconds, rate=rate, speed=speed, tremble=tremble)
        check_ranges(shutter=shutter, good_share=good_share, bad_share=bad_share, strength=strength)
        check_ranges(gain=gain, noise=noise, crf=crf)
        if not faults or not set(faults) <= set(FAULTS):
            raise MmmlError(f"faults is {list(faults)}", f"choose among {', '.join(FAULTS)}")
        if good in faults:
            raise MmmlError(f"clips without a fault are called {good}, as a fault is", "give another good=")
        if not 0 < scale <= 1:
            raise MmmlError(f"scale is {scale}", "choose a number above 0 and at most 1")

    @property
    def labels(self) -> tuple[str, ...]:
        """The label of good clips, and those of the faults."""
        return (self.good, *self.faults)

    def __call__(self, rng: np.random.Generator, source: Image | None, label: str) -> tuple[Video, Facts]:
        """Make one clip.

        Args:
            rng: where all chance comes from.
            source: a good photo, or None to draw a scene.
            label: ``good`` or one of ``faults``.

        Returns:
            The clip, an MP4, and its facts: ``kind`` of what is wrong (``none`` where nothing is), ``share``
            of the frames where it is, its ``strength`` (of a blur: long sides; of light: 0 mild to 1 severe),
            ``speed`` of the pan (long sides a second), ``tremble``, ``shutter``, ``gain``, ``noise`` and
            ``crf``.

        Raises:
            MmmlError: the label is another, or the photo cannot be decoded.
        """
        if label not in self.labels:
            raise MmmlError(f"MakeClip makes no {label} here", f"choose one of {', '.join(self.labels)}")
        make_repeatable()
        photo = draw_scene(rng, 2 * self.long_side[1]) if source is None else source.rgb
        rate = round(log_uniform(rng, *self.rate))
        times = np.arange(max(2, round(log_uniform(rng, *self.seconds) * rate))) / rate
        drawn = {name: log_uniform(rng, *getattr(self, name)) for name in ("speed", "tremble", "shutter")}
        pan = draw_pan(rng, photo, log_uniform(rng, *self.long_side), self.scale, times, **drawn)
        gain, noise = log_uniform(rng, *self.gain), log_uniform(rng, *self.noise)
        crf = int(rng.integers(self.crf[0], self.crf[1] + 1))

        kind, wrong = self._wrong(rng, label, times.size, rate)
        lights, gains, strength = self._spoilt(rng, pan, photo, kind, wrong)
        frames = [exposed(rng, one, gain * factor, noise) for one, factor in zip(lights, gains, strict=True)]
        clip = Video.read(encode(frames, rate, WRITTEN[self.suffix], crf=str(crf)))
        share = float(np.mean(wrong > 0.5))
        facts: Facts = {"kind": kind, "share": share, "strength": strength, **drawn, "speed": pan.speed}
        return clip, {**facts, "gain": gain, "noise": noise, "crf": float(crf)}

    def _wrong(self, rng: np.random.Generator, label: str, count: int, rate: float) -> tuple[str, Numbers]:
        """Return what goes wrong, and how far it does in each frame, 0 to 1."""
        fault = str(rng.choice(list(self.faults))) if label == self.good else label
        kind = str(rng.choice(list(FAULTS[fault])))
        share = log_uniform(rng, *(self.good_share if label == self.good else self.bad_share))
        wrong = stretches(rng, count, min(1.0, share), round(_RAMP * rate))
        if (label == self.good and rng.random() < 0.5) or not wrong.any():
            return "none", np.zeros(count)
        return kind, wrong

    def _spoilt(
        self, rng: np.random.Generator, pan: Pan, photo: Rgb, kind: str, wrong: Numbers
    ) -> tuple[list[Light], Numbers, float]:
        """Film, and return what falls onto the sensor, a factor on it for each frame, and the strength."""
        severity, blur = rng.random(), log_uniform(rng, *self.strength)
        swung = wrong * (blur / pan.shutter if kind == "shake" else 0.0)
        lights, gains = list(pan.film(photo, swung)), np.ones(wrong.size)
        if kind in ("bright", "dark"):
            among = lights[int(np.argmax(wrong))]
            low, high = self.beyond if kind == "bright" else self.highlights
            degree = low ** (1 - severity) * high**severity
            most = bright_gain(among, degree)[0] if kind == "bright" else dark_gain(among, degree)
            return lights, np.minimum(most, _MOST_GAIN) ** wrong, severity
        if kind == "defocus":
            discs = wrong * blur * max(pan.size)
            lights = [
                defocus(rng, one, size) if size > 1 else one for one, size in zip(lights, discs, strict=True)
            ]
        return lights, gains, 0.0 if kind == "none" else blur
