"""The base of all tasks: what is predicted, what a model may learn from, how its scores are judged."""

import importlib
import importlib.util
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError, UsageError
from mmml.judge.interval import Interval, bootstrap
from mmml.judge.metrics import CLASSIFICATION, Outcome, compute
from mmml.judge.threshold import Wish
from mmml.parameters import Parameters
from mmml.task.decision import Decision, Prediction, Raw


class Task(Parameters, ABC):
    """What is predicted. The engine asks the task; it never asks which task it is."""

    #: As in configs: ``classification``.
    name: ClassVar[str]
    #: What `judge` reports.
    metrics: ClassVar[tuple[str, ...]] = CLASSIFICATION
    #: What a report draws of it: modules of ``mmml/report/figures``, in their order.
    figures: ClassVar[tuple[str, ...]] = (
        "confusion", "roc", "precision_recall", "calibration", "threshold", "scores",
    )  # fmt: skip

    metric: str
    folds: int
    test_size: float

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
    def strata(self, labels: Sequence[str]) -> list[str]:
        """Return what a split keeps the shares of, for each sample."""

    @abstractmethod
    def learns_from(self, labels: Sequence[str]) -> NDArray[np.bool_]:
        """Tell which samples an estimator is fitted on; bool, shape (n,)."""

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
        """Return the classes that predictions are made of, in the order of the probabilities."""

    @abstractmethod
    def decision(self, raw: Raw, labels: Sequence[str], lenient: bool = False) -> Decision:
        """Choose calibration and threshold from out-of-fold scores.

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
        """Return a decision between two classes with its threshold chosen anew; the calibration stays.

        Args:
            wish: what the threshold shall reach.
            decision: with a calibration.
            raw: scores of samples that the model was not fitted on, shape (n,), finite.
            labels: their labels.
            lenient: as for `decision`.

        Raises:
            MmmlError: the wish cannot be met.
        """
        assert decision.calibration is not None
        truth = np.array([name == decision.positive for name in self.truth(labels, decision)])
        threshold = wish.threshold(truth, decision.calibration.probability(raw), lenient)
        return msgspec.structs.replace(decision, threshold=threshold)

    def parameters_for(self, wish: Wish) -> dict[str, Any]:
        """Return the task's parameters with those that a threshold is chosen by set to a wish."""
        own = self.get_params()
        told = {"threshold": wish.wanted, "metric": wish.metric or self.metric}
        return own | {name: value for name, value in told.items() if name in own}

    @abstractmethod
    def truth(self, labels: Sequence[str], decision: Decision) -> list[str]:
        """Return the class of the decision that each label stands for.

        Raises:
            MmmlError: a label is none of the classes.
        """

    def predict(self, raw: Raw, decision: Decision) -> Prediction:
        """Turn raw scores into labels and probabilities."""
        probabilities = raw
        if raw.ndim == 1:
            assert decision.calibration is not None
            second = decision.calibration.probability(raw)
            probabilities = np.stack([1 - second, second], axis=1)
        if decision.threshold is None:
            said = probabilities.argmax(axis=1)
            scores = probabilities.max(axis=1)
        else:
            scores = probabilities[:, 1]
            said = (scores >= decision.threshold).astype(np.intp)
        measured = ~np.isnan(scores)
        labels = [decision.classes[c] if ok else None for c, ok in zip(said, measured, strict=True)]
        return Prediction(labels, scores, probabilities)

    def outcome(self, prediction: Prediction, labels: Sequence[str], decision: Decision) -> Outcome:
        """Return truth and prediction as numbers, for metrics and figures; where all samples have a score."""
        index = {name: code for code, name in enumerate(decision.classes)}
        said = [index[name] if name is not None else -1 for name in prediction.labels]
        return Outcome(
            truth=np.array([index[name] for name in self.truth(labels, decision)], dtype=np.intp),
            said=np.array(said, dtype=np.intp),
            probability=prediction.probabilities,
            positive=None if decision.positive is None else index[decision.positive],
        )

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
            name: bootstrap(lambda weights, name=name: compute(name, outcome, weights), groups, seed)  # type: ignore[misc]
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
    importlib.import_module(module)
    for kind in Task.__subclasses__():
        if kind.__module__ == module and kind.name == name:
            try:
                return kind(**parameters)
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
