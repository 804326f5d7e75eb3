"""The threshold: the best there is, and in the middle of the room it has."""

import numpy as np
import pytest

from mmml.errors import UsageError
from mmml.judge.metrics import OF_CONFUSION, Outcome, compute
from mmml.judge.threshold import best_threshold


def reached(metric: str, truth: np.ndarray, score: np.ndarray, threshold: float) -> float:
    said = (score >= threshold).astype(int)
    one = Outcome(truth.astype(int), said, np.stack([1 - score, score], axis=1), 1)
    return float(np.nan_to_num(compute(metric, one, np.ones((1, len(truth)))))[0])


@pytest.mark.parametrize("metric", OF_CONFUSION)
@pytest.mark.parametrize("seed", range(8))
def test_no_other_threshold_does_better(metric: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.random(40) < 0.3
    truth[:2] = True, False
    score = np.round(np.clip(rng.normal(0.4 + 0.2 * truth, 0.2), 0.01, 0.99), 1 + seed % 2)
    best = max(reached(metric, truth, score, t) for t in np.linspace(0, 1, 1001))
    assert reached(metric, truth, score, best_threshold(truth, score, metric)) == pytest.approx(best)


def test_it_lies_in_the_middle_of_the_gap() -> None:
    truth = np.array([False, False, True, True])
    assert best_threshold(truth, np.array([0.1, 0.2, 0.6, 0.9]), "balanced_accuracy") == pytest.approx(0.4)


def test_scores_that_many_samples_share_stay_on_one_side() -> None:
    truth = np.array([False] * 5 + [True] * 4 + [False] * 2 + [True] * 4)
    score = np.array([0.1] * 5 + [0.5] * 6 + [0.9] * 4)
    assert best_threshold(truth, score, "accuracy") == pytest.approx(0.3)
    assert best_threshold(truth, score, "precision") == pytest.approx(0.7)


def test_among_thresholds_that_are_equally_good_it_takes_a_middle_one() -> None:
    truth = np.array([False, False, True, True, True])
    score = np.array([0.1, 0.2, 0.5, 0.6, 0.7])
    # Any threshold above the negatives is perfectly precise.
    assert best_threshold(truth, score, "precision") == pytest.approx(0.55)


@pytest.mark.parametrize("metric", ["roc_auc", "brier", "f2"])
def test_a_metric_that_has_no_threshold_is_refused(metric: str) -> None:
    with pytest.raises(UsageError, match=f"no metric {metric}"):
        best_threshold(np.array([False, True]), np.array([0.2, 0.8]), metric)


@pytest.mark.parametrize("metric", OF_CONFUSION)
def test_a_threshold_below_or_above_all_samples_can_still_be_reached(metric: str) -> None:
    truth = np.array([True, True, False, False])
    for score in (np.array([0.2, 0.3, 0.6, 0.7]), np.full(4, 0.4)):
        assert 0 < best_threshold(truth, score, metric) < 1
