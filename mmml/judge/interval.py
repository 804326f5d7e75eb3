"""Confidence intervals by bootstrap over groups."""

import math
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

_RESAMPLES = 1000
# Weights of this many samples times resamples are held at once (about 32 MB).
_AT_ONCE = 4_000_000


class Interval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number with its 95 % interval; None where it is not defined.

    Args:
        value: the number on all samples.
        low: 2.5th percentile over the resamples.
        high: 97.5th percentile.
    """

    value: float | None
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        if self.value is None:
            return "not defined"
        if self.low is None or self.high is None:
            return f"{self.value:.3f}"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def bootstrap(
    metric: Callable[[NDArray[np.float64]], NDArray[np.float64]], groups: Sequence[str], seed: int = 0
) -> Interval:
    """Estimate a metric with its 95 % percentile interval, drawing whole groups with replacement.

    Shots of one scene are alike: resampling single samples would make the interval too narrow (A. C. Davison
    and D. V. Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8).

    Args:
        metric: takes weights of the samples, float64 of shape (b, n), and returns shape (b,).
        groups: the group of each sample, length n.
        seed: makes the draws repeatable.

    Returns:
        The interval; without bounds where there is only one group.
    """
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    value = _number(metric(np.ones((1, len(member))))[0])
    if value is None or len(names) < 2:
        return Interval(value)
    rng = np.random.default_rng(seed)
    chances = np.full(len(names), 1 / len(names))
    step = max(1, _AT_ONCE // len(member))
    drawn = [
        metric(
            rng.multinomial(len(names), chances, size=min(step, _RESAMPLES - start))[:, member].astype(float)
        )
        for start in range(0, _RESAMPLES, step)
    ]
    # A resample may lack a whole class; the metric is not defined on it.
    defined = np.concatenate(drawn)
    defined = defined[~np.isnan(defined)]
    if defined.size < _RESAMPLES // 2:
        return Interval(value)
    low, high = (float(bound) for bound in np.percentile(defined, [2.5, 97.5]))
    if low == high and value in (0.0, 1.0):
        # Resampling cannot show what was never seen; the rule of three can: J. A. Hanley and A. Lippman-Hand,
        # "If nothing goes wrong, is everything all right?", JAMA 249, 1983.
        unseen = min(1.0, 3 / len(names))
        low, high = (1 - unseen, 1.0) if value == 1.0 else (0.0, unseen)
    return Interval(value, low, high)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
