"""`Rule`: readable, movable, and an estimator like any other."""

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from mmml.errors import MmmlError, UsageError
from mmml.estimator.rule import Rule


def rule(when: str = "v < cut", **changes: Any) -> Rule:
    words = {"parameters": {"cut": 5.0}, "feature_names": ["u", "v"], **changes}
    return Rule(when, "low", "high", **words)


@pytest.fixture
def columns() -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 10, (80, 2))


def test_it_says_then_where_the_condition_holds_and_otherwise_elsewhere(columns: np.ndarray) -> None:
    said = rule().predict(columns)
    assert said.tolist() == ["low" if v < 5 else "high" for v in columns[:, 1]]
    assert rule().decision_function(columns) == pytest.approx(5 - columns[:, 1])
    assert rule().classes_.tolist() == ["high", "low"]


def test_a_condition_without_features_says_the_same_of_every_row(columns: np.ndarray) -> None:
    assert rule("cut > 1").decision_function(columns).shape == (80,)


def test_fitting_learns_nothing_and_keeps_the_rule(columns: np.ndarray) -> None:
    one = rule()
    assert one.fit(columns, np.where(columns[:, 1] < 2, "low", "high")) == rule()


@pytest.mark.parametrize("when", ["v < cut", "v <= cut", "v > cut", "v >= cut", "cut < v", "cut >= u + v"])
@pytest.mark.parametrize("border", [-3.7, -1e-3, 0.0, 0.3, 4.25, 100.0])
def test_a_moved_rule_decides_as_the_border_did(when: str, border: float, columns: np.ndarray) -> None:
    one = rule(when)
    expected = one.decision_function(columns) > border
    moved = one.moved(border)
    assert ((moved.predict(columns) == "low") == expected).all()
    assert moved.decision_function(columns) == pytest.approx(one.decision_function(columns) - border)
    assert (moved.when, one.parameters) == (when, {"cut": 5.0})


@pytest.mark.parametrize(
    "one",
    [
        rule(fit_cut=False),
        rule("v < cut and u < 3"),
        rule("v < cut + other", parameters={"cut": 5.0, "other": 1.0}),
        rule("v < 5", parameters=None),
        rule("v < 2 * cut"),
    ],
)
def test_a_rule_without_a_single_free_cut_does_not_move(one: Rule) -> None:
    assert not one.movable
    with pytest.raises(UsageError, match="no single cut"):
        one.moved(1.0)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"when": "w < cut"}, "unknown name w"),
        ({"when": "v < cot"}, "unknown name cot"),
        ({"when": "v + 1"}, "is no condition"),
        ({"parameters": {"cut": "5"}}, "the parameter cut"),
        ({"parameters": {"cut": True}}, "the parameter cut"),
        ({"parameters": {"cut": float("nan")}}, "the parameter cut"),
        ({"parameters": {"cut": float("inf")}}, "the parameter cut"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_when_it_is_made(words: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        rule(**words)


def test_unknown_names_come_with_the_nearest_known_one() -> None:
    with pytest.raises(UsageError) as caught:
        rule("laplacian_va < cut", feature_names=["laplacian_var"])
    assert caught.value.hint == "did you mean laplacian_var?"


def test_a_rule_that_says_the_same_in_both_cases_is_refused() -> None:
    with pytest.raises(UsageError, match="says low in both cases"):
        Rule("v < 1", "low", "low")


@pytest.mark.parametrize(("then", "otherwise"), [("low", "high"), ("high", "low"), (1, 0), (0, 1)])
def test_scikit_learn_scores_it_whichever_class_comes_first(then: object, otherwise: object) -> None:
    from sklearn.model_selection import cross_val_predict, cross_val_score

    column = np.arange(40.0)[:, None]
    labels = np.where(column[:, 0] < 20, str(then), str(otherwise))
    one = Rule("x < cut", then, otherwise, {"cut": 19.5}, feature_names=["x"])  # type: ignore[arg-type]
    assert cross_val_score(one, column, labels, cv=4, scoring="roc_auc").tolist() == [1.0] * 4
    assert cross_val_score(one, column, labels, cv=4).tolist() == [1.0] * 4
    margin = cross_val_predict(one, column, labels, cv=4, method="decision_function")
    assert ((margin > 0) == (labels == one.classes_[1])).all()


def test_a_rule_that_was_not_told_its_columns_says_so(columns: np.ndarray) -> None:
    with pytest.raises(MmmlError, match="does not know its columns"):
        rule(feature_names=None).predict(columns)


def test_scikit_learn_takes_it_for_a_classifier(columns: np.ndarray) -> None:
    labels = np.where(columns[:, 1] < 5, "low", "high")
    assert is_classifier(rule())
    assert clone(rule()) == rule()
    assert clone(rule()) is not rule()
    assert (cross_val_predict(rule(), columns, labels, cv=4) == labels).all()
    pipeline = Pipeline([("same", FunctionTransformer()), ("rule", rule())]).fit(columns, labels)
    assert (pipeline.predict(columns) == labels).all()
    assert pipeline.set_params(rule__parameters={"cut": 0.0}).predict(columns).tolist() == ["high"] * 80


def test_scikit_learn_can_search_its_parameters(columns: np.ndarray) -> None:
    labels = np.where(columns[:, 1] < 7, "low", "high")
    grid = {"parameters": [{"cut": float(c)} for c in (3, 5, 7)]}
    found = GridSearchCV(rule(), grid, scoring="balanced_accuracy", cv=3).fit(columns, labels)
    assert found.best_params_ == {"parameters": {"cut": 7.0}}


def test_a_changed_parameter_counts_at_once(columns: np.ndarray) -> None:
    one = rule().set_params(when="u > cut")
    assert one.predict(columns).tolist() == ["low" if u > 5 else "high" for u in columns[:, 0]]
    with pytest.raises(UsageError, match="has no parameter wen"):
        one.set_params(wen="u > cut")


def test_it_crosses_a_process_border_unchanged() -> None:
    assert pickle.loads(pickle.dumps(rule())) == rule()
