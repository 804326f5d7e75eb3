"""The base of all tasks: what is predicted, what a model may learn from, how its scores are judged."""

import importlib
import importlib.util
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError, UsageError
from mmml.judge.interval import Interval, bootstrap
from mmml.judge.outcome import Outcome, check_metric
from mmml.judge.threshold import Wish
from mmml.parameters import Parameters
from mmml.task.decision import Decision, Raw
from mmml.task.prediction import Prediction


class Task(Parameters, ABC):
    """What is predicted. The engine asks the task; it never asks which task it is."""

    #: As in configs: ``classification``.
    name: ClassVar[str]
    #: What is said of samples, as a bundle keeps it.
    predictions: ClassVar[type[Prediction]]
    #: What is judged, with its metrics.
    outcomes: ClassVar[type[Outcome]]
    #: How a report speaks of it: a module of ``mmml/report/speech``.
    speech: ClassVar[str]
    #: What a report draws of it: modules of ``mmml/report/figures``, in their order.
    figures: ClassVar[tuple[str, ...]]
    #: Whether nothing can be learned or judged where one of the `strata` is missing; otherwise they only
    #: balance a split.
    needs_all_strata: ClassVar[bool] = True

    metric: str
    folds: int
    test_size: float

    @property
    def metrics(self) -> tuple[str, ...]:
        """What `judge` reports."""
        return tuple(self.outcomes.metrics)

    def check_metric(self, name: str) -> None:
        """Refuse a metric that is not reported.

        Raises:
            UsageError: with the nearest known name.
        """
        check_metric(name, self.metrics, self.name)

    def check_goal(self, name: str) -> None:
        """Refuse a metric that nothing can be made best by.

        Raises:
            UsageError: says why, or the nearest known name.
        """
        self.check_metric(name)

    def less_is_better(self, metric: str) -> bool:
        """Tell whether the smaller values of a metric are the better ones."""
        return metric in self.outcomes.less_is_better

    @abstractmethod
    def check(self, labels: Sequence[str]) -> None:
        """Refuse labels that nothing can be learned from.

        Raises:
            MmmlError: says what is missing.
        """

    @abstractmethod
    def check_estimator(self, estimator: Any) -> None:
        """Refuse an estimator that cannot do what the task asks of it, as far as that shows before fitting.

        Args:
            estimator: unfitted.

        Raises:
            UsageError: says what it lacks.
        """

    @abstractmethod
    def check_decision(self, decision: Decision) -> None:
        """Refuse the decision of another task: a bundle of whomever may hold it.

        Raises:
            MmmlError: they do not belong together.
        """

    @abstractmethod
    def strata(self, labels: Sequence[str], groups: Sequence[str] | None = None) -> list[str]:
        """Return what a split keeps the shares of, for each sample.

        Args:
            labels: of the samples.
            groups: of the samples; a group is never divided. None for a group for each sample.
        """

    def kinds(self, labels: Sequence[str]) -> list[str]:
        """Return under which name each sample is counted where a dataset is looked over; never fails."""
        return list(labels)

    def counted(self, labels: Sequence[str]) -> dict[str, int]:
        """Return the number of samples of each of the `kinds`, in the order in which people expect them."""
        return dict(sorted(Counter(self.kinds(labels)).items()))

    @abstractmethod
    def learns_from(self, labels: Sequence[str]) -> NDArray[np.bool_]:
        """Tell which samples an estimator is fitted on; bool, shape (n,)."""

    @abstractmethod
    def targets(self, labels: Sequence[str]) -> NDArray[Any]:
        """Return the labels as an estimator learns them, and as facts of a report: texts or numbers, (n,)."""

    @abstractmethod
    def check_fitted(self, estimator: Any, targets: NDArray[Any]) -> None:
        """Refuse a fitted estimator that says something else than what it was fitted to.

        Args:
            estimator: fitted.
            targets: what it was fitted to.

        Raises:
            UsageError: says what differs.
        """

    @abstractmethod
    def raw(self, estimator: Any, features: NDArray[np.float64], classes: Sequence[str]) -> Raw:
        """Return what the estimator says, before calibration: (n,), or (n, k) for more than two classes.

        Args:
            estimator: fitted; scikit-learn's contract.
            features: shape (n, f).
            classes: the class names in the order that the decision has them.
        """

    def score(self, estimator: Any, features: NDArray[np.float64], classes: Sequence[str]) -> Raw:
        """Return `raw`, NaN for samples on which nothing was measured: there an estimator only guesses."""
        raw = self.raw(estimator, features, classes)
        nothing = np.isnan(features).all(axis=1)
        if not nothing.any():
            return raw
        known = np.array(raw, dtype=np.float64)
        known[nothing] = np.nan
        return known

    @abstractmethod
    def classes(self, labels: Sequence[str]) -> tuple[str, ...]:
        """Return the classes that predictions are made of, in the order of the probabilities; maybe none."""

    @abstractmethod
    def decidable(self, some: Sequence[str], labels: Sequence[str]) -> bool:
        """Tell whether a decision can be chosen from samples with ``some`` of all ``labels``."""

    @abstractmethod
    def decision(self, raw: Raw, labels: Sequence[str], lenient: bool = False) -> Decision:
        """Choose from out-of-fold scores how they become a prediction.

        Args:
            raw: scores of samples that the model was not fitted on.
            labels: their labels.
            lenient: where these do not reach what is wished, take what comes nearest. Part of the samples
                may miss what all of them reach.

        Raises:
            MmmlError: what is wished cannot be reached.
        """

    def chosen(
        self, wish: Wish, decision: Decision, raw: Raw, labels: Sequence[str], lenient: bool = False
    ) -> Decision:
        """Return a decision with its threshold chosen anew; the calibration stays.

        Args:
            wish: what the threshold shall reach.
            decision: with a calibration.
            raw: scores of samples that the model was not fitted on, shape (n,), finite.
            labels: their labels.
            lenient: as for `decision`.

        Raises:
            MmmlError: the wish cannot be met, or the task knows no threshold.
        """
        raise UsageError(f"{self.name} knows no threshold")

    def parameters_for(self, wish: Wish) -> dict[str, Any]:
        """Return the task's parameters with those that a threshold is chosen by set to a wish."""
        own = self.get_params()
        told = {"threshold": wish.wanted, "metric": wish.metric or self.metric}
        return own | {name: value for name, value in told.items() if name in own}

    @abstractmethod
    def truth(self, labels: Sequence[str], decision: Decision) -> list[str]:
        """Return what each label stands for: the class of the decision, or the number.

        Raises:
            MmmlError: a label is none of the classes, or no number.
        """

    @abstractmethod
    def predict(self, raw: Raw, decision: Decision) -> Prediction:
        """Turn raw scores into what is said."""

    @abstractmethod
    def outcome(self, prediction: Prediction, labels: Sequence[str], decision: Decision) -> Outcome:
        """Return truth and prediction as numbers, for metrics and figures; where all samples have a score."""

    def confusion(
        self, prediction: Prediction, labels: Sequence[str], decision: Decision
    ) -> dict[str, dict[str, int]]:
        """Return the number of samples by true and said class; empty where no class is said."""
        return {}

    def judge(
        self,
        prediction: Prediction,
        labels: Sequence[str],
        groups: Sequence[str],
        decision: Decision,
        seed: int = 0,
    ) -> dict[str, Interval]:
        """Return every metric of the task with its 95 % interval, drawn over groups.

        Samples without a score must be left out before.
        """
        outcome = self.outcome(prediction, labels, decision)
        return {
            name: bootstrap(
                lambda weights, name=name: outcome.metric(name, weights),  # type: ignore[misc]
                groups,
                seed,
                outcome.shares,
            )
            for name in self.metrics
        }


def task_named(name: str, parameters: Mapping[str, Any]) -> Task:
    """Return a task as a manifest describes it: the class in ``mmml/task/NAME.py``.

    Raises:
        MmmlError: there is no such task, or it has no such parameter.
    """
    module = f"mmml.task.{name}"
    if not name.isidentifier() or importlib.util.find_spec(module) is None:
        raise MmmlError(f"there is no task {name}")
    for kind in vars(importlib.import_module(module)).values():
        own = isinstance(kind, type) and issubclass(kind, Task) and kind.__module__ == module
        if own and getattr(kind, "name", None) == name:
            try:
                return kind(**parameters)  # type: ignore[no-any-return]  # a class of this module
            except TypeError as error:
                raise MmmlError(f"the task {name} cannot be set up: {error}") from None
    raise MmmlError(f"there is no task {name}")


def check_split(folds: int, test_size: float) -> None:
    """Refuse a number of folds or a share of test samples that no data can meet.

    Raises:
        UsageError: says what to give instead.
    """
    if folds < 2:
        raise UsageError(f"task.folds is {folds}", "at least 2 are needed")
    if not 0 < test_size <= 0.5:
        raise UsageError(f"task.test_size is {test_size}", "give a share up to one half, such as 0.2")
