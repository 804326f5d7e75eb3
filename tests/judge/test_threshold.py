"""The threshold: the best there is, and in the middle of the room it has."""

from typing import Any

import numpy as np
import pytest

from mmml.errors import MmmlError, UsageError
from mmml.judge.metrics import OF_CONFUSION, Classified, compute
from mmml.judge.threshold import Wish, best_threshold


def reached(metric: str, truth: np.ndarray, score: np.ndarray, threshold: float) -> float:
    said = (score >= threshold).astype(int)
    one = Classified(truth.astype(int), said, np.stack([1 - score, score], axis=1), 1)
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
    with pytest.raises(UsageError, match=f"no metric {metric}|{metric} does not depend on a threshold"):
        best_threshold(np.array([False, True]), np.array([0.2, 0.8]), metric)


@pytest.mark.parametrize("metric", OF_CONFUSION)
def test_a_threshold_below_or_above_all_samples_can_still_be_reached(metric: str) -> None:
    truth = np.array([True, True, False, False])
    for score in (np.array([0.2, 0.3, 0.6, 0.7]), np.full(4, 0.4)):
        assert 0 < best_threshold(truth, score, metric) < 1


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.random(60) < 0.4
    truth[:2] = True, False
    # Few distinct numbers, so that many samples share a score.
    return truth, np.round(np.clip(rng.normal(0.4 + 0.2 * truth, 0.2), 0.01, 0.99), 1 + seed % 2)


def counts(truth: np.ndarray, score: np.ndarray, threshold: float) -> tuple[int, int, int]:
    """Return hits, misses and false alarms."""
    said = score >= threshold
    return int((said & truth).sum()), int((~said & truth).sum()), int((said & ~truth).sum())


EVERYWHERE = np.linspace(0.0005, 0.9995, 1000)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.95, 1.0])
@pytest.mark.parametrize("seed", range(6))
def test_a_recall_is_met_with_the_fewest_false_alarms(seed: int, share: float) -> None:
    truth, score = drawn(seed)
    hits, _, alarms = counts(truth, score, Wish(recall=share).threshold(truth, score))
    assert hits / truth.sum() >= share
    meeting = [counts(truth, score, t) for t in EVERYWHERE]
    assert alarms == min(a for h, _, a in meeting if h / truth.sum() >= share)


@pytest.mark.parametrize("share", [0.45, 0.6, 0.7])
@pytest.mark.parametrize("seed", range(6))
def test_a_precision_is_met_with_the_fewest_misses(seed: int, share: float) -> None:
    truth, score = drawn(seed)
    hits, misses, alarms = counts(truth, score, Wish(precision=share).threshold(truth, score))
    assert hits / (hits + alarms) >= share
    meeting = [counts(truth, score, t) for t in EVERYWHERE]
    assert misses == min(m for h, m, a in meeting if h + a and h / (h + a) >= share)


@pytest.mark.parametrize(("miss", "false_alarm"), [(5, 1), (1, 1), (0.2, 3), (1000, 1), (1, 1000)])
@pytest.mark.parametrize("seed", range(6))
def test_no_other_threshold_costs_less(seed: int, miss: float, false_alarm: float) -> None:
    truth, score = drawn(seed)

    def cost(threshold: float) -> float:
        _, misses, alarms = counts(truth, score, threshold)
        return miss * misses + false_alarm * alarms

    chosen = Wish(miss=miss, false_alarm=false_alarm).threshold(truth, score)
    assert cost(chosen) == pytest.approx(min(cost(t) for t in EVERYWHERE))


def test_every_wish_is_met_in_the_middle_of_its_gap() -> None:
    truth = np.array([False, True, False, True, True])
    score = np.array([0.1, 0.2, 0.4, 0.6, 0.9])
    assert Wish(recall=0.6).threshold(truth, score) == pytest.approx(0.5)
    assert Wish(recall=0.7).threshold(truth, score) == pytest.approx(0.15)
    assert Wish(precision=0.8).threshold(truth, score) == pytest.approx(0.5)
    assert Wish(miss=1, false_alarm=9).threshold(truth, score) == pytest.approx(0.5)
    assert Wish(miss=9, false_alarm=1).threshold(truth, score) == pytest.approx(0.15)
    assert Wish(at=0.35).threshold(truth, score) == 0.35


