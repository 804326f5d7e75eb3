"""Features of the first and second derivatives of the luma: how steep edges are."""

from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError
from mmml.features import Explanation, Features, Transformer
from mmml.image.focus_map import SMALLEST_SIDE, focus_map
from mmml.image.value import Gray, Image


class Gradients(Transformer):
    """Mean, maximum and variance of the Sobel magnitude and of the Laplacian.

    Grey levels per pixel for the Sobel terms (Sobel's kernel is not normalised: a step of one level gives
    4 at ``kernel=3``), grey levels per pixel squared for the Laplacian; the variances in their squares. The
    mean of the Laplacian is that of its absolute value: the plain mean is near zero for every picture.

    The variance of the Laplacian is the focus measure of J. L. Pech-Pacheco et al., "Diatom autofocusing in
    brightfield microscopy", ICPR 2000; the Sobel magnitude that of J. M. Tenenbaum, "Accommodation in
    computer vision", 1970.

    Args:
        kernel: side of the Sobel kernel, pixels: 1, 3, 5 or 7.
        long_side: working size, pixels: larger pictures are scaled down to it first; None for native size.
    """

    modality: ClassVar[str] = "image"

    def __init__(self, kernel: int = 3, long_side: int | None = 1024) -> None:
        self.kernel = kernel
        self.long_side = long_side
        if kernel not in (1, 3, 5, 7):
            raise MmmlError(f"kernel is {kernel}", "choose 1, 3, 5 or 7")

    @property
    def names(self) -> tuple[str, ...]:
        """Three Sobel terms, three Laplacian terms."""
        return (
            "sobel_mean",
            "sobel_max",
            "sobel_var",
            "laplacian_mean",
            "laplacian_max",
            "laplacian_var",
        )

    def extract(self, value: Image) -> Features:
        """Measure one picture; float64, shape (6,); NaN where a side is under 8 pixels."""
        gray = value.gray_at(self.long_side)
        if min(gray.shape) < SMALLEST_SIDE:
            return np.full(6, np.nan)
        across = cv2.Sobel(gray, cv2.CV_32F, 1, 0, ksize=self.kernel)
        down = cv2.Sobel(gray, cv2.CV_32F, 0, 1, ksize=self.kernel)
        # Into a plane that is there already: fresh memory takes about as long as the arithmetic.
        steepness = np.asarray(cv2.magnitude(across, down, across), dtype=np.float32)
        curvature = laplacian(gray)
        return np.array(
            [
                *_mean_max_variance(steepness),
                cv2.norm(curvature, cv2.NORM_L1) / curvature.size,
                cv2.norm(curvature, cv2.NORM_INF),
                _mean_and_variance(curvature)[1],
            ],
            dtype=np.float64,
        )

    def explain(self, value: Image) -> Explanation:
        """Show where the picture is sharp."""
        return focus_map(value.gray_at(self.long_side))


class Laplacian(Transformer):
    """The variance of the Laplacian alone, in grey levels squared per pixel^4 (Pech-Pacheco et al., 2000).

    Args:
        long_side: working size, pixels: larger pictures are scaled down to it first; None for native size.
    """

    modality: ClassVar[str] = "image"

    def __init__(self, long_side: int | None = 1024) -> None:
        self.long_side = long_side

    @property
    def names(self) -> tuple[str, ...]:
        """The variance."""
        return ("laplacian_var",)

    def extract(self, value: Image) -> Features:
        """Measure one picture; float64, shape (1,); NaN where a side is under 8 pixels."""
        gray = value.gray_at(self.long_side)
        if min(gray.shape) < SMALLEST_SIDE:
            return np.full(1, np.nan)
        return np.array([_mean_and_variance(laplacian(gray))[1]])

    def explain(self, value: Image) -> Explanation:
        """Show where the picture is sharp."""
        return focus_map(value.gray_at(self.long_side))


def laplacian(gray: Gray) -> NDArray[np.int16]:
    """Return the 4-neighbour Laplacian of the luma, -1020 to 1020; int16, the shape of ``gray``."""
    return np.asarray(cv2.Laplacian(gray, cv2.CV_16S), dtype=np.int16)


def _mean_and_variance(plane: NDArray[np.float32] | NDArray[np.int16]) -> tuple[float, float]:
    mean, deviation = cv2.meanStdDev(plane)
    return float(mean[0, 0]), float(deviation[0, 0]) ** 2


def _mean_max_variance(plane: NDArray[np.float32]) -> tuple[float, float, float]:
    mean, variance = _mean_and_variance(plane)
    return mean, float(cv2.minMaxLoc(plane)[1]), variance
