"""Comparison: a paired bootstrap that finds what is there and is seldom wrong about what is not."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from mmml.judge.comparison import paired
from mmml.judge.interval import bootstrap
from mmml.judge.metrics import Classified, compute


def share(right: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    return lambda weights: weights @ right / weights.sum(axis=1)


def each(n: int) -> list[str]:
    return [str(i) for i in range(n)]


def test_the_difference_agrees_with_the_paired_t_test() -> None:
    rng = np.random.default_rng(0)
    hard = rng.normal(size=400)
    a, b = hard + rng.normal(0.04, 0.3, 400), hard + rng.normal(0, 0.3, 400)
    found = paired(share(a), share(b), each(400))
    reference = stats.ttest_rel(a, b)
    bounds = reference.confidence_interval()
    assert found.difference.value == pytest.approx(a.mean() - b.mean())
    assert [found.difference.low, found.difference.high] == pytest.approx(
        [bounds.low, bounds.high], abs=0.005
    )
    assert found.p == pytest.approx(reference.pvalue, abs=0.02)


def test_it_agrees_with_scipys_paired_bootstrap() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.random(80), rng.random(80) ** 1.3
    found = paired(share(a), share(b), each(80))
    reference = stats.bootstrap(
        (a, b), lambda x, y: x.mean() - y.mean(), paired=True, vectorized=False,
        n_resamples=2000, method="percentile", rng=np.random.default_rng(0),
    ).confidence_interval  # fmt: skip
    assert [found.difference.low, found.difference.high] == pytest.approx([*reference], abs=0.01)


def test_what_is_hard_for_both_falls_out() -> None:
    rng = np.random.default_rng(2)
    hard = rng.normal(0, 5, 200)
    a, b = hard + rng.normal(0.2, 0.5, 200), hard + rng.normal(0, 0.5, 200)
    alone = bootstrap(share(a), each(200))
    found = paired(share(a), share(b), each(200))
    assert alone.low is not None and alone.high is not None and alone.high - alone.low > 1
    assert found.beyond_chance


def test_twins_do_not_count_twice() -> None:
    rng = np.random.default_rng(3)
    a, b = (np.repeat(rng.random(25) < chance, 8).astype(float) for chance in (0.75, 0.6))
    scenes = [str(i) for i in np.repeat(np.arange(25), 8)]
    over_groups, over_samples = paired(share(a), share(b), scenes), paired(share(a), share(b), each(200))
    assert over_groups.difference.value == over_samples.difference.value
    (wide, narrow) = (one.difference for one in (over_groups, over_samples))
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)  # type: ignore[operator]  # bounds are there


def test_the_same_predictions_do_not_differ() -> None:
    right = np.random.default_rng(0).integers(0, 2, 30).astype(float)
    found = paired(share(right), share(right.copy()), each(30))
    assert (found.difference.value, found.difference.low, found.difference.high) == (0, 0, 0)
    assert found.p == 1
    assert not found.beyond_chance


def test_turning_the_two_round_turns_the_difference_round() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.random(60), rng.random(60)
    one, other = paired(share(a), share(b), each(60), 7), paired(share(b), share(a), each(60), 7)
    assert one.difference.value == pytest.approx(-other.difference.value)  # type: ignore[operator]  # it is there
    assert one.difference.low == pytest.approx(-other.difference.high)  # type: ignore[operator]  # it is there
    assert one.p == other.p
    assert one == paired(share(a), share(b), each(60), 7) != paired(share(a), share(b), each(60), 8)


def test_the_interval_and_the_p_value_never_contradict_each_other() -> None:
    for seed in range(60):
        rng = np.random.default_rng(seed)
        a, b = (rng.random(40) < 0.85).astype(float), (rng.random(40) < 0.65).astype(float)
        found = paired(share(a), share(b), each(40), seed)
        low, high, p = found.difference.low, found.difference.high, found.p
        assert low is not None and high is not None and p is not None
        if p < 0.045:
            assert not low <= 0 <= high
        if p > 0.055:
            assert low <= 0 <= high


def test_models_that_are_equally_good_are_rarely_told_apart() -> None:
    """Under the null about one in twenty falls below 5 %, and the interval covers zero in the others."""
    told_apart = covered = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        hard = rng.random(60)
        a, b = ((hard + rng.normal(0, 0.2, 60) < 0.8).astype(float) for _ in range(2))
        found = paired(share(a), share(b), each(60), seed)
        told_apart += found.beyond_chance
        low, high = found.difference.low, found.difference.high
        assert low is not None and high is not None
        covered += low <= 0 <= high
    assert told_apart <= 20
    assert covered >= 180


def test_the_interval_covers_a_difference_that_is_there() -> None:
    covered = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        right = rng.random(80) < 0.9
        # The other model gets one in five of these wrong: 0.9 against 0.72.
        spoilt = right & (rng.random(80) > 0.2)
        found = paired(share(right.astype(float)), share(spoilt.astype(float)), each(80), seed)
        low, high = found.difference.low, found.difference.high
        assert low is not None and high is not None
        covered += low <= 0.18 <= high
    assert covered >= 180


def test_resamples_without_a_class_are_left_out() -> None:
    truth = np.array([1, 1, 0, 0, 0, 0, 0, 0])
    rng = np.random.default_rng(0)
    chances = [rng.random(8) for _ in range(2)]
    a, b = (Classified(truth, (c > 0.5).astype(int), np.stack([1 - c, c], axis=1), 1) for c in chances)
    found = paired(
        lambda weights: compute("roc_auc", a, weights),
        lambda weights: compute("roc_auc", b, weights),
        each(8),
    )
    assert found.p is not None and 0 < found.p <= 1
    assert found.difference.low is not None and np.isfinite(found.difference.low)


def test_what_is_not_defined_has_no_p_value() -> None:
    truth = np.zeros(6, dtype=int)
    one = Classified(truth, truth, np.full((6, 2), 0.5), 1)
    found = paired(*[lambda weights: compute("recall", one, weights)] * 2, each(6))
    assert (found.a, found.difference.value, found.p) == (None, None, None)
    right = np.array([1.0, 0.0])
    single = paired(share(right), share(1 - right), ["same", "same"])
    assert (single.difference.value, single.difference.low, single.p) == (0, None, None)
