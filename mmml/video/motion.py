"""`Motion`: how fast the picture of a clip moves as a whole, and how unsteadily."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from mmml.features import Features, Transformer
from mmml.image.value import Gray
from mmml.video.per_frame import check_sampling, check_statistics, summed_up
from mmml.video.value import Moment, Video

# Below this deviation, in levels of the luma, there is nothing to follow.
_FLAT = 1.0
# The part of the energy that agrees on one shift; of pictures that do not show the same it is less.
_AGREED = 0.05


class Motion(Transformer):
    """Speed and shake of the camera, in long sides of the picture per second.

    At evenly spaced moments, the shift from one frame to the very next one is found by phase correlation
    (C. D. Kuglin and D. C. Hines, "The phase correlation image alignment method", 1975), to a tenth of a
    pixel or so. The speed is the shift over the time between the two. The shake is how much the speed, as a
    vector, differs between the first two and the last two of three frames: none for a smooth pan. What
    cannot be followed, such as a cut or a flat picture, does not count.

    Args:
        frames: at how many moments.
        long_side: frames are scaled down to it as they are decoded, pixels. With the same two numbers as in
            `PerFrame` they are decoded once for both.
        working: size at which shifts are found, long side in pixels.
        statistics: of speed and shake over the moments; as for `PerFrame`.
    """

    modality: ClassVar[str] = "video"

    def __init__(
        self,
        frames: int = 16,
        long_side: int = 512,
        working: int = 320,
        statistics: Sequence[str] = ("median", "p90"),
    ) -> None:
        self.frames = frames
        self.long_side = long_side
        self.working = working
        self.statistics = statistics
        check_sampling(frames, long_side)
        check_statistics(statistics)

    @property
    def names(self) -> tuple[str, ...]:
        """``speed_median`` and so on, then ``shake_median`` and so on."""
        return tuple(f"{what}_{name}" for what in ("speed", "shake") for name in self.statistics)

    def extract(self, value: Video) -> Features:
        """Measure one clip; NaN where it shows nothing to follow, or has not enough frames."""
        velocities = [self._velocities(one) for one in value.moments(self.frames, self.long_side)]
        first = np.array([one[0] for one in velocities if one])
        change = np.array([one[1] - one[0] for one in velocities if len(one) > 1])
        found = []
        for vectors in (first, change):
            sizes = np.hypot(*vectors.T) if vectors.size else np.empty(0)
            found += [summed_up(sizes[~np.isnan(sizes)], name) for name in self.statistics]
        return np.array(found)

    def _velocities(self, moment: Moment) -> list[NDArray[np.float64]]:
        frames = [frame.gray_at(self.working) for frame in moment.frames]
        velocities = []
        for (before, after), (start, end) in zip(pairwise(frames), pairwise(moment.times), strict=True):
            moved = shift(before, after) / max(before.shape)
            velocities.append(moved / (end - start) if end > start else np.full(2, np.nan))
        return velocities


def shift(before: Gray, after: Gray) -> NDArray[np.float64]:
    """Return how far what a picture shows lies further right and down in the next one.

    Returns:
        Pixels, shape (2,); NaN where one of them is flat, or they do not show the same.
    """
    unknown = np.full(2, np.nan)
    if before.shape != after.shape or min(cv2.meanStdDev(one)[1].item() for one in (before, after)) < _FLAT:
        return unknown
    first, second = before.astype(np.float32), after.astype(np.float32)
    moved, agreed = cv2.phaseCorrelate(first, second, _window(*before.shape))
    return np.array(moved, dtype=np.float64) if agreed > _AGREED else unknown


@lru_cache(maxsize=8)
def _window(height: int, width: int) -> NDArray[np.float32]:
    # Clips of one camera have one size; the window is kept for the last few.
    return np.asarray(cv2.createHanningWindow((width, height), cv2.CV_32F), dtype=np.float32)
