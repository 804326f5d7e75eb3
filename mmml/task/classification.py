"""Classification: one of two or more classes."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError, UsageError, did_you_mean
from mmml.judge.calibration import platt
from mmml.judge.metrics import OF_CONFUSION, check_metric
from mmml.judge.threshold import Wanted, Wish
from mmml.task.base import check_split
from mmml.task.classes import ClassTask
from mmml.task.decision import Decision, Raw
from mmml.task.scores import Scores, kind_of, wrong_kind

# Log-odds of 0 and 1 are infinite; a forest says both.
_SURE = 1e-4

# Probabilities of an SVC come from another fit than its predictions and differ now and then.
_MOSTLY = 0.7

_SCORES = Scores(
    ("decision_function", "predict_proba"),
    "no calibration, no threshold, and no roc_auc, average_precision or brier",
    "wrap it: sklearn.ensemble.BaggingClassifier takes the votes of its copies for probabilities",
)


class Classification(ClassTask):
    """One of two or more classes.

    Args:
        positive: of two classes, the one that scores, recall and precision are about; by default the last
            in alphabetical order.
        metric: what the threshold makes greatest and jobs are ranked by.
        threshold: another wish for the threshold between two classes: ``{recall: 0.95}``,
            ``{precision: 0.9}``, the costs ``{miss: 5, false_alarm: 1}``, or a fixed probability; see
            `mmml.judge.threshold.Wish`.
        folds: number of parts of the training split; each is scored by a model that was fitted on the others.
        test_size: share of the samples, 0 to 1, that is kept away until the end.
    """

    name = "classification"

    def __init__(
        self,
        positive: str | None = None,
        metric: str = "balanced_accuracy",
        folds: int = 5,
        test_size: float = 0.2,
        threshold: Wanted = None,
    ) -> None:
        self.positive = positive
        self.metric = metric
        self.threshold = threshold
        self.folds = folds
        self.test_size = test_size
        check_metric(metric, tuple(OF_CONFUSION))
        check_split(folds, test_size)
        _ = self.wish

    @property
    def wish(self) -> Wish:
        """What the threshold shall reach."""
        return Wish.of(self.threshold, self.metric)

    def check(self, labels: Sequence[str]) -> None:
        """Refuse fewer than two classes, a positive class that is none of them, a threshold between many."""
        found = Counter(labels)
        if len(found) < 2:
            only = next(iter(found), None)
            said = f"all {len(labels)} samples are labelled {only}" if found else "there are no samples"
            raise MmmlError(
                f"{said}: classification needs at least two classes",
                "label samples of another class, or learn from good ones only: +experiment=blur_outlier",
            )
        if self._positive is not None and self._positive not in found:
            raise UsageError(f"no sample is labelled {self._positive}", did_you_mean(self._positive, found))
        if self.threshold is not None and len(found) > 2:
            raise UsageError(
                f"a threshold lies between two classes, and the data has {len(found)}",
                "leave task.threshold out: of several classes the likeliest is said",
            )

    def check_estimator(self, estimator: Any) -> None:
        """Refuse a regressor, one without scores, and a rule that cannot follow the threshold wished."""
        if kind_of(estimator) == "regressor":
            raise wrong_kind(
                estimator, self.name, "for numbers: task=regression; for classes: estimator=logistic"
            )
        _SCORES.check(estimator)
        if self.threshold is not None and not getattr(estimator, "movable", True):
            raise UsageError(
                "this rule keeps the border that it is written with, so that it cannot follow task.threshold",
                "leave task.threshold out; a single cut follows where training may choose it: "
                "estimator.fit_cut=true, and no search for it",
            )

    @property
    def _positive(self) -> str | None:
        # Folders may be called 0 and 1, which a config reads as numbers.
        return None if self.positive is None else str(self.positive)

    def strata(self, labels: Sequence[str], groups: Sequence[str] | None = None) -> list[str]:
        """Return the labels."""
        return list(labels)

    def learns_from(self, labels: Sequence[str]) -> NDArray[np.bool_]:
        """Return True for every sample."""
        return np.ones(len(labels), dtype=bool)

    def classes(self, labels: Sequence[str]) -> tuple[str, ...]:
        """Return the class names; of two, the positive one last."""
        names = sorted(set(labels), key=lambda name: (name == self._positive, name))
        return tuple(names)

    def raw(self, estimator: Any, features: NDArray[np.float64], classes: Sequence[str]) -> Raw:
        """Return the margin towards the positive class (n,), or probabilities (n, k)."""
        _SCORES.require(estimator)
        if not hasattr(estimator, "classes_"):
            raise UsageError(
                f"{type(estimator).__name__} has no classes_ once it is fitted: whose score is it?",
                "set self.classes_ = np.unique(labels) in its fit, as scikit-learn's classifiers do",
            )
        own = [str(name) for name in estimator.classes_]
        if len(classes) > 2:
            probability = np.asarray(_probabilities(estimator, features), dtype=np.float64)
            agrees = probability.shape[1:] == (len(own),) and _agrees(estimator, features, probability)
            if not agrees:
                raise MmmlError(
                    "the estimator has no score for each class that agrees with what it predicts",
                    "for SVC: estimator.clf.probability=true, or decision_function_shape=ovr",
                )
            return probability[:, [own.index(name) for name in classes]]
        if hasattr(estimator, "decision_function"):
            margin = np.asarray(estimator.decision_function(features), dtype=np.float64)
        else:
            likely = np.clip(np.asarray(estimator.predict_proba(features))[:, 1], _SURE, 1 - _SURE)
            margin = np.log(likely) - np.log1p(-likely)
        return margin if own[1] == classes[1] else -margin

    def decision(self, raw: Raw, labels: Sequence[str], lenient: bool = False) -> Decision:
        """Fit calibration and threshold for two classes; for more, take the estimator's probabilities."""
        classes = self.classes(labels)
        if len(classes) > 2:
            return Decision(classes)
        calibration = platt(raw, np.array([label == classes[1] for label in labels]))
        calibrated = Decision(classes, classes[1], calibration, 0.5)
        return self.chosen(self.wish, calibrated, raw, labels, lenient)

    def truth(self, labels: Sequence[str], decision: Decision) -> list[str]:
        """Return the labels themselves."""
        for label in set(labels) - set(decision.classes):
            raise MmmlError(
                f"the data has the label {label}, but the model knows only {', '.join(decision.classes)}",
                "map the folders or labels of the dataset to these classes",
            )
        return list(labels)


def _probabilities(estimator: Any, features: NDArray[np.float64]) -> Any:
    if hasattr(estimator, "predict_proba"):
        return estimator.predict_proba(features)
    from scipy.special import softmax

    return softmax(estimator.decision_function(features), axis=1)


def _agrees(estimator: Any, features: NDArray[np.float64], probability: NDArray[np.float64]) -> bool:
    # Scores of pairs of classes (one against one) come in the same shape where there are three classes.
    likeliest = np.asarray(estimator.classes_)[probability.argmax(axis=1)]
    return bool(np.mean(likeliest == estimator.predict(features)) > _MOSTLY)
