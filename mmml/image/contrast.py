"""Features of the spread of the luma: how far apart the light and the dark of a picture are."""

from typing import ClassVar

import numpy as np

from mmml.errors import MmmlError
from mmml.features import Features, Transformer
from mmml.image.camera import to_light
from mmml.image.exposure import histogram, percentile
from mmml.image.value import Image


class Contrast(Transformer):
    """RMS contrast, Michelson contrast and entropy, all from the histogram of the luma.

    - ``rms_contrast``: standard deviation of the luma over 255, 0 to 0.5 (E. Peli, "Contrast in complex
      images", JOSA A 7, 1990).
    - ``michelson_contrast``: (b - a) / (b + a) of the dark a and the light b, 0 to 1 (A. A. Michelson,
      "Studies in optics", 1927). Both are linear light, and percentiles rather than extremes, which a
      single bad pixel would decide. NaN where the picture is black.
    - ``entropy``: of the levels of the luma, 0 to 8 bits (C. E. Shannon, "A mathematical theory of
      communication", 1948).

    Args:
        tail: percent of the pixels that are darker than the dark, and lighter than the light, of Michelson.
        long_side: working size, pixels: larger pictures are scaled down to it first; None for native size.
    """

    modality: ClassVar[str] = "image"

    def __init__(self, tail: float = 1.0, long_side: int | None = 1024) -> None:
        self.tail = tail
        self.long_side = long_side
        if not 0 <= tail < 50:
            raise MmmlError(f"tail is {tail}", "choose a number from 0 to 50, in percent")

    @property
    def names(self) -> tuple[str, ...]:
        """The two contrasts and the entropy."""
        return ("rms_contrast", "michelson_contrast", "entropy")

    def extract(self, value: Image) -> Features:
        """Measure one picture; float64, shape (3,)."""
        shares = histogram(value.gray_at(self.long_side))
        levels = np.arange(256) / 255
        deviation = np.sqrt(shares @ (levels - shares @ levels) ** 2)
        ends = percentile(shares, self.tail), percentile(shares, 100 - self.tail)
        dark, light = to_light(np.array([ends], dtype=np.uint8))[0]
        michelson = (light - dark) / (light + dark) if light > 0 else np.nan
        seen = shares[shares > 0]
        return np.array([deviation, michelson, seen @ np.log2(1 / seen)], dtype=np.float64)
