"""A transformer of another package for a modality of mmml's own: the tint of a picture."""

from typing import ClassVar

import numpy as np

from mmml.features import Features, Transformer
from mmml.image.value import Image


class Tint(Transformer):
    """Mean of red, green and blue, 0 to 255."""

    modality: ClassVar[str] = "image"

    @property
    def names(self) -> tuple[str, ...]:
        """One a colour."""
        return ("red", "green", "blue")

    def extract(self, value: Image) -> Features:
        """Measure one picture; float64, shape (3,)."""
        return np.asarray(value.rgb.mean(axis=(0, 1)), dtype=np.float64)
