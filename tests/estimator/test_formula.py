"""`Formula`: a number that people can work out themselves, and an estimator like any other."""

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone, is_regressor
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from mmml.errors import MmmlError, UsageError
from mmml.estimator.formula import Formula


def formula(value: str = "a * v + b", **changes: Any) -> Formula:
    words = {"parameters": {"a": 2.0, "b": -1.0}, "feature_names": ["u", "v"], **changes}
    return Formula(value, **words)


@pytest.fixture
def columns() -> np.ndarray:
    return np.random.default_rng(0).uniform(1, 10, (60, 2))


def test_it_says_what_the_formula_comes_to(columns: np.ndarray) -> None:
    u, v = columns.T
    assert formula().predict(columns) == pytest.approx(2 * v - 1)
    assert formula("v", parameters=None).predict(columns).tolist() == v.tolist()
    assert formula("u ** 2 / -v", parameters={}).predict(columns) == pytest.approx(-(u**2) / v)


def test_a_formula_without_features_says_the_same_of_every_row(columns: np.ndarray) -> None:
    assert formula("0.5", parameters=None).predict(columns).tolist() == [0.5] * 60
    assert formula(0.5, parameters=None).predict(columns).tolist() == [0.5] * 60  # type: ignore[arg-type]  # YAML reads it so


def test_what_cannot_be_worked_out_is_not_a_number() -> None:
    rows = np.array([[1.0, np.nan], [np.nan, 1.0], [0.0, 1.0], [2.0, 1.0]])
    said = formula("v / u", parameters=None).predict(rows)
    assert np.isnan(said).tolist() == [True, True, True, False]
    assert np.isnan(formula("v", parameters=None).predict(rows)).tolist() == [True, False, False, False]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"value": "a * v + b < 3"}, "is a condition"),
        ({"value": "not a * v < b"}, "is a condition"),
        ({"value": "a * w + b"}, "the formula 'a \\* w \\+ b' uses the unknown name w"),
        ({"value": "v"}, "does not use the parameter a"),
        ({"value": "a * exp(v) + b"}, "holds a Call"),
        ({"value": "a.b * b"}, "holds a Attribute"),
        ({"value": "(a < 2) * b"}, "calculates with a comparison"),
        ({"value": "a * v +"}, "cannot read the formula"),
        ({"value": ""}, "cannot read the formula"),
        ({"value": "v ** a + b"}, "a power that is too large or not a number"),
        ({"parameters": {"a": "2", "b": 1.0}}, "the parameter a of the formula is '2'"),
        ({"parameters": {"a": float("inf"), "b": 1.0}}, "the parameter a"),
        ({"value": "u * v", "parameters": {"u": 1.0}}, "u is a feature"),
    ],
)
def test_a_formula_that_cannot_work_is_refused_when_it_is_made(words: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        formula(**words)


def test_a_formula_that_was_not_told_its_columns_says_so(columns: np.ndarray) -> None:
    with pytest.raises(MmmlError, match="the formula does not know its columns"):
        formula(feature_names=None).predict(columns)
    assert not hasattr(formula(feature_names=None), "n_features_in_")
    assert formula().n_features_in_ == 2


def test_scikit_learn_takes_it_for_a_regressor(columns: np.ndarray) -> None:
    truth = columns[:, 1] * 2
    assert is_regressor(formula())
    assert clone(formula()) == formula()
    assert clone(formula()) is not formula()
    assert formula().fit(columns, truth) == formula()
    assert cross_val_predict(formula(), columns, truth, cv=4) == pytest.approx(truth - 1)
    assert formula().score(columns, truth) == pytest.approx(r2_score(truth, truth - 1))
    pipeline = Pipeline([("same", FunctionTransformer()), ("reg", formula())]).fit(columns, truth)
    assert pipeline.predict(columns) == pytest.approx(truth - 1)
    found = GridSearchCV(formula(), {"parameters": [{"a": 2.0, "b": float(b)} for b in (-1, 0, 1)]}, cv=3)
    assert found.fit(columns, truth).best_params_ == {"parameters": {"a": 2.0, "b": 0.0}}


def test_it_is_told_as_a_person_would() -> None:
    assert formula().in_words() == "a * v + b; a = 2, b = -1"
    assert formula("v", parameters=None).in_words() == "v"


def test_it_crosses_a_process_border_unchanged() -> None:
    assert pickle.loads(pickle.dumps(formula())) == formula()
