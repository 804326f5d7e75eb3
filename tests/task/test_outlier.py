"""Outlier: learned from good samples alone."""

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest
from sklearn.mixture import GaussianMixture

from mmml.engine.fit import fit, out_of_fold
from mmml.errors import MmmlError, UsageError
from mmml.task.outlier import Outlier

LABELS = ["fine"] * 400 + ["torn"] * 30 + ["wet"] * 30


def samples(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(size=(400, 2)), rng.normal(8, 1, size=(60, 2))])


@pytest.fixture
def task() -> Outlier:
    return Outlier(good="fine", bad="odd", false_alarms=0.1)


def test_it_learns_from_the_good_samples_only(task: Outlier) -> None:
    features = samples()
    with_bad = fit(task, GaussianMixture(random_state=0), features, LABELS)
    alone = fit(task, GaussianMixture(random_state=0), features[:400], LABELS[:400])
    assert with_bad.means_ == pytest.approx(alone.means_)
    assert with_bad.means_ == pytest.approx(np.zeros((1, 2)), abs=0.2)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3])
@pytest.mark.parametrize(
    "estimator",
    [GaussianMixture(random_state=0), IsolationForest(n_estimators=50, random_state=0)],
    ids=["bell", "forest"],
)
def test_about_the_stated_share_of_new_good_samples_is_called_bad(share: float, estimator: object) -> None:
    task = Outlier(good="fine", bad="odd", false_alarms=share)
    features = samples()
    rows = np.arange(len(LABELS))
    folds = [(rows[rows % 4 != k], rows[rows % 4 == k]) for k in range(4)]
    decision = task.decision(out_of_fold(task, estimator, features, LABELS, folds), LABELS)
    fitted = fit(task, estimator, features, LABELS)
    said = task.predict(task.raw(fitted, samples(seed=1), decision.classes), decision)
    assert np.mean([label == "odd" for label in said.labels[:400]]) == pytest.approx(share, abs=0.06)
    assert np.mean([label == "odd" for label in said.labels[400:]]) > 0.95


def test_the_score_is_a_half_at_the_threshold_and_low_for_the_usual(task: Outlier) -> None:
    raw = np.linspace(0, 100, 460)
    decision = task.decision(raw, LABELS)
    border = decision.raw_threshold
    assert border == pytest.approx(np.quantile(raw[:400], 0.9))
    said = task.predict(np.array([border, np.median(raw[:400]), 1e9]), decision)
    assert said.scores == pytest.approx([0.5, 0.0474, 1], abs=1e-3)
    assert said.labels == ["odd", "fine", "odd"]


def test_good_samples_that_are_all_alike_still_give_a_threshold(task: Outlier) -> None:
    decision = task.decision(np.array([5.0] * 400 + [6.0] * 60), LABELS)
    assert task.predict(np.array([4.9, 5.1, np.nan]), decision).labels == ["fine", "odd", None]


def test_every_other_label_counts_as_bad(task: Outlier) -> None:
    decision = task.decision(np.arange(460.0), LABELS)
    assert task.classes(LABELS) == ("fine", "odd") == decision.classes
    assert task.truth(["fine", "torn", "never seen"], decision) == ["fine", "odd", "odd"]
    assert set(task.strata(LABELS)) == {"fine", "odd"}


def test_data_without_good_samples_is_refused(task: Outlier) -> None:
    with pytest.raises(MmmlError, match="no sample is labelled fine") as caught:
        task.check(["fin", "torn"])
    assert caught.value.hint == "did you mean fin?"
    task.check(["fine"])


def test_settings_that_cannot_work_are_refused_at_once() -> None:
    with pytest.raises(UsageError):
        Outlier(false_alarms=0)
    with pytest.raises(UsageError):
        Outlier(false_alarms=1)
    with pytest.raises(UsageError, match="both called good"):
        Outlier(bad="good")
