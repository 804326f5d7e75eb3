"""Intervals: repeatable, honest about groups, silent where there is nothing to say."""

import numpy as np
import pytest

from mmml.judge.interval import Interval, bootstrap
from mmml.judge.metrics import Classified, compute


def mean_of(values: np.ndarray):  # type: ignore[no-untyped-def]  # what bootstrap takes
    return lambda weights: weights @ values / weights.sum(axis=1)


def test_the_same_seed_draws_the_same_interval_and_another_one_another() -> None:
    values = np.random.default_rng(0).normal(size=50)
    names = [str(i) for i in range(50)]
    assert bootstrap(mean_of(values), names, seed=3) == bootstrap(mean_of(values), names, seed=3)
    assert bootstrap(mean_of(values), names, seed=3) != bootstrap(mean_of(values), names, seed=4)


def test_the_interval_of_a_mean_is_that_of_the_textbook() -> None:
    values = np.random.default_rng(1).normal(5, 2, size=400)
    found = bootstrap(mean_of(values), [str(i) for i in range(400)])
    assert found.value == pytest.approx(values.mean())
    reach = 1.96 * values.std() / 20
    assert [found.low, found.high] == pytest.approx([found.value - reach, found.value + reach], abs=0.03)


def test_shots_of_one_scene_that_are_alike_make_the_interval_wider() -> None:
    scenes = np.repeat(np.arange(20), 10)
    right = np.random.default_rng(2).integers(0, 2, 20)[scenes].astype(float)
    over_groups = bootstrap(mean_of(right), [str(s) for s in scenes])
    over_samples = bootstrap(mean_of(right), [str(i) for i in range(200)])
    assert over_groups.value == over_samples.value
    assert over_groups.high - over_groups.low > 2 * (over_samples.high - over_samples.low)  # type: ignore[operator]  # bounds are there


def test_many_samples_give_the_same_as_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).normal(size=30)
    names = [str(i) for i in range(30)]
    whole = bootstrap(mean_of(values), names)
    monkeypatch.setattr("mmml.judge.interval._AT_ONCE", 30 * 7)
    in_steps = bootstrap(mean_of(values), names)
    assert (in_steps.low, in_steps.high) == pytest.approx((whole.low, whole.high))


def test_one_group_has_a_value_without_bounds() -> None:
    found = bootstrap(mean_of(np.array([1.0, 2.0])), ["same", "same"])
    assert found == Interval(1.5)
    assert str(found) == "1.500"


def test_a_metric_that_is_not_defined_has_neither_value_nor_bounds() -> None:
    one = Classified(np.zeros(4, dtype=int), np.zeros(4, dtype=int), np.full((4, 2), 0.5), 1)
    found = bootstrap(lambda weights: compute("roc_auc", one, weights), list("abcd"))
    assert found == Interval(None)
    assert str(found) == "not defined"


def test_bounds_are_left_out_where_most_draws_lack_a_class() -> None:
    truth = np.array([1, 0, 0, 0])
    one = Classified(truth, truth, np.eye(2)[truth], 1)
    # The positive sample is of the one group; the other group alone has no positive.
    found = bootstrap(lambda weights: compute("recall", one, weights), ["a", "b", "b", "b"])
    assert found.value == 1.0
    assert (found.low, found.high) == (0.0, 1.0)
    rare = bootstrap(
        lambda w: np.where(w[:, 0] > 1, w[:, 0], np.nan) if len(w) > 1 else w[:, 0], list("abcd")
    )
    assert rare == Interval(1.0)


@pytest.mark.parametrize(("right", "bounds"), [(1.0, (0.9, 1.0)), (0.0, (0.0, 0.1))])
def test_what_was_never_seen_in_30_groups_may_still_happen_in_one_of_ten(
    right: float, bounds: tuple[float, float]
) -> None:
    found = bootstrap(lambda weights: np.full(len(weights), right), [str(number) for number in range(30)])
    assert (found.low, found.high) == pytest.approx(bounds)


@pytest.mark.parametrize(
    ("interval", "said"),
    [
        (Interval(0.953, 0.92, 0.981), "0.953 [0.920, 0.981]"),
        (Interval(0.034, 0.02, 0.05), "0.034 [0.020, 0.050]"),
        (Interval(0.0034, 0.001, 0.0091), "0.00340 [0.00100, 0.00910]"),
        (Interval(-0.003, -0.02, 0.01), "-0.003 [-0.020, 0.010]"),
        (Interval(123.456, 100.0, 140.0), "123.46 [100.00, 140.00]"),
        (Interval(1234567.8), "1234568"),
        (Interval(0.0), "0.000"),
        (Interval(1e-15), "0.000"),
        (Interval(None), "not defined"),
    ],
)
def test_small_and_large_numbers_have_digits_that_tell_them_apart(interval: Interval, said: str) -> None:
    assert str(interval) == said
