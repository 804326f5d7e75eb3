"""Metrics: the same numbers as scikit-learn's."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as reference

from mmml.errors import UsageError
from mmml.judge.metrics import CLASSIFICATION, Classified, check_metric, compute


def outcome(classes: int, positive: int | None, seed: int = 0, n: int = 60) -> Classified:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, n)
    # Few distinct numbers, so that many samples share a score.
    odds = rng.integers(1, 5, (n, classes)) + 2 * np.eye(classes, dtype=int)[truth]
    return Classified(truth, odds.argmax(axis=1), odds / odds.sum(axis=1, keepdims=True), positive)


def of_classes(
    score: Callable[..., float], one: Classified, weights: np.ndarray, **options: Any
) -> float | np.floating[Any]:
    average = {"average": "macro"} if one.positive is None else {"pos_label": one.positive}
    return score(one.truth, one.said, sample_weight=weights, **average, **options)


def of_ranks(score: Callable[..., float], one: Classified, weights: np.ndarray) -> float:
    asked = range(one.probability.shape[1]) if one.positive is None else [one.positive]
    each = [score(one.truth == c, one.probability[:, c], sample_weight=weights) for c in asked]
    return float(np.mean(each))


def brier(one: Classified, weights: np.ndarray) -> float:
    return float(
        reference.brier_score_loss(one.truth, one.probability, sample_weight=weights, scale_by_half=True)
    )


REFERENCE: dict[str, Callable[[Classified, np.ndarray], float]] = {
    "accuracy": lambda o, w: reference.accuracy_score(o.truth, o.said, sample_weight=w),
    "balanced_accuracy": lambda o, w: reference.balanced_accuracy_score(o.truth, o.said, sample_weight=w),
    "f1": lambda o, w: of_classes(reference.f1_score, o, w),
    "precision": lambda o, w: of_classes(reference.precision_score, o, w, zero_division=0),
    "recall": lambda o, w: of_classes(reference.recall_score, o, w),
    "roc_auc": lambda o, w: of_ranks(reference.roc_auc_score, o, w),
    "average_precision": lambda o, w: of_ranks(reference.average_precision_score, o, w),
    "brier": brier,
}


@pytest.mark.parametrize(("classes", "positive"), [(2, 1), (2, 0), (3, None), (4, None)])
@pytest.mark.parametrize("name", CLASSIFICATION)
def test_every_metric_equals_that_of_scikit_learn(name: str, classes: int, positive: int | None) -> None:
    for seed in range(3):
        one = outcome(classes, positive, seed)
        weights = np.random.default_rng(seed).integers(0, 4, (5, 60)).astype(float)
        weights[0] = 1
        assert compute(name, one, weights) == pytest.approx([REFERENCE[name](one, row) for row in weights])


@pytest.mark.parametrize("name", ["roc_auc", "average_precision", "recall", "balanced_accuracy"])
def test_a_metric_that_needs_a_class_that_is_missing_is_not_a_number(name: str) -> None:
    one = outcome(2, 1)
    assert np.isnan(compute(name, one, (one.truth == 0).astype(float)[None]))


def test_precision_is_nought_where_nothing_is_called_positive() -> None:
    one = Classified(np.array([0, 1]), np.array([0, 0]), np.array([[0.9, 0.1], [0.8, 0.2]]), 1)
    assert compute("precision", one, np.ones((1, 2))) == [0.0]


def test_scores_that_are_all_equal_rank_like_a_coin() -> None:
    one = Classified(np.array([0, 0, 0, 1]), np.zeros(4, dtype=int), np.full((4, 2), 0.5), 1)
    assert compute("roc_auc", one, np.ones((1, 4))) == [0.5]
    assert compute("average_precision", one, np.ones((1, 4))) == [0.25]


def test_an_unknown_metric_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match="no metric rocauc") as caught:
        check_metric("rocauc")
    assert caught.value.hint == "did you mean roc_auc?"
    with pytest.raises(UsageError, match="no metric f2"):
        compute("f2", outcome(2, 1), np.ones((1, 60)))
