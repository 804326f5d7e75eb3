"""Calibration: from a raw score to a probability."""

import numpy as np
import pytest

from mmml.judge.calibration import ENOUGH, Calibration, platt


def test_it_recovers_the_relation_that_the_data_was_drawn_from() -> None:
    rng = np.random.default_rng(0)
    raw = rng.normal(300, 100, 20_000)
    chance = 1 / (1 + np.exp(-(0.02 * raw - 7)))
    found = platt(raw, rng.random(20_000) < chance)
    assert found.note is None
    assert found.slope == pytest.approx(0.02, rel=0.05)
    assert found.intercept == pytest.approx(-7, rel=0.05)
    assert found.probability(raw) == pytest.approx(chance, abs=0.02)


def test_too_little_data_leaves_the_order_and_says_so() -> None:
    raw = np.arange(60.0)
    few = platt(raw, np.arange(60) >= 60 - ENOUGH + 1)
    assert few.note is not None and f"only {ENOUGH - 1} samples" in few.note
    assert few.slope > 0
    assert platt(raw, np.arange(60) >= 60 - ENOUGH).note is None


@pytest.mark.parametrize("raw", [-np.arange(100.0), np.full(100, 7.0)], ids=["wrong way round", "all equal"])
def test_scores_that_do_not_rank_are_told(raw: np.ndarray) -> None:
    found = platt(raw, np.arange(100) >= 50)
    assert found.note is not None and "wrong way round" in found.note
    assert found.slope > 0


def test_a_perfect_separation_stays_finite() -> None:
    raw = np.concatenate([np.full(30, -1e6), np.full(30, 1e6)])
    found = platt(raw, raw > 0)
    assert np.isfinite([found.slope, found.intercept]).all()
    assert found.probability(raw)[[0, -1]] == pytest.approx([0, 1], abs=0.01)


def test_probabilities_rise_with_the_score_and_stay_between_0_and_1() -> None:
    calibration = Calibration(0.5, -3.0)
    scores = np.array([-1e300, -1e4, -3.0, 0.0, 5.9, 6.0, 6.1, 1e4, 1e300])
    said = calibration.probability(scores)
    assert (np.diff(said) >= 0).all()
    assert (said[0], said[-1]) == pytest.approx((0, 1))
    assert said[5] == 0.5
    assert np.isnan(calibration.probability(np.array([np.nan])))


@pytest.mark.parametrize("probability", [1e-6, 0.2, 0.5, 0.97])
def test_the_raw_score_of_a_probability_is_its_inverse(probability: float) -> None:
    calibration = Calibration(0.03, -4.0)
    assert calibration.probability(np.array([calibration.raw(probability)])) == pytest.approx(probability)
