"""Metrics of regression, each worked out for many weightings of the samples at once.

Each agrees with the one of scikit-learn of that name, but where scikit-learn gives a number for want of a
better one: there they are NaN, not defined.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mmml.judge.outcome import Floats, Outcome, check_metric, ratio

# Below this share of the spread of all samples, a spread is rounding.
_ROUNDING = 1e-12


def mae(truth: Floats, said: Floats, weights: Floats) -> Floats:
    """Mean absolute error; (b, n) gives (b,)."""
    return _mean(np.abs(said - truth), weights)


def rmse(truth: Floats, said: Floats, weights: Floats) -> Floats:
    """Root of the mean squared error, ruled by the large ones; (b, n) gives (b,)."""
    return np.sqrt(_mean((said - truth) ** 2, weights))


def mape(truth: Floats, said: Floats, weights: Floats) -> Floats:
    """Mean absolute error as a share of the true number, where none is 0; (b, n) gives (b,)."""
    nought = truth == 0
    shares = np.abs(said - truth) / np.where(nought, 1.0, np.abs(truth))
    return np.where((weights @ nought) > 0, np.nan, _mean(shares, weights))


def r2(truth: Floats, said: Floats, weights: Floats) -> Floats:
    """Share of the variance that is explained, 1 at best, 0 for always saying the mean; (b, n) gives (b,)."""
    # Around a centre, so that the small difference of two large sums does not lose its digits.
    centred = truth - truth.mean()
    squares = weights @ centred**2
    spread = squares - ratio((weights @ centred) ** 2, weights.sum(axis=1))
    varies = spread > _ROUNDING * squares
    return 1 - ratio(weights @ (said - truth) ** 2, np.where(varies, spread, 0.0))


def bias(truth: Floats, said: Floats, weights: Floats) -> Floats:
    """Mean error, above 0 where too much is said; (b, n) gives (b,)."""
    return _mean(said - truth, weights)


Metric = Callable[[Floats, Floats, Floats], Floats]

REGRESSION: dict[str, Metric] = {"mae": mae, "rmse": rmse, "mape": mape, "r2": r2, "bias": bias}


@dataclass(frozen=True)
class Estimated(Outcome):
    """A true and a predicted number for each sample.

    Args:
        truth: float64, shape (n,), finite.
        said: float64, shape (n,), finite.
    """

    truth: Floats
    said: Floats

    metrics: ClassVar[Mapping[str, Metric]] = REGRESSION
    less_is_better = frozenset({"mae", "rmse", "mape"})
    in_unit = frozenset({"mae", "rmse", "bias"})
    shares = False

    @property
    def residual(self) -> Floats:
        """What was said less what is true, shape (n,)."""
        return self.said - self.truth

    @property
    def quality(self) -> Floats:
        """The absolute error of each sample, shape (n,)."""
        return np.abs(self.residual)

    def metric(self, name: str, weights: Floats) -> Floats:
        """Return a metric for each row of ``weights`` (b, n); see `Outcome.metric`."""
        check_metric(name, REGRESSION)
        return REGRESSION[name](self.truth, self.said, weights)


def _mean(each: Floats, weights: Floats) -> Floats:
    return ratio(weights @ each, weights.sum(axis=1))
