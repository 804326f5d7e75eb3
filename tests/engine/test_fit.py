"""Fitting: scores that are really out of fold, and rules that settle without changing their mind."""

from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from mmml.dataset.split import folds
from mmml.engine.fit import check_columns, fit, out_of_fold, predict_out_of_fold, settle
from mmml.errors import MmmlError, UsageError
from mmml.estimator.rule import Rule
from mmml.judge.calibration import Calibration
from mmml.judge.metrics import OF_CONFUSION
from mmml.task.classification import Classification
from mmml.task.decision import Decision
from mmml.task.outlier import Outlier

TASK = Classification(positive="bad")
LABELS = ["bad", "good"] * 100


def test_a_feature_that_was_measured_nowhere_is_named() -> None:
    columns = np.array([[1.0, np.nan, np.nan], [2.0, np.nan, 3.0]])
    with pytest.raises(MmmlError, match=r"measured on no sample: b$"):
        check_columns(columns, ["a", "b", "c"])
    check_columns(columns[:, [0, 2]], ["a", "c"])


def test_an_estimator_that_learns_by_heart_is_at_chance_out_of_fold() -> None:
    columns = np.random.default_rng(0).normal(size=(200, 5))
    parts = folds(LABELS, [str(i) for i in range(200)], 5, 0)
    by_heart = KNeighborsClassifier(1)
    assert by_heart.fit(columns, LABELS).score(columns, LABELS) == 1.0
    raw = out_of_fold(TASK, by_heart, columns, LABELS, parts)
    right = (raw > 0) == (np.array(LABELS) == "bad")
    assert right.mean() == pytest.approx(0.5, abs=0.12)


def test_shots_of_one_scene_do_not_help_each_other() -> None:
    scenes = np.repeat(np.arange(40), 5)
    columns = np.random.default_rng(1).normal(size=(40, 5))[scenes]
    labels = np.array(["bad", "good"])[np.random.default_rng(2).integers(0, 2, 40)[scenes]].tolist()
    parts = folds(labels, [str(s) for s in scenes], 5, 0)
    raw = out_of_fold(TASK, KNeighborsClassifier(1), columns, labels, parts)
    assert ((raw > 0) == (np.array(labels) == "bad")).mean() < 0.75


@pytest.mark.parametrize("classes", [2, 3])
def test_every_sample_is_scored_once_in_its_own_row(classes: int) -> None:
    labels = [["a", "b", "c"][i % classes] for i in range(90)]
    columns = np.eye(classes)[np.arange(90) % classes]
    parts = folds(labels, [str(i) for i in range(90)], 4, 3)
    raw = out_of_fold(Classification(), LogisticRegression(), columns, labels, parts)
    assert raw.shape == ((90,) if classes == 2 else (90, 3))
    best = np.where(raw > 0, "b", "a") if classes == 2 else np.array(["a", "b", "c"])[raw.argmax(axis=1)]
    assert best.tolist() == labels


def test_fitting_leaves_the_given_estimator_unfitted() -> None:
    given = LogisticRegression()
    fitted = fit(TASK, given, np.arange(200.0)[:, None], LABELS)
    assert hasattr(fitted, "classes_") and not hasattr(given, "classes_")


class Stubborn(ClassifierMixin, BaseEstimator):
    def __init__(self, error: Any = None) -> None:
        self.error = error

    def fit(self, features: Any, labels: Any) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("too few\nmore"), "cannot be fitted: too few$"),
        (ValueError(), "cannot be fitted: ValueError$"),
        (TypeError("no"), "cannot be fitted: no$"),
        (np.linalg.LinAlgError("singular"), "cannot be fitted: singular$"),
        (MmmlError("as it is"), "^as it is$"),
    ],
)
def test_an_estimator_that_cannot_be_fitted_says_why_in_a_line(error: Exception, message: str) -> None:
    with pytest.raises(MmmlError, match=message):
        fit(TASK, Stubborn(error), np.ones((200, 1)), LABELS)


def rule(when: str, fit_cut: bool = True) -> Rule:
    parameters = {"cut": 4.0} if "cut" in when else None
    return Rule(when, "bad", "good", parameters, fit_cut, ["u", "v"])


