"""Metrics of classification, each worked out for many weightings of the samples at once.

The weightings are what a bootstrap draws: one row a resample, so that an interval costs a few matrix
products instead of a thousand calls. Each function agrees with the one of scikit-learn of that name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from mmml.errors import UsageError
from mmml.judge import outcome
from mmml.judge.outcome import Floats, Outcome, ratio

Codes = NDArray[np.intp]


def accuracy(confusion: Floats, positive: int | None) -> Floats:
    """Share of the samples that are predicted right; (b, k, k) gives (b,)."""
    return ratio(np.trace(confusion, axis1=1, axis2=2), confusion.sum(axis=(1, 2)))


def balanced_accuracy(confusion: Floats, positive: int | None) -> Floats:
    """Mean over the classes of the share that is predicted right; (b, k, k) gives (b,)."""
    return np.asarray(_diagonal(confusion, axis=2).mean(axis=1))


def recall(confusion: Floats, positive: int | None) -> Floats:
    """Share of a class that is found; (b, k, k) gives (b,)."""
    return _one_or_mean(_diagonal(confusion, axis=2), positive)


def precision(confusion: Floats, positive: int | None) -> Floats:
    """Share of what is called a class that is of it, 0 where nothing is; (b, k, k) gives (b,)."""
    return _one_or_mean(np.nan_to_num(_diagonal(confusion, axis=1)), positive)


def f1(confusion: Floats, positive: int | None) -> Floats:
    """Harmonic mean of precision and recall; (b, k, k) gives (b,)."""
    right = np.diagonal(confusion, axis1=1, axis2=2)
    return _one_or_mean(ratio(2 * right, confusion.sum(axis=1) + confusion.sum(axis=2)), positive)


def roc_auc(truth: NDArray[np.bool_], score: Floats, weights: Floats) -> Floats:
    """Probability that a positive sample scores above a negative one, ties by half; (b, n) gives (b,)."""
    up, down = _by_score(truth, score, weights)
    below = np.cumsum(down, axis=1) - down / 2
    return ratio((up * below).sum(axis=1), up.sum(axis=1) * down.sum(axis=1))


def average_precision(truth: NDArray[np.bool_], score: Floats, weights: Floats) -> Floats:
    """Mean precision over the steps of recall; (b, n) gives (b,)."""
    up, down = (part[:, ::-1] for part in _by_score(truth, score, weights))
    found = np.cumsum(up, axis=1)
    reached = np.nan_to_num(ratio(found, found + np.cumsum(down, axis=1)))
    return ratio((up * reached).sum(axis=1), up.sum(axis=1))


def brier(one: "Classified", weights: Floats) -> Floats:
    """Mean squared error of the probabilities, halved so that two classes range over 0 to 1."""
    truth = np.eye(one.probability.shape[1])[one.truth]
    squares = ((one.probability - truth) ** 2).sum(axis=1) / 2
    return ratio(weights @ squares, weights.sum(axis=1))


#: Metrics of what was said; any of them can choose a threshold.
OF_CONFUSION: dict[str, Callable[[Floats, int | None], Floats]] = {
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "f1": f1,
    "precision": precision,
    "recall": recall,
}

#: Metrics of how the scores rank the samples.
OF_RANKING: dict[str, Callable[[NDArray[np.bool_], Floats, Floats], Floats]] = {
    "roc_auc": roc_auc,
    "average_precision": average_precision,
}


@dataclass(frozen=True)
class Classified(Outcome):
    """What was true, what was said, and how surely.

    Args:
        truth: index of the true class, shape (n,).
        said: index of the predicted class, shape (n,).
        probability: probability of each class, float64, shape (n, k), rows sum to 1.
        positive: index of the class that precision, recall and the like are about; None for their mean
            over all classes.
    """

    truth: Codes
    said: Codes
    probability: Floats
    positive: int | None

    metrics: ClassVar[Mapping[str, Callable[..., Floats]]] = {**OF_CONFUSION, **OF_RANKING, "brier": brier}
    less_is_better = frozenset({"brier"})
    shares = True

    @property
    def quality(self) -> Floats:
        """1 for each sample that was said right, else 0; shape (n,)."""
        return np.asarray(self.truth == self.said, dtype=np.float64)

    @property
    def sure(self) -> Floats:
        """Probability of the class that was said, shape (n,)."""
        return np.asarray(self.probability[np.arange(len(self.said)), self.said])

    @property
    def score(self) -> Floats:
        """Probability of the positive class; of the class said where none is positive; shape (n,)."""
        return self.sure if self.positive is None else self.probability[:, self.positive]

    def metric(self, name: str, weights: Floats) -> Floats:
        """Return a metric for each row of ``weights`` (b, n); see `Outcome.metric`."""
        return compute(name, self, weights)

    def confusion(self, weights: Floats) -> Floats:
        """Return weighted counts; ``weights`` (b, n) gives (b, k, k): true class, predicted class."""
        k = self.probability.shape[1]
        cell = np.eye(k * k)[self.truth * k + self.said]
        return np.asarray((weights @ cell).reshape(-1, k, k))

    def averaged(self, per_class: Callable[[int], Floats]) -> Floats:
        """Return a one-against-the-rest metric of the positive class, or its mean over the classes."""
        if self.positive is not None:
            return per_class(self.positive)
        return np.asarray(np.mean([per_class(c) for c in range(self.probability.shape[1])], axis=0))


CLASSIFICATION: tuple[str, ...] = tuple(Classified.metrics)


def check_metric(name: str, known: tuple[str, ...] = CLASSIFICATION) -> None:
    """Refuse the name of an unknown metric, or of one that cannot be among ``known``.

    Raises:
        UsageError: with the nearest known name.
    """
    if name in CLASSIFICATION and name not in known:
        raise UsageError(
            f"{name} does not depend on a threshold, so it cannot choose one",
            f"choose one of: {', '.join(sorted(known))}; to search for the best {name}: tuner.metric={name}",
        )
    outcome.check_metric(name, known)


def compute(name: str, one: Classified, weights: Floats) -> Floats:
    """Return a metric by name for each row of ``weights`` (b, n): shape (b,), NaN where undefined."""
    if name in OF_CONFUSION:
        return OF_CONFUSION[name](one.confusion(weights), one.positive)
    if name in OF_RANKING:
        rank = OF_RANKING[name]
        return one.averaged(lambda c: rank(one.truth == c, one.probability[:, c], weights))
    check_metric(name)
    return brier(one, weights)


def _by_score(truth: NDArray[np.bool_], score: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Sum the weights of positives and of negatives over samples of equal score, rising; (b, distinct)."""
    order = np.argsort(score, kind="stable")
    starts = np.flatnonzero(np.diff(score[order], prepend=-np.inf))
    up = np.add.reduceat((weights * truth)[:, order], starts, axis=1)
    down = np.add.reduceat((weights * ~truth)[:, order], starts, axis=1)
    return up, down


def _diagonal(confusion: Floats, axis: int) -> Floats:
    return ratio(np.diagonal(confusion, axis1=1, axis2=2), confusion.sum(axis=axis))


def _one_or_mean(per_class: Floats, positive: int | None) -> Floats:
    return np.asarray(per_class.mean(axis=1) if positive is None else per_class[:, positive])
