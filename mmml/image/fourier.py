"""Features of the power spectrum of the luma: how much fine detail there is."""

from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError
from mmml.features import Explanation, Features, Transformer
from mmml.image.focus_map import focus_map
from mmml.image.value import Image

#: Below this side the spectrum has too few frequencies for a slope.
SMALLEST_SIDE = 32


class Fourier(Transformer):
    """Slope of the radially averaged power spectrum, and shares of the energy above given frequencies.

    The power of natural scenes falls with frequency f about as f^-2 (D. J. Field, "Relations between the
    statistics of natural images and the response properties of cortical cells", JOSA A 4, 1987); blur makes
    it fall faster. Frequencies are in cycles per pixel, 0.5 being the finest that pixels can show. A Hann
    window keeps the borders out; the mean is removed first.

    Args:
        above: frequencies in cycles per pixel; for each, the share (0 to 1) of the energy above it.
        long_side: working size, pixels: larger pictures are scaled down to it first; None for native size.
    """

    modality: ClassVar[str] = "image"

    def __init__(self, above: Sequence[float] = (0.1, 0.2, 0.3), long_side: int | None = 512) -> None:
        self.above = above
        self.long_side = long_side
        if not all(0 < frequency < 0.5 for frequency in self.above):
            raise MmmlError(f"above is {self.above}", "frequencies lie between 0 and 0.5 cycles per pixel")

    @property
    def names(self) -> tuple[str, ...]:
        """The slope, then one share for each frequency: ``energy_above_0_1``, a name that a rule can use."""
        return (
            "spectrum_slope",
            *(f"energy_above_{frequency:g}".replace(".", "_") for frequency in self.above),
        )

    def extract(self, value: Image) -> Features:
        """Measure one picture; float64, shape (1 + len(above),); NaN where it is flat or under 32 pixels."""
        gray = value.gray_at(self.long_side)
        if min(gray.shape) < SMALLEST_SIDE:
            return np.full(len(self.names), np.nan)
        power = _radial_power(gray.astype(np.float32))
        total = power.sum()
        if not total > 0:
            return np.full(len(self.names), np.nan)
        frequency = (np.arange(power.size) + 0.5) * 0.5 / power.size
        shares = [float(power[frequency >= limit].sum() / total) for limit in self.above]
        return np.array([_slope(power, frequency), *shares])

    def explain(self, value: Image) -> Explanation:
        """Show where the picture is sharp."""
        return focus_map(value.gray_at(self.long_side))


def _radial_power(gray: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the energy in rings of equal width from 0 to 0.5 cycles per pixel; float64, shape (64,)."""
    height, width = gray.shape
    gray -= cv2.mean(gray)[0]
    gray *= _window(height, width)
    # The real transform holds half of the plane, which is all there is to know of a real picture.
    spectrum = cv2.dft(gray, flags=cv2.DFT_COMPLEX_OUTPUT)[:, : width // 2 + 1]
    power = cv2.magnitude(spectrum[..., 0], spectrum[..., 1]) ** 2
    ring = _rings(height, width)
    energy = np.bincount(ring.ravel(), weights=power.ravel(), minlength=_RINGS + 1)[:_RINGS]
    return np.asarray(energy, dtype=np.float64)


def _slope(power: NDArray[np.float64], frequency: NDArray[np.float64]) -> float:
    # The mean of a ring is its energy over its area, which grows with the frequency.
    inside = (frequency > 0.02) & (power > 0)
    if inside.sum() < 2:
        return float("nan")
    density = power[inside] / frequency[inside]
    return float(np.polyfit(np.log(frequency[inside]), np.log(density), 1)[0])


_RINGS = 64


@lru_cache(maxsize=8)
def _window(height: int, width: int) -> NDArray[np.float32]:
    return np.asarray(cv2.createHanningWindow((width, height), cv2.CV_32F), dtype=np.float32)


@lru_cache(maxsize=8)
def _rings(height: int, width: int) -> NDArray[np.intp]:
    # Folders of photos have few sizes; the plan of rings is kept for the last ones.
    down = np.fft.fftfreq(height)[:, None]
    across = np.fft.rfftfreq(width)[None, :]
    radius = np.hypot(down, across)
    return np.asarray(np.minimum(radius / 0.5 * _RINGS, _RINGS), dtype=np.intp)
