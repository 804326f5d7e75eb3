"""Whether two models differ: a paired bootstrap over the groups of the samples that both were asked about."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmml.judge.interval import Interval, as_number, percentiles, resamples

_DIGITS = 12

Metric = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True)
class Difference:
    """How two models differ in one metric, on the same samples.

    Args:
        a: the metric of the one; None where it is not defined.
        b: the metric of the other.
        difference: ``a - b`` with its 95 % interval.
        p: two-sided p-value, above 0 up to 1: how rarely chance alone gives so great a difference; None
            where there is no interval.
    """

    a: float | None
    b: float | None
    difference: Interval
    p: float | None

    @property
    def beyond_chance(self) -> bool:
        """Whether there is a difference at the level of 5 %."""
        return self.p is not None and self.p < 0.05


def paired(a: Metric, b: Metric, groups: Sequence[str], seed: int = 0) -> Difference:
    """Compare a metric of two models by a paired bootstrap.

    Both are worked out on the same resamples of whole groups; what makes a sample easy or hard for both
    falls out of their difference ``d``. Its interval are percentiles of ``d*`` over the R resamples that
    define it. The p-value is that interval turned round, the smallest level at which it leaves zero outside:

        ``p = 2 min(1 + #{d* <= 0}, 1 + #{d* >= 0}) / (R + 1)``, at most 1

    B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 13 and 16; the ones
    added keep it above 0: A. C. Davison and D. V. Hinkley, "Bootstrap Methods and their Application", 1997,
    chapter 4. Models that never differ have ``d = 0`` and ``p = 1``.

    Args:
        a: a metric of the one model: takes weights (r, n) of the samples, returns (r,), NaN where it is not
            defined; such resamples are left out.
        b: the same metric of the other, of the same n samples in the same order.
        groups: the group of each sample, length n.
        seed: makes the draws repeatable.
    """
    every = np.ones((1, len(groups)))
    values = as_number(a(every)[0]), as_number(b(every)[0])
    if values[0] is None or values[1] is None:
        return Difference(*values, Interval(None), None)
    # Rounded: equal numbers that were added up in another order must not fall to one side of zero.
    value = round(values[0] - values[1], _DIGITS)
    drawn = [np.round(a(weights) - b(weights), _DIGITS) for weights in resamples(groups, seed)]
    differences = np.concatenate(drawn) if drawn else np.empty(0)
    bounds = percentiles(differences)
    if bounds is None:
        return Difference(*values, Interval(value), None)
    defined = differences[~np.isnan(differences)]
    below, above = 1 + (defined <= 0).sum(), 1 + (defined >= 0).sum()
    p = min(1.0, 2 * int(min(below, above)) / (len(defined) + 1))
    return Difference(*values, Interval(value, *bounds), p)