def test_scores_without_room_between_them_are_still_told_apart() -> None:
    low, high = np.nextafter(1.0, 0), 1.0
    truth, score = np.array([False, False, True, True]), np.array([low, low, high, high])
    for wish in (Wish(metric="accuracy"), Wish(recall=1.0), Wish(precision=1.0), Wish(miss=1, false_alarm=1)):
        assert counts(truth, score, wish.threshold(truth, score)) == (2, 0, 0)
    # Nothing lies above 1: a costly false alarm cannot be avoided by calling nothing positive.
    assert Wish(miss=1, false_alarm=99).threshold(~truth, score) <= 1


def test_a_precision_that_is_never_reached_says_what_is() -> None:
    truth, score = np.array([True, False, True, False]), np.array([0.2, 0.4, 0.6, 0.8])
    wish = Wish(precision=0.9)
    with pytest.raises(
        MmmlError, match=r"precision of 0.9 is never reached.*the most is 0.5, at a recall of 1"
    ):
        wish.threshold(truth, score)
    nearest = wish.threshold(truth, score, lenient=True)
    assert counts(truth, score, nearest) == (2, 0, 2)


@pytest.mark.parametrize("truth", [[True, True], [False, False]])
def test_samples_of_one_class_choose_nothing_but_a_fixed_threshold(truth: list[bool]) -> None:
    with pytest.raises(MmmlError, match="both are needed"):
        Wish(recall=0.9).threshold(np.array(truth), np.array([0.2, 0.8]))
    assert Wish(at=0.3).threshold(np.array(truth), np.array([0.2, 0.8])) == 0.3


@pytest.mark.parametrize(
    ("wanted", "message", "hint"),
    [
        ({"recal": 0.9}, "knows no recal", "did you mean recall?"),
        ({"recall": 1.2}, "recall is 1.2", "up to 1"),
        ({"recall": 0}, "recall is 0", "above 0"),
        ({"precision": -0.1}, "precision is -0.1", "above 0"),
        ({"recall": "high"}, "recall is 'high', not a number", "0.95"),
        ({"recall": float("nan")}, "recall is nan", "0.95"),
        ({"recall": 0.9, "precision": 0.9}, "several wishes: recall, precision", "one of them"),
        ({"recall": 0.9, "miss": 5, "false_alarm": 1}, "several wishes", "one of them"),
        ({"miss": 5}, "false_alarm is missing", "costs"),
        ({"false_alarm": 5}, "miss is missing", "costs"),
        ({"miss": -5, "false_alarm": 1}, "miss costs -5", "above 0"),
        ({"miss": 5, "false_alarm": 0}, "false_alarm costs 0", "above 0"),
        ({}, "needs a wish", "recall"),
        (0, "threshold is 0", "between 0 and 1"),
        (1.0, "threshold is 1", "between 0 and 1"),
        (True, "True, not a number", "0.5"),
        ("high", "'high', not a number", "0.5"),
    ],
)
def test_what_is_no_wish_is_refused(wanted: Any, message: str, hint: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        Wish.of(wanted, "f1")
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize(
    "wanted", [None, {"recall": 0.9}, {"precision": 1.0}, {"miss": 5.0, "false_alarm": 1.0}, 0.3]
)
def test_a_wish_comes_back_as_the_config_has_it(wanted: Any) -> None:
    assert Wish.of(wanted, "f1").wanted == wanted


def test_a_wish_tells_itself_in_words() -> None:
    said = {
        str(Wish.of(wanted, "f1")) for wanted in (None, {"recall": 0.9}, {"miss": 5, "false_alarm": 1}, 0.3)
    }
    assert said == {
        "the best f1",
        "recall at least 0.9",
        "the least cost, 5 a miss and 1 a false alarm",
        "as given",
    }
