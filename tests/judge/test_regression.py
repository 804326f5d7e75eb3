"""Metrics of regression: the same numbers as scikit-learn's, and none where scikit-learn has to guess."""

import numpy as np
import pytest
from sklearn import metrics as reference

from mmml.errors import UsageError
from mmml.judge.interval import bootstrap
from mmml.judge.regression import REGRESSION, Estimated

REFERENCE = {
    "mae": reference.mean_absolute_error,
    "rmse": reference.root_mean_squared_error,
    "mape": reference.mean_absolute_percentage_error,
    "r2": reference.r2_score,
    "bias": lambda truth, said, sample_weight: np.average(said - truth, weights=sample_weight),
}


def estimated(seed: int = 0, n: int = 50, far: float = 0.0) -> Estimated:
    rng = np.random.default_rng(seed)
    truth = far + rng.normal(3, 2, n)
    return Estimated(truth, truth + rng.normal(0.2, 0.7, n))


@pytest.mark.parametrize("far", [0.0, 1e6, -1e6])
@pytest.mark.parametrize("name", REGRESSION)
def test_every_metric_equals_that_of_scikit_learn(name: str, far: float) -> None:
    for seed in range(3):
        one = estimated(seed, far=far)
        weights = np.random.default_rng(seed).integers(0, 4, (6, 50)).astype(float)
        weights[0] = 1
        expected = [REFERENCE[name](one.truth, one.said, sample_weight=row) for row in weights]
        assert one.metric(name, weights) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("number", [0.0, 0.1, 1e9])
def test_of_equal_numbers_no_variance_is_explained(number: float) -> None:
    one = Estimated(np.array([number] * 3 + [number + 7]), np.array([number, number, number + 1, number]))
    once, three = np.ones((1, 4)), np.array([[1.0, 2.0, 1.0, 0.0]])
    assert np.isnan(one.metric("r2", three))
    assert one.metric("r2", once) < 0


def test_a_share_of_nought_is_not_defined() -> None:
    one = Estimated(np.array([0.0, 2.0]), np.array([1.0, 3.0]))
    assert np.isnan(one.metric("mape", np.ones((1, 2))))
    assert one.metric("mape", np.array([[0.0, 1.0]])) == [0.5]


def test_without_any_weight_nothing_is_defined() -> None:
    for name in REGRESSION:
        assert np.isnan(estimated().metric(name, np.zeros((1, 50)))).all()


def test_the_quality_of_a_sample_is_how_far_off_it_is() -> None:
    one = Estimated(np.array([1.0, 2.0]), np.array([1.5, 0.0]))
    assert one.quality.tolist() == [0.5, 2.0]
    assert one.residual.tolist() == [0.5, -2.0]
    assert one.quality.mean() == one.metric("mae", np.ones((1, 2)))


def test_an_unknown_metric_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match="no metric rmsee") as caught:
        estimated().metric("rmsee", np.ones((1, 50)))
    assert caught.value.hint == "did you mean rmse?"


def test_each_metric_says_what_it_measures() -> None:
    assert Estimated.measures("mae") == "Mean absolute error"
    assert all(Estimated.measures(name) for name in REGRESSION)
    assert Estimated.measures("f1") == ""


def test_what_was_never_off_gets_no_interval_of_a_share() -> None:
    exact = Estimated(np.arange(9.0), np.arange(9.0))
    names = [str(i) for i in range(9)]
    error = bootstrap(lambda weights: exact.metric("mae", weights), names, share=False)
    assert (error.value, error.low, error.high) == (0.0, 0.0, 0.0)
    assert bootstrap(lambda weights: exact.metric("mae", weights), names).high == pytest.approx(1 / 3)
