"""Permutation importance: what the decision relies on, for every kind of estimator."""

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture

from mmml.engine.importances import importances
from mmml.estimator.rule import Rule
from mmml.task.base import Task
from mmml.task.classification import Classification
from mmml.task.outlier import Outlier

NAMES = ("tells", "noise")
LABELS = ["sharp", "blurred"] * 60


def features() -> np.ndarray:
    rng = np.random.default_rng(0)
    columns = rng.normal(size=(120, 2))
    columns[1::2, 0] += 6
    return columns


def measured(
    task: Task, estimator: Any, seed: int = 0, columns: np.ndarray | None = None, n: int = 120
) -> Any:
    columns = features() if columns is None else columns
    classes = task.classes(LABELS)
    decision = task.decision(task.score(estimator, columns, classes), LABELS)
    return importances(task, estimator, decision, columns[:n], LABELS[:n], NAMES, seed)


@pytest.mark.parametrize(
    ("task", "estimator"),
    [
        (Classification(positive="blurred"), LogisticRegression().fit(features(), LABELS)),
        (
            Classification(positive="blurred"),
            Rule("tells > cut", "blurred", "sharp", {"cut": 3.0}, feature_names=NAMES),
        ),
        (Outlier(good="sharp"), GaussianMixture(random_state=0).fit(features()[::2])),
    ],
    ids=["scikit-learn", "rule", "outlier"],
)
def test_the_feature_that_tells_matters_and_the_other_does_not(task: Task, estimator: Any) -> None:
    found = measured(task, estimator)
    assert list(found) == list(NAMES)
    assert found["tells"].mean > 0.2
    assert abs(found["noise"].mean) < 0.05
    assert found == measured(task, estimator)
    assert found != measured(task, estimator, seed=1)


def test_where_less_is_better_a_feature_that_helps_is_above_zero_too() -> None:
    task = Outlier(good="sharp", metric="brier")
    assert measured(task, GaussianMixture(random_state=0).fit(features()[::2]))["tells"].mean > 0.1


def test_samples_that_cannot_be_scored_are_left_out() -> None:
    columns = features()
    columns[:10, 0] = np.nan
    rule = Rule("tells > cut", "blurred", "sharp", {"cut": 3.0}, feature_names=NAMES)
    task = Classification(positive="blurred")
    decision = task.decision(features()[:, 0] - 3, LABELS)
    found = importances(task, rule, decision, columns, LABELS, NAMES, 0)
    assert found["tells"].mean > 0.2


def test_nothing_is_said_where_the_metric_is_not_defined() -> None:
    task = Classification(positive="blurred")
    estimator = LogisticRegression().fit(features(), LABELS)
    decision = task.decision(task.score(estimator, features(), ("sharp", "blurred")), LABELS)
    assert importances(task, estimator, decision, features()[::2], LABELS[::2], NAMES, 0) == {}
