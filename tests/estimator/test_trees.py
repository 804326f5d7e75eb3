"""Trees whose indices lead out of them: refused on loading, where scikit-learn would crash on predicting."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from mmml.errors import MmmlError
from mmml.estimator import stored

RNG = np.random.default_rng(0)
COLUMNS = RNG.normal(size=(80, 3))
LABELS = (COLUMNS[:, 0] > 0).astype(int)


def fitted(estimator: Any) -> Any:
    columns = COLUMNS.copy()
    columns[:, 2] = np.arange(80) % 5
    return estimator.fit(columns, (columns[:, 2] % 2 + (columns[:, 0] > 0)).astype(int))


def refused(estimator: Any) -> None:
    with pytest.raises(MmmlError, match="the model's tree is broken"):
        stored.load("estimator.skops", skops.io.dumps(estimator))


def forged(tree: Any, **nodes: int) -> Any:
    """Set fields of a tree's first node in place."""
    state = tree.__getstate__()
    for name, value in nodes.items():
        if name in state:
            state[name] = value
        else:
            state["nodes"][name][0] = value
    tree.__setstate__(state)


FORESTS: list[Callable[[], Any]] = [
    lambda: RandomForestClassifier(2),
    lambda: GradientBoostingClassifier(n_estimators=2),
    lambda: IsolationForest(n_estimators=2),
    lambda: IsolationForest(n_estimators=2, max_features=2),
    lambda: RandomForestRegressor(2),
]


@pytest.mark.parametrize("make", FORESTS, ids=range(5))
@pytest.mark.parametrize(
    "change",
    [
        *({"left_child": 1 << 40}, {"right_child": -7}, {"left_child": 0}, {"feature": 1 << 30}),
        *({"feature": -5}, {"feature": 3}, {"max_depth": 0}),
    ],
    ids=str,
)
def test_a_forged_tree_is_refused(make: Callable[[], Any], change: dict[str, int]) -> None:
    model = fitted(make_pipeline(make()))
    assert stored.load("estimator.skops", skops.io.dumps(model)) is not None
    forged(np.ravel(model[0].estimators_)[0].tree_, **change)
    refused(model)


def test_a_tree_that_takes_more_columns_than_its_forest_is_refused() -> None:
    model = fitted(RandomForestClassifier(2))
    wide = DecisionTreeClassifier().fit(
        np.repeat(COLUMNS[:, :1] * 0, 9, axis=1) + np.eye(9)[8] * COLUMNS[:, :1], LABELS
    )
    model.estimators_[0] = wide
    refused(model)
    del wide.n_features_in_
    refused(wide)


@pytest.mark.parametrize("kind", [HistGradientBoostingClassifier, HistGradientBoostingRegressor])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("left", 4_000_000_000),
        ("right", 0),
        ("feature_idx", 1 << 40),
        ("feature_idx", -1),
        ("is_categorical", 1),
    ],
)
def test_a_forged_predictor_is_refused(field: str, value: int, kind: Callable[..., Any]) -> None:
    model = fitted(kind(max_iter=2))
    assert stored.load("estimator.skops", skops.io.dumps(model)) is not None
    nodes = model._predictors[0][0].nodes
    nodes[field][0] = value
    refused(model)


def test_a_predictor_without_nodes_is_refused() -> None:
    model = fitted(HistGradientBoostingClassifier(max_iter=2))
    first = model._predictors[0][0]
    first.nodes = first.nodes[:0]
    refused(model)
