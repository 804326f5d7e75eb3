"""Regression: a number, in a unit where it has one."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError, UsageError
from mmml.judge.bins import binned
from mmml.judge.regression import Estimated
from mmml.task.base import Task, check_split
from mmml.task.decision import Decision, Raw
from mmml.task.prediction import NumberPrediction, Prediction
from mmml.task.scores import kind_of, wrong_kind

_INSTEAD = (
    "for numbers: estimator=ridge, boosting_regressor or random_forest_regressor; "
    "for classes: task=classification"
)


class Regression(Task):
    """A number for each sample: a duration, a strength, a distance.

    Labels are numbers as text. Split and folds keep the shares of quantile bins of these numbers. The
    estimator's number is said as it is: there is no calibration and no threshold.

    Args:
        unit: of the number, for people: ``s``. Nothing is converted.
        metric: what jobs are ranked by, importances are measured in and a search makes best: ``mae``,
            ``rmse``, ``mape`` or ``r2``.
        folds: number of parts of the training split; each is scored by a model that was fitted on the others.
        test_size: share of the samples, 0 to 1, that is kept away until the end.
        bins: most quantile bins; fewer are taken where there are few groups.
    """

    name = "regression"
    predictions = NumberPrediction
    outcomes = Estimated
    speech = "numbers"
    figures = ("predicted", "residuals", "errors")
    needs_all_strata = False

    def __init__(
        self,
        unit: str | None = None,
        metric: str = "mae",
        folds: int = 5,
        test_size: float = 0.2,
        bins: int = 5,
    ) -> None:
        self.unit = unit
        self.metric = metric
        self.folds = folds
        self.test_size = test_size
        self.bins = bins
        self.check_goal(metric)
        check_split(folds, test_size)
        if bins < 1:
            raise UsageError(f"task.bins is {bins}", "at least 1 is needed")

    def check_goal(self, name: str) -> None:
        """Refuse an unknown metric, and bias: it is best at 0, which errors that cancel out reach too."""
        self.check_metric(name)
        if name == "bias":
            others = ", ".join(metric for metric in self.metrics if metric != name)
            raise UsageError(
                "bias alone says nothing of how near the numbers come", f"choose one of: {others}"
            )

    def check(self, labels: Sequence[str]) -> None:
        """Refuse labels that are no numbers, and those that are all the same number."""
        numbers = parsed(labels)
        if len(numbers) == 0:
            raise MmmlError("there are no samples", "regression needs samples with different numbers")
        if numbers.min() == numbers.max():
            raise MmmlError(
                f"all {len(labels)} samples have the number {labels[0]}: there is nothing to learn",
                "label samples that differ",
            )

    def check_estimator(self, estimator: Any) -> None:
        """Refuse what is no regressor."""
        kind = kind_of(estimator)
        if kind != "regressor" and (kind is not None or not hasattr(estimator, "predict")):
            raise wrong_kind(estimator, self.name, _INSTEAD)

    def check_decision(self, decision: Decision) -> None:
        """Refuse a decision between classes."""
        if decision.classes:
            raise MmmlError(f"regression says a number, but the bundle names {len(decision.classes)} classes")

    def strata(self, labels: Sequence[str], groups: Sequence[str] | None = None) -> list[str]:
        """Return the quantile bin of each sample, in words.

        There are at most ``bins``, and no more than leave a group for each fold in every one of them; each
        has at least two groups, so that it can be on both sides of a split. Where not even two bins have
        that, all samples are one stratum.
        """
        numbers = parsed(labels).tolist()
        scene = list(groups) if groups is not None else [str(i) for i in range(len(labels))]
        for most in range(min(self.bins, len(set(scene)) // self.folds), 1, -1):
            names = [one.name for one in binned(numbers, most)]
            pairs = set(zip(names, scene, strict=True))
            if all(sum(name == stratum for stratum, _ in pairs) > 1 for name in set(names)):
                return names
        return ["all"] * len(numbers)

    def kinds(self, labels: Sequence[str]) -> list[str]:
        """Return the quantile bin of each sample, in words; the labels where some are no numbers."""
        if not labels or not np.isfinite(_floats(labels)).all():
            return list(labels)
        return [one.name for one in binned(_floats(labels).tolist(), self.bins)]

    def counted(self, labels: Sequence[str]) -> dict[str, int]:
        """Return the number of samples in each bin, from the smallest numbers to the largest."""
        if not labels or not np.isfinite(_floats(labels)).all():
            return super().counted(labels)
        bins = binned(_floats(labels).tolist(), self.bins)
        return {one.name: sum(other.name == one.name for other in bins) for one in sorted(set(bins))}

    def learns_from(self, labels: Sequence[str]) -> NDArray[np.bool_]:
        """Return True for every sample."""
        return np.ones(len(labels), dtype=bool)

    def targets(self, labels: Sequence[str]) -> NDArray[Any]:
        """Return the numbers, float64."""
        return parsed(labels)

    def check_fitted(self, estimator: Any, targets: NDArray[Any]) -> None:
        """Take whatever says numbers; what does not is told by `raw`."""

    def raw(self, estimator: Any, features: NDArray[np.float64], classes: Sequence[str]) -> Raw:
        """Return what the estimator predicts, shape (n,)."""
        try:
            said = np.asarray(estimator.predict(features), dtype=np.float64)
        except (ValueError, TypeError) as error:
            raise MmmlError(f"the estimator predicts no numbers: {str(error).splitlines()[0]}") from None
        if said.size != len(features):
            raise MmmlError(f"the estimator predicts {said.size} numbers for {len(features)} samples")
        if np.isinf(said).any():
            raise MmmlError("the estimator predicts infinity", "check the values under estimator")
        return said.reshape(len(features))

    def classes(self, labels: Sequence[str]) -> tuple[str, ...]:
        """Return none."""
        return ()

    def decidable(self, some: Sequence[str], labels: Sequence[str]) -> bool:
        """Return True: there is nothing to choose."""
        return True

    def decision(self, raw: Raw, labels: Sequence[str], lenient: bool = False) -> Decision:
        """Return that the number is said as it is, and in what unit."""
        return Decision((), unit=None if self.unit is None else str(self.unit))

    def truth(self, labels: Sequence[str], decision: Decision) -> list[str]:
        """Return each number as it is written shortest: 0.5 for ``0.50``."""
        return [repr(number) for number in parsed(labels).tolist()]

    def predict(self, raw: Raw, decision: Decision) -> NumberPrediction:
        """Return the numbers."""
        return NumberPrediction(raw)

    def outcome(self, prediction: Prediction, labels: Sequence[str], decision: Decision) -> Estimated:
        """Return true and predicted numbers; where all samples have one."""
        assert isinstance(prediction, NumberPrediction)
        return Estimated(parsed(labels), prediction.values)


def parsed(labels: Sequence[str]) -> NDArray[np.float64]:
    """Return labels as numbers, float64, shape (n,).

    Raises:
        MmmlError: one of them is no finite number; names it.
    """
    numbers = _floats(labels)
    for label, number in zip(labels, numbers.tolist(), strict=True):
        if not math.isfinite(number):
            raise MmmlError(
                f"the label {label!r} is no number",
                "regression takes labels such as 0.53; for names of classes: task=classification",
            )
    return numbers


def _floats(labels: Sequence[str]) -> NDArray[np.float64]:
    """Return labels as numbers, NaN for those that are none."""
    return np.array([_float(label) for label in labels], dtype=np.float64)


def _float(label: str) -> float:
    try:
        return float(label)
    except ValueError:
        return math.nan
