"""Confidence intervals by bootstrap over groups."""

import math
from collections.abc import Callable, Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

#: How many resamples an interval is taken from.
RESAMPLES = 1000
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


def resamples(groups: Sequence[str], seed: int = 0) -> Iterator[NDArray[np.float64]]:
    """Draw whole groups with replacement, a thousand times: yield how often each sample was drawn.

    Shots of one scene are alike: resampling single samples would make intervals too narrow (A. C. Davison
    and D. V. Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8). The same groups and
    seed give the same draws.

    Args:
        groups: the group of each sample, length n.
        seed: makes the draws repeatable.

    Yields:
        Weights, float64 of shape (b, n), a few resamples at a time; none where there is only one group.
    """
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    if len(names) < 2:
        return
    rng = np.random.default_rng(seed)
    chances = np.full(len(names), 1 / len(names))
    step = max(1, _AT_ONCE // len(member))
    for start in range(0, RESAMPLES, step):
        drawn = rng.multinomial(len(names), chances, size=min(step, RESAMPLES - start))
        yield drawn[:, member].astype(float)


def percentiles(drawn: NDArray[np.float64]) -> tuple[float, float] | None:
    """Return the 2.5th and the 97.5th percentile of a number over its `resamples`.

    Args:
        drawn: the number on each resample, NaN where it is not defined: one may lack a whole class.

    Returns:
        The bounds; None where fewer than half of the resamples define the number.
    """
    defined = drawn[~np.isnan(drawn)]
    if defined.size < RESAMPLES // 2:
        return None
    low, high = np.percentile(defined, [2.5, 97.5])
    return float(low), float(high)


def bootstrap(
    metric: Callable[[NDArray[np.float64]], NDArray[np.float64]], groups: Sequence[str], seed: int = 0
) -> Interval:
    """Estimate a metric with its 95 % percentile interval over the `resamples`.

    Args:
        metric: takes weights of the samples, float64 of shape (b, n), and returns shape (b,).
        groups: the group of each sample, length n.
        seed: makes the draws repeatable.

    Returns:
        The interval; without bounds where there is only one group.
    """
    value = as_number(metric(np.ones((1, len(groups))))[0])
    drawn = [metric(weights) for weights in resamples(groups, seed)] if value is not None else []
    bounds = percentiles(np.concatenate(drawn)) if drawn else None
    if value is None or bounds is None:
        return Interval(value)
    low, high = bounds
    if low == high and value in (0.0, 1.0):
        # Resampling cannot show what was never seen; the rule of three can: J. A. Hanley and A. Lippman-Hand,
        # "If nothing goes wrong, is everything all right?", JAMA 249, 1983.
        unseen = min(1.0, 3 / len(set(groups)))
        low, high = (1 - unseen, 1.0) if value == 1.0 else (0.0, unseen)
    return Interval(value, low, high)


def as_number(value: float) -> float | None:
    """Return a metric's value; None where it is NaN, not defined."""
    return None if math.isnan(value) else float(value)
