"""How colourful a picture is."""

from typing import ClassVar

import cv2
import numpy as np

from mmml.features import Features, Transformer
from mmml.image.value import Image


class Colour(Transformer):
    """Colourfulness after D. Hasler and S. Suesstrunk, "Measuring colourfulness in natural images", 2003.

    Of the opponent colours rg = R - G and yb = (R + G) / 2 - B, in levels of 0 to 255: the length of their
    standard deviations and 0.3 times the length of their means. 0 is gray; the paper's viewers called 15
    slightly, 33 moderately, 59 quite and 109 extremely colourful.

    Args:
        long_side: working size, pixels: larger pictures are scaled down to it first; None for native size.
    """

    modality: ClassVar[str] = "image"

    def __init__(self, long_side: int | None = 512) -> None:
        self.long_side = long_side

    @property
    def names(self) -> tuple[str, ...]:
        """The colourfulness."""
        return ("colourfulness",)

    def extract(self, value: Image) -> Features:
        """Measure one picture; float64, shape (1,)."""
        opponents = cv2.transform(value.rgb_at(self.long_side).astype(np.float32), _OPPONENTS)
        mean, deviation = cv2.meanStdDev(opponents)
        return np.array([np.linalg.norm(deviation) + 0.3 * np.linalg.norm(mean)])


_OPPONENTS = np.array([[1, -1, 0], [0.5, 0.5, -1]], dtype=np.float32)
