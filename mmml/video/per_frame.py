"""`PerFrame`: what any transformer of pictures measures on the frames of a clip, summed up."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError, UsageError, did_you_mean
from mmml.features import Features, Transformer, measure
from mmml.video.value import Video

_PERCENTILE = re.compile(r"p(\d{1,2})")
# Against the best frames of the clip itself; the very best one may be a fluke.
_BEST = "p90"


class PerFrame(Transformer):
    """Measures evenly spaced frames with a transformer of pictures, and sums up over the frames.

    A frame on which a feature cannot be measured does not count for it. Shares are 0 to 1.

    Args:
        transformer: measures one frame.
        frames: how many are looked at.
        long_side: frames are scaled down to it as they are decoded, pixels. The transformer may scale them
            down further.
        statistics: of each feature: ``median``, ``mean``, ``min``, ``max``, or percentiles such as ``p10``.
        below: a threshold by feature; for each the share of the frames below it.
        above: a threshold by feature; for each the share of the frames above it.
        dropped: a part, 0 to 1, by feature; for each the share of the frames with less than this part of the
            clip's own 90th percentile, whatever the level is. Only for features that are never negative.
    """

    modality: ClassVar[str] = "video"

    def __init__(
        self,
        transformer: Transformer,
        frames: int = 16,
        long_side: int = 512,
        statistics: Sequence[str] = ("median", "p10", "p90"),
        below: Mapping[str, float] | None = None,
        above: Mapping[str, float] | None = None,
        dropped: Mapping[str, float] | None = None,
    ) -> None:
        self.transformer = transformer
        self.frames = frames
        self.long_side = long_side
        self.statistics = statistics
        self.below = below
        self.above = above
        self.dropped = dropped
        if not isinstance(transformer, Transformer) or transformer.modality != "image":
            raise MmmlError(f"{type(transformer).__name__} measures no pictures", "give one of mmml.image")
        check_sampling(frames, long_side)
        check_statistics(statistics)
        for name in [name for asked in (below, above, dropped) for name in asked or ()]:
            if name not in transformer.names:
                raise UsageError(f"no frame has a feature {name}", did_you_mean(name, transformer.names))

    @property
    def names(self) -> tuple[str, ...]:
        """``laplacian_var_p10`` for each feature and statistic, then ``laplacian_var_below`` and the like."""
        return (
            *(f"{name}_{statistic}" for name in self.transformer.names for statistic in self.statistics),
            *(f"{name}_below" for name in self.below or ()),
            *(f"{name}_above" for name in self.above or ()),
            *(f"{name}_dropped" for name in self.dropped or ()),
        )

    def extract(self, value: Video) -> Features:
        """Measure one clip; NaN for what can be measured on no frame."""
        frames = value.frames(self.frames, self.long_side)
        rows = np.stack([measure(self.transformer, frame) for frame in frames])
        if np.isnan(rows).all():
            key = self.transformer.key()
            self.remark(value, *(reason for frame in frames for reason in frame.remarks.get(key, ())))
        columns = {
            name: column[~np.isnan(column)]
            for name, column in zip(self.transformer.names, rows.T, strict=True)
        }
        found = [summed_up(column, name) for column in columns.values() for name in self.statistics]
        found += [_share(columns[name] < limit) for name, limit in (self.below or {}).items()]
        found += [_share(columns[name] > limit) for name, limit in (self.above or {}).items()]
        for name, part in (self.dropped or {}).items():
            found.append(_share(columns[name] < part * summed_up(columns[name], _BEST)))
        return np.array(found, dtype=np.float64)


_STATISTICS: dict[str, Callable[[NDArray[np.float64]], Any]] = {
    "median": np.median,
    "mean": np.mean,
    "min": np.min,
    "max": np.max,
}


def check_sampling(frames: int, long_side: int) -> None:
    """Refuse a number of frames, or a size of them, that no memory would hold.

    Raises:
        MmmlError: there are not 1 to 256 frames, or their long side is not 16 to 4,096 pixels.
    """
    if not 1 <= frames <= 256:
        raise MmmlError(f"frames is {frames}", "choose 1 to 256")
    if not 16 <= long_side <= 4096:
        raise MmmlError(f"long_side is {long_side}", "choose 16 to 4096 pixels")


def check_statistics(names: Sequence[str]) -> None:
    """Refuse statistics that `summed_up` does not know.

    Raises:
        MmmlError: one of them is unknown.
    """
    for name in names:
        if name not in _STATISTICS and not _PERCENTILE.fullmatch(name):
            hint = f"choose percentiles such as p10, or {', '.join(_STATISTICS)}"
            raise MmmlError(f"there is no statistic {name}", hint)


def summed_up(numbers: NDArray[np.float64], statistic: str) -> float:
    """Return one statistic of numbers; NaN where there are none."""
    if not numbers.size:
        return float("nan")
    if statistic in _STATISTICS:
        return float(_STATISTICS[statistic](numbers))
    return float(np.percentile(numbers, int(statistic[1:])))


def _share(which: NDArray[np.bool_]) -> float:
    return float(which.mean()) if which.size else float("nan")
