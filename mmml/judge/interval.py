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
# Below 0.01, the second decimal place, three decimals say nothing; far below there is only rounding.
_SMALL, _FINEST = -2, 1e-9


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
        value, *bounds = self.figures
        return f"{value} [{', '.join(bounds)}]" if bounds else value

    @property
    def figures(self) -> list[str]:
        """Value, low and high as people read them, with as many decimals; without those that are None."""
        numbers = [number for number in (self.value, self.low, self.high) if number is not None]
        return [f"{number:.{_decimals(numbers)}f}" for number in numbers]


def _decimals(numbers: Sequence[float]) -> int:
    """Return how many decimals tell these numbers apart: three, but for very small and very large ones."""
    largest = max(abs(number) for number in numbers)
    if not _FINEST < largest < math.inf:
        return 3
    place = math.floor(math.log10(largest))
    return 2 - place if place < _SMALL else min(max(4 - place, 0), 3)


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
    metric: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    groups: Sequence[str],
    seed: int = 0,
    share: bool = True,
) -> Interval:
    """Estimate a metric with its 95 % percentile interval over the `resamples`.

    Args:
        metric: takes weights of the samples, float64 of shape (b, n), and returns shape (b,).
        groups: the group of each sample, length n.
        seed: makes the draws repeatable.
        share: whether the metric is a share, 0 to 1, of what may go wrong.

    Returns:
        The interval; without bounds where there is only one group.
    """
    value = as_number(metric(np.ones((1, len(groups))))[0])
    drawn = [metric(weights) for weights in resamples(groups, seed)] if value is not None else []
    bounds = percentiles(np.concatenate(drawn)) if drawn else None
    if value is None or bounds is None:
        return Interval(value)
    low, high = bounds
    if share and low == high and value in (0.0, 1.0):
        # Resampling cannot show what was never seen; the rule of three can: J. A. Hanley and A. Lippman-Hand,
        # "If nothing goes wrong, is everything all right?", JAMA 249, 1983.
        unseen = min(1.0, 3 / len(set(groups)))
        low, high = (1 - unseen, 1.0) if value == 1.0 else (0.0, unseen)
    return Interval(value, low, high)


def as_number(value: float) -> float | None:
    """Return a metric's value; None where it is NaN, not defined."""
    return None if math.isnan(value) else float(value)