@pytest.fixture
def columns() -> np.ndarray:
    low = np.array([label == "bad" for label in LABELS])
    return np.random.default_rng(5).normal([[3, 20]], [[1, 9]], (200, 2)) + 2.0 * ~low[:, None]


@pytest.mark.parametrize("positive", ["bad", "good"])
@pytest.mark.parametrize("metric", OF_CONFUSION)
@pytest.mark.parametrize("when", ["u < cut", "u <= cut", "cut > u", "u * u < cut", "v - u < cut"])
def test_a_rule_that_moves_says_with_its_cut_what_the_threshold_said(
    when: str, metric: str, positive: str, columns: np.ndarray
) -> None:
    task = Classification(positive, metric)
    classes = task.classes(LABELS)
    raw = task.raw(rule(when), columns, classes)
    chosen = task.decision(raw, LABELS)
    settled, decision, moved = settle(rule(when), chosen, raw)
    before, after = task.predict(raw, chosen), task.predict(task.raw(settled, columns, classes), decision)
    assert after.labels == before.labels == settled.predict(columns).tolist()
    assert after.scores == pytest.approx(before.scores)
    assert task.predict(moved, decision).scores == pytest.approx(after.scores)
    assert settled.parameters["cut"] != 4.0


@pytest.mark.parametrize("positive", ["bad", "good"])
@pytest.mark.parametrize(
    "one",
    [
        rule("u < cut", fit_cut=False),
        rule("u < cut and v > 15"),
        rule("not (u > cut or v < 12)"),
        rule("u < 4"),
        rule("u < 1000"),
        rule("u > -1000"),
    ],
    ids=lambda one: one.when,
)
def test_a_rule_that_does_not_move_keeps_its_own_border(
    one: Rule, positive: str, columns: np.ndarray
) -> None:
    task = Classification(positive)
    raw = task.raw(one, columns, task.classes(LABELS))
    settled, decision, same = settle(one, task.decision(raw, LABELS), raw)
    assert settled is one
    assert same is raw
    assert task.predict(raw, decision).labels == one.predict(columns).tolist()


def test_other_estimators_and_tasks_settle_as_they_are() -> None:
    decision = Decision(("a", "b"), "b", Calibration(2.0, -1.0), 0.3)
    raw = np.zeros(2)
    assert settle(LogisticRegression(C=3), decision, raw)[1] is decision
    strange = Outlier().decision(np.arange(10.0), ["good"] * 10)
    assert settle(LogisticRegression(), strange, raw)[1] is strange
    several = Decision(("a", "b", "c"))
    assert settle(rule("u < cut"), several, raw)[1] is several


def test_labels_that_a_rule_can_never_say_are_refused(columns: np.ndarray) -> None:
    labels = ["bad", "middle"] * 100
    with pytest.raises(UsageError, match="says bad or good, but the data has middle"):
        fit(TASK, rule("u < cut"), columns, labels)


@pytest.mark.parametrize("kind", ["rule", "logistic"])
def test_noise_is_not_judged_better_than_chance(kind: str) -> None:
    """The threshold of a fold is chosen without the fold: on noise nothing is gained."""
    found = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        noise = rng.normal(size=(60, 2))
        labels = rng.permutation(["bad", "good"] * 30).tolist()
        one = rule("u < cut") if kind == "rule" else LogisticRegression()
        parts = [
            (np.flatnonzero(np.arange(60) % 5 != k), np.flatnonzero(np.arange(60) % 5 == k)) for k in range(5)
        ]
        raw = out_of_fold(TASK, one, noise, labels, parts)
        said = predict_out_of_fold(TASK, one, raw, labels, parts)
        right = np.array([a == b for a, b in zip(said.labels, labels, strict=True)])
        bad = np.array([label == "bad" for label in labels])
        found.append((right[bad].mean() + right[~bad].mean()) / 2)
    assert np.mean(found) < 0.53


def test_samples_on_which_nothing_was_measured_are_not_judged() -> None:
    columns = np.full((40, 2), np.nan)
    columns[:20] = np.random.default_rng(0).normal(size=(20, 2))
    model = make_pipeline(SimpleImputer(), LogisticRegression()).fit(columns, ["bad", "good"] * 20)
    raw = TASK.score(model, columns, TASK.classes(["bad", "good"]))
    assert np.isnan(raw).tolist() == [False] * 20 + [True] * 20
