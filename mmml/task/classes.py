"""The base of the tasks that say a class: a probability for each, a threshold between two."""

from abc import abstractmethod
from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError, UsageError
from mmml.judge.metrics import Classified
from mmml.judge.threshold import Wish
from mmml.task.base import Task
from mmml.task.decision import Decision, Raw
from mmml.task.prediction import ClassPrediction, Prediction


class ClassTask(Task):
    """A task whose predictions are classes with their probabilities."""

    predictions = ClassPrediction
    outcomes = Classified
    speech = "classes"
    figures: ClassVar[tuple[str, ...]] = (
        "confusion", "roc", "precision_recall", "calibration", "threshold", "scores",
    )  # fmt: skip

    def check_decision(self, decision: Decision) -> None:
        """Refuse a decision about a number."""
        if not decision.classes:
            raise MmmlError(f"{self.name} says a class, but the bundle names none")

    def targets(self, labels: Sequence[str]) -> NDArray[Any]:
        """Return the labels."""
        return np.asarray(labels, dtype=object).astype(str)

    def check_fitted(self, estimator: Any, targets: NDArray[Any]) -> None:
        """Refuse an estimator that cannot say one of the labels: a rule with other words."""
        says = {str(name) for name in getattr(estimator, "classes_", targets)}
        if unknown := sorted(set(targets.tolist()) - says):
            raise UsageError(
                f"the estimator says {' or '.join(sorted(says))}, but the data has {', '.join(unknown)}",
                "set estimator.then and estimator.otherwise to the classes of the dataset",
            )

    def decidable(self, some: Sequence[str], labels: Sequence[str]) -> bool:
        """Tell whether there is a sample of every class."""
        return set(self.strata(some)) == set(self.strata(labels))

    def chosen(
        self, wish: Wish, decision: Decision, raw: Raw, labels: Sequence[str], lenient: bool = False
    ) -> Decision:
        """Return a decision between two classes with its threshold chosen anew; see `Task.chosen`."""
        assert decision.calibration is not None
        truth = np.array([name == decision.positive for name in self.truth(labels, decision)])
        threshold = wish.threshold(truth, decision.calibration.probability(raw), lenient)
        return msgspec.structs.replace(decision, threshold=threshold)

    @abstractmethod
    def truth(self, labels: Sequence[str], decision: Decision) -> list[str]:
        """Return the class of the decision that each label stands for.

        Raises:
            MmmlError: a label is none of the classes.
        """

    def predict(self, raw: Raw, decision: Decision) -> ClassPrediction:
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
        return ClassPrediction(labels, scores, probabilities)

    def outcome(self, prediction: Prediction, labels: Sequence[str], decision: Decision) -> Classified:
        """Return truth and prediction as numbers, for metrics and figures; where all samples have a score."""
        assert isinstance(prediction, ClassPrediction)
        index = {name: code for code, name in enumerate(decision.classes)}
        said = [index[name] if name is not None else -1 for name in prediction.labels]
        return Classified(
            truth=np.array([index[name] for name in self.truth(labels, decision)], dtype=np.intp),
            said=np.array(said, dtype=np.intp),
            probability=prediction.probabilities,
            positive=None if decision.positive is None else index[decision.positive],
        )

    def confusion(
        self, prediction: Prediction, labels: Sequence[str], decision: Decision
    ) -> dict[str, dict[str, int]]:
        """Return the number of samples by true and said class."""
        assert isinstance(prediction, ClassPrediction)
        pairs = Counter(zip(self.truth(labels, decision), prediction.labels, strict=True))
        return {true: {said: pairs[true, said] for said in decision.classes} for true in decision.classes}
