"""Thresholds: from which probability on a sample is called positive."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError, UsageError, did_you_mean
from mmml.judge.metrics import OF_CONFUSION, check_metric

#: A wish as configs and manifests have it: ``{recall: 0.95}``, ``{miss: 5, false_alarm: 1}``, a fixed
#: probability, or None for the best value of the task's metric.
Wanted = Mapping[str, float] | float | None

_KEYS = ("recall", "precision", "miss", "false_alarm")
# Two sums of the same counts may differ in their last bits.
_EQUAL = 1e-12


@dataclass(frozen=True)
class Wish:
    """What a threshold shall reach on the samples that it is chosen from: one of these.

    Args:
        metric: this metric of the confusion matrix, as great as it gets.
        recall: at least this share of the positive samples found, above 0 up to 1; the highest threshold
            that finds them, hence with the fewest false alarms.
        precision: at least this share of what is called positive rightly so, above 0 up to 1; the lowest
            threshold that reaches it, hence with the fewest misses.
        miss: what a positive sample costs that is not found, above 0; goes with ``false_alarm``.
        false_alarm: what a negative sample costs that is called positive. The threshold makes
            ``miss * misses + false_alarm * false alarms`` least.
        at: this probability itself, between 0 and 1, whatever it reaches.

    Raises:
        UsageError: no wish, several at once, or one that no threshold can meet.
    """

    metric: str | None = None
    recall: float | None = None
    precision: float | None = None
    miss: float | None = None
    false_alarm: float | None = None
    at: float | None = None

    @classmethod
    def of(cls, wanted: Wanted, metric: str) -> Self:
        """Read a wish as a config has it.

        Args:
            wanted: the wish.
            metric: what the threshold makes greatest where ``wanted`` is None.

        Raises:
            UsageError: it is no wish; a misspelt key is answered with the nearest.
        """
        if wanted is None:
            return cls(metric=metric)
        if not isinstance(wanted, Mapping):
            return cls(at=wanted)
        for key in wanted:
            if key not in _KEYS:
                raise UsageError(f"a threshold knows no {key}", did_you_mean(str(key), _KEYS))
        named: dict[str, Any] = dict(wanted)
        return cls(**named)

    def __post_init__(self) -> None:
        named = self._named
        if not named:
            raise UsageError("a threshold needs a wish", "such as recall 0.95")
        if "metric" in named:
            check_metric(str(self.metric), tuple(OF_CONFUSION))
        for name, value in named.items():
            if name != "metric":
                _check_number(name, value)
        wishes = {"cost" if name in ("miss", "false_alarm") else name for name in named}
        if len(wishes) > 1:
            raise UsageError(f"these are several wishes: {', '.join(named)}", "a threshold meets one of them")
        if wishes == {"cost"} and len(named) < 2:
            missing = "false_alarm" if self.false_alarm is None else "miss"
            raise UsageError(
                f"the cost {missing} is missing", "what a miss costs and what a false alarm costs"
            )

    @property
    def wanted(self) -> Wanted:
        """The wish as a config has it; None for a metric."""
        if self.at is not None:
            return float(self.at)
        return {name: float(self._named[name]) for name in _KEYS if name in self._named} or None

    def __str__(self) -> str:
        if self.metric is not None:
            return f"the best {self.metric}"
        if self.at is not None:
            return "as given"
        if self.miss is not None:
            return f"the least cost, {self.miss:g} a miss and {self.false_alarm:g} a false alarm"
        ((name, value),) = self._named.items()
        return f"{name} at least {value:g}"

    def threshold(
        self, truth: NDArray[np.bool_], probability: NDArray[np.float64], lenient: bool = False
    ) -> float:
        """Return the threshold that meets the wish; the middle of the gap where it lies.

        Args:
            truth: True for the positive class, shape (n,).
            probability: scores of samples that the model was not fitted on, shape (n,), finite.
            lenient: take what comes nearest to a precision that is not reached.

        Raises:
            MmmlError: a precision is never reached, or samples of a class are missing; says what there is.
        """
        if self.at is not None:
            return float(self.at)
        cuts = _Cuts(truth, probability)
        if self.metric is not None:
            return cuts.best(OF_CONFUSION[self.metric](cuts.confusion, 1))
        if self.recall is not None:
            return cuts.edge(int(np.flatnonzero(cuts.recall >= self.recall - _EQUAL)[-1]))
        if self.precision is not None:
            return cuts.edge(_precise(cuts, self.precision, lenient))
        assert self.miss is not None and self.false_alarm is not None
        cost = self.miss * cuts.confusion[:, 1, 0] + self.false_alarm * cuts.confusion[:, 0, 1]
        return cuts.best(-cost)

    @property
    def _named(self) -> dict[str, float]:
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in given.items() if value is not None}


def best_threshold(truth: NDArray[np.bool_], probability: NDArray[np.float64], metric: str) -> float:
    """Return the threshold that makes ``metric`` greatest; the middle of the gap where it lies.

    Args:
        truth: True for the positive class, shape (n,), both classes present.
        probability: scores of samples that the model was not fitted on, shape (n,).
        metric: a metric of the confusion matrix: ``balanced_accuracy``, ``f1``, ``accuracy``…

    Raises:
        UsageError: the metric does not depend on a threshold.
    """
    return Wish(metric=metric).threshold(truth, probability)


class _Cuts:
    """Every way to cut n scores in two: from each distinct score on, and nothing at all.

    Attributes:
        confusion: counts, float64, shape (m, 2, 2): cut, true class, predicted class.
        recall: share of the positive samples that is found, falling, shape (m,).
    """

    def __init__(self, truth: NDArray[np.bool_], probability: NDArray[np.float64]) -> None:
        if truth.all() or not truth.any():
            raise MmmlError(
                f"a threshold cannot be chosen from {truth.sum()} samples of the positive class and "
                f"{(~truth).sum()} others: both are needed",
                "give a fixed probability, or train on more samples",
            )
        levels, member = np.unique(probability, return_inverse=True)
        up = np.bincount(member, weights=truth)
        down = np.bincount(member, weights=~truth)
        caught = np.append(np.cumsum(up[::-1])[::-1], 0.0)
        alarms = np.append(np.cumsum(down[::-1])[::-1], 0.0)
        # Below all and above all too: not 0 and 1 themselves, which no raw score reaches.
        bounded = np.concatenate([[0.0], levels, [1.0]])
        middle = (bounded[1:] + bounded[:-1]) / 2
        # Between neighbouring numbers there is no middle; above a score of 1 there is nothing.
        self._edges = np.where(middle > bounded[:-1], middle, bounded[1:])
        room = len(levels) + int(levels[-1] < 1)
        self.confusion = np.stack(
            [np.stack([down.sum() - alarms, alarms], axis=1), np.stack([up.sum() - caught, caught], axis=1)],
            axis=1,
        )[:room]
        self.recall = caught[:room] / up.sum()

    def edge(self, cut: int) -> float:
        """Return the threshold of a cut."""
        return float(self._edges[cut])

    def best(self, worth: NDArray[np.float64]) -> float:
        """Return the threshold of the cut of greatest worth, shape (m,); NaN is worth nothing."""
        best = np.flatnonzero(worth >= np.nanmax(worth) - _EQUAL)
        # Among equals the middle one: far from the samples on either side.
        return self.edge(best[len(best) // 2])


def _precise(cuts: _Cuts, precision: float, lenient: bool) -> int:
    called = cuts.confusion[:, :, 1].sum(axis=1)
    reached = np.divide(cuts.confusion[:, 1, 1], called, out=np.zeros_like(called), where=called > 0)
    most = float(reached.max())
    if most < precision - _EQUAL and not lenient:
        share = cuts.recall[np.argmax(reached)]
        raise MmmlError(
            f"a precision of {precision:g} is never reached on samples that the model was not fitted on; "
            f"the most is {most:.4g}, at a recall of {share:.3g}",
            "ask for less, or for a recall",
        )
    return int(np.flatnonzero(reached >= min(precision, most) - _EQUAL)[0])


def _check_number(name: str, value: object) -> None:
    what = "the threshold" if name == "at" else f"the threshold's {name}"
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UsageError(f"{what} is {value!r}, not a number", "such as 0.5 or {recall: 0.95}")
    if name == "at" and not 0 < value < 1:
        raise UsageError(f"{what} is {value:g}", "give a probability between 0 and 1")
    if name in ("recall", "precision") and not 0 < value <= 1:
        raise UsageError(f"{what} is {value:g}", "give a share above 0, up to 1, such as 0.95")
    if name in ("miss", "false_alarm") and value <= 0:
        raise UsageError(f"{what} costs {value:g}", "give costs above 0, such as 5 and 1")
