"""How hazy a picture is, by its dark channel."""

from collections.abc import Sequence
from functools import reduce
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError
from mmml.features import Features, Transformer
from mmml.image.camera import Light, to_light
from mmml.image.value import Image

#: The airlight is the mean colour of this share of the picture, where the dark channel is lightest.
_AIRLIGHT = 0.001


class Haze(Transformer):
    """The dark channel, and the share of the light that is veil: haze, fog, flare, a greasy lens.

    In nearly every patch of a clear outdoor picture something is dark in one of the colours; haze lays its
    own light over it (K. He, J. Sun and X. Tang, "Single image haze removal using dark channel prior",
    CVPR 2009). A picture of a white wall or of snow has no dark either and passes for hazy: the prior's
    own limit.

    - ``dark_channel``: mean over the picture of the least of the three colours within a patch; linear
      light, 0 to 1.
    - ``veil``: median over the picture of one minus the transmission, 0 (clear) to 1: the dark channel of
      the light relative to the airlight. In linear light, where veils add up. NaN where there is no light.

    Args:
        patch: side of the patch, pixels; odd.
        long_side: working size, pixels: larger pictures are scaled down to it first; None for native size.
    """

    modality: ClassVar[str] = "image"

    def __init__(self, patch: int = 15, long_side: int | None = 512) -> None:
        self.patch = patch
        self.long_side = long_side
        if patch < 1 or patch % 2 == 0:
            raise MmmlError(f"patch is {patch}", "choose an odd number of pixels")

    @property
    def names(self) -> tuple[str, ...]:
        """The dark channel and the veil."""
        return ("dark_channel", "veil")

    def extract(self, value: Image) -> Features:
        """Measure one picture; float64, shape (2,); NaN where a side is shorter than the patch."""
        rgb = value.rgb_at(self.long_side)
        if min(rgb.shape[:2]) < self.patch:
            return np.full(2, np.nan)
        light = to_light(rgb)
        dark = self._dark(cv2.split(light))
        airlight = _airlight(light, dark)
        # A colour that the airlight lacks tells nothing of the veil; black air is no air at all.
        relative = [
            plane / share for plane, share in zip(cv2.split(light), airlight, strict=True) if share > 0
        ]
        veil = np.clip(np.median(self._dark(relative)), 0, 1) if relative else np.nan
        return np.array([dark.mean(), veil], dtype=np.float64)

    def _dark(self, planes: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
        """Return the least of the planes within the patch around each pixel; float32, shape (H, W)."""
        least = reduce(cv2.min, planes)
        return np.asarray(cv2.erode(least, np.ones((self.patch, self.patch), np.uint8)), dtype=np.float32)


def _airlight(light: Light, dark: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean colour where the dark channel is lightest; float32, shape (3,)."""
    count = max(1, round(_AIRLIGHT * dark.size))
    lightest = np.argpartition(dark.ravel(), -count)[-count:]
    return np.asarray(light.reshape(-1, 3)[lightest].mean(axis=0), dtype=np.float32)
