"""Regression: numbers from labels, balanced by quantile, said as the model says them."""

from collections import Counter
from typing import Any

import msgspec
import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.cluster import KMeans
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import IsolationForest, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from mmml.dataset.split import folds, split
from mmml.engine.fit import fit, out_of_fold, predict_out_of_fold
from mmml.errors import MmmlError, UsageError
from mmml.estimator.formula import Formula
from mmml.estimator.rule import Rule
from mmml.judge.calibration import Calibration
from mmml.judge.threshold import Wish
from mmml.task.base import task_named
from mmml.task.classification import Classification
from mmml.task.decision import Decision
from mmml.task.prediction import NumberPrediction
from mmml.task.regression import Regression

TASK = Regression(unit="s")


def labels(n: int = 100, seed: int = 0) -> list[str]:
    return [f"{x:.4f}" for x in np.random.default_rng(seed).lognormal(size=n)]


def alone(names: list[str]) -> list[str]:
    return [str(i) for i in range(len(names))]


@pytest.mark.parametrize("bad", ["blurred", "", "nan", "inf", "-Infinity", "0,5", "1e999", "3 s"])
def test_a_label_that_is_no_number_is_named(bad: str) -> None:
    for ask in (TASK.check, TASK.strata, TASK.targets, lambda names: TASK.truth(names, Decision(()))):
        with pytest.raises(MmmlError, match=f"the label '{bad}' is no number") as caught:
            ask(["0.5", bad, "2"])
        assert "task=classification" in str(caught.value.hint)


def test_labels_that_nothing_can_be_learned_from_are_refused() -> None:
    with pytest.raises(MmmlError, match=r"all 3 samples have the number 0\.5"):
        TASK.check(["0.5", "0.50", "5e-1"])
    with pytest.raises(MmmlError, match="no samples"):
        TASK.check([])
    TASK.check(["0.5", "0.50", "-1"])


def test_the_same_number_is_the_same_truth_however_it_is_written() -> None:
    assert TASK.truth(["0.5", "0.50", "5e-1", "2", "1e3"], Decision(())) == [
        "0.5", "0.5", "0.5", "2.0", "1000.0",
    ]  # fmt: skip
    assert TASK.targets(["0.50", "2"]).tolist() == [0.5, 2.0]


def test_split_and_folds_keep_small_and_large_numbers_on_every_side() -> None:
    names = labels()
    numbers = np.array(names, dtype=float)
    strata = TASK.strata(names, alone(names))
    assert sorted(Counter(strata).values()) == [20] * 5
    test = split(strata, alone(names), [None] * 100, 0.2, seed=0)
    held_out = [rows for _, rows in folds(strata, alone(names), 5, seed=0)]
    for rows in (np.flatnonzero(test), *held_out):
        assert Counter(np.array(strata)[rows]) == dict.fromkeys(set(strata), 4)
        assert np.median(numbers[rows]) == pytest.approx(np.median(numbers), rel=0.35)


def test_strata_are_fewer_where_there_are_few_groups() -> None:
    names = labels(30)
    assert len(set(TASK.strata(names, alone(names)))) == 5
    assert len(set(TASK.strata(names[:12], alone(names[:12])))) == 2
    assert set(TASK.strata(names[:6], alone(names[:6]))) == {"all"}
    assert set(TASK.strata(names, [f"room {i % 7}" for i in range(30)])) == {"all"}
    assert set(Regression(bins=1).strata(names, alone(names))) == {"all"}
    assert len(set(Regression(folds=2, test_size=0.5).strata(names[:6], alone(names[:6])))) == 3


def test_every_stratum_has_two_groups_however_numbers_and_groups_hang_together() -> None:
    """Ten shots of one room have about the same number: no room may be a stratum by itself."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        rooms = rng.integers(0, rng.integers(5, 30), 120)
        numbers = rng.lognormal(size=30)[rooms] + rng.normal(0, 0.01, 120)
        groups = [f"room {i}" for i in rooms]
        strata = TASK.strata([repr(x) for x in numbers.tolist()], groups)
        for name in set(strata):
            assert len({group for group, other in zip(groups, strata, strict=True) if other == name}) > 1
        test = split(strata, groups, [None] * 120, 0.2, seed, whole=TASK.needs_all_strata)
        kept = [name for name, out in zip(strata, test, strict=True) if not out]
        rest = [group for group, out in zip(groups, test, strict=True) if not out]
        if len(set(rest)) >= 5:
            assert len(folds(kept, rest, 5, seed, whole=TASK.needs_all_strata)) == 5


def test_a_prescribed_test_split_need_not_hold_every_range() -> None:
    names = [str(i) for i in range(40)]
    prescribed = ["test" if 10 <= i < 18 else "train" for i in range(40)]
    strata = TASK.strata(names, alone(names))
    test = split(strata, alone(names), prescribed, 0.2, 0, whole=TASK.needs_all_strata)
    assert np.flatnonzero(test).tolist() == list(range(10, 18))
    with pytest.raises(MmmlError, match="would have no sample"):
        split(strata, alone(names), ["train"] * 40, 0.2, 0, whole=False)


def test_samples_are_counted_by_range_the_smallest_first() -> None:
    names = [str(x) for x in (*range(2, 20, 2), 100, 150, 200)]
    assert list(TASK.counted(names).items()) == [
        ("2 to 6", 2), ("6 to 10", 2), ("10 to 16", 3), ("16 to 100", 2), ("100 to 200", 3),
    ]  # fmt: skip
    assert sum(TASK.counted(names).values()) == 12
    assert set(TASK.kinds(names)) == set(TASK.counted(names))
    assert TASK.counted(["2", "1.0", "2"]) == {"1": 1, "2": 2}
    # A dataset that is only looked over is shown as it is, whatever is wrong with it.
    assert TASK.counted(["sharp", "0.5", "sharp"]) == {"0.5": 1, "sharp": 2}
    assert TASK.kinds([]) == []


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        Pipeline([("scale", StandardScaler()), ("clf", LogisticRegression())]),
        GridSearchCV(LogisticRegression(), {"C": [1]}),
        Rule("u < 3", "bad", "good", feature_names=["u"]),
        IsolationForest(),
        KMeans(),
        StandardScaler(),
    ],
    ids=lambda one: type(one).__name__,
)
def test_what_is_no_regressor_is_refused_before_any_work(estimator: Any) -> None:
    with pytest.raises(UsageError, match="which regression cannot use") as caught:
        TASK.check_estimator(estimator)
    assert "estimator=ridge" in str(caught.value.hint)


class Own:
    """An estimator of somebody who knows scikit-learn by hearsay."""

    def fit(self, features: Any, targets: Any) -> "Own":
        return self

    def predict(self, features: Any) -> Any:
        return np.zeros((len(features), 1))


class Mixed(RegressorMixin):  # type: ignore[misc]  # scikit-learn is not typed
    """Forgets the base that answers for tags."""

    def predict(self, features: Any) -> Any:
        return np.zeros(len(features))


@pytest.mark.parametrize(
    "estimator",
    [
        Ridge(),
        make_pipeline(StandardScaler(), RandomForestRegressor()),
        TransformedTargetRegressor(Ridge()),
        GridSearchCV(Ridge(), {"alpha": [1]}),
        Formula("u", feature_names=["u"]),
        Own(),
        Mixed(),
    ],
    ids=lambda one: type(one).__name__,
)
def test_regressors_are_taken_here_and_refused_where_classes_are_said(estimator: Any) -> None:
    TASK.check_estimator(estimator)
    with pytest.raises(UsageError, match=r"regressor, which classification cannot use|has neither"):
        Classification().check_estimator(estimator)


def test_numbers_are_said_as_the_model_says_them() -> None:
    names = labels(60)
    columns = np.array(names, dtype=float)[:, None] * [2.0, -1.0]
    columns[3] = np.nan
    one = Formula("u / 2 + 1", feature_names=["u", "v"])
    raw = TASK.score(fit(TASK, one, columns, names), columns, ())
    decision = TASK.decision(raw, names)
    assert decision == Decision((), unit="s")
    said = TASK.predict(raw, decision)
    expected = np.array(names, dtype=float) + 1
    expected[3] = np.nan
    assert said.values == pytest.approx(expected, nan_ok=True)
    assert said.known.tolist() == [i != 3 for i in range(60)]
    assert said.fields(0, decision) == {"value": pytest.approx(expected[0]), "unit": "s"}
    assert said.chances(0, decision) == {}
    kept = said.rows(said.known)
    judged = TASK.judge(kept, names[:3] + names[4:], alone(names[1:]), decision)
    assert list(judged) == ["mae", "rmse", "mape", "r2", "bias"]
    assert (judged["mae"].value, judged["bias"].value) == (pytest.approx(1), pytest.approx(1))
    assert TASK.confusion(kept, names[1:], decision) == {}


def test_out_of_fold_numbers_stand_in_their_own_rows() -> None:
    names = labels(80)
    columns = np.array(names, dtype=float)[:, None]
    parts = folds(TASK.strata(names), alone(names), 4, 1)
    raw = out_of_fold(TASK, Ridge(alpha=1e-9), columns, names, parts)
    assert raw == pytest.approx(columns[:, 0])
    said = predict_out_of_fold(TASK, Ridge(), raw, names, parts)
    assert isinstance(said, NumberPrediction)
    assert said.values.tolist() == raw.tolist()


class Says(BaseEstimator):
    """Says what it is told to, whatever it is asked."""

    def __init__(self, what: Any) -> None:
        self.what = what

    def predict(self, features: Any) -> Any:
        return self.what


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (["sharp", "blurred"], "predicts no numbers"),
        ([1.0, np.inf], "predicts infinity"),
        ([1.0, 2.0, 3.0], "predicts 3 numbers for 2 samples"),
        ([[1.0, 2.0], [3.0, 4.0]], "predicts 4 numbers for 2 samples"),
    ],
)
def test_an_estimator_that_says_something_else_is_told(what: Any, message: str) -> None:
    with pytest.raises(MmmlError, match=message):
        TASK.raw(Says(what), np.zeros((2, 1)), ())
    assert TASK.raw(Says([[1], [2]]), np.zeros((2, 1)), ()).tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"metric": "f1"}, "no metric f1 of regression"),
        ({"metric": "bias"}, "bias alone says nothing"),
        ({"folds": 1}, "task.folds is 1"),
        ({"test_size": 0.7}, "task.test_size"),
        ({"bins": 0}, "task.bins is 0"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_once(words: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Regression(**words)


def test_it_comes_back_from_its_name_and_parameters() -> None:
    task = Regression("s", "r2", 3, 0.3, 4)
    assert task_named("regression", task.get_params()) == task
    assert task.less_is_better("mae")
    assert not task.less_is_better("r2")
    for name in ("classes", "prediction", "scores"):
        with pytest.raises(MmmlError, match="there is no task"):
            task_named(name, {})


def test_a_decision_of_another_task_is_refused() -> None:
    between = Decision(("a", "b"), "b", Calibration(1.0, 0.0), 0.5)
    with pytest.raises(MmmlError, match="names 2 classes"):
        TASK.check_decision(between)
    with pytest.raises(MmmlError, match="the bundle names none"):
        Classification().check_decision(Decision(()))
    TASK.check_decision(Decision((), unit="s"))
    Classification().check_decision(between)
    with pytest.raises(UsageError, match="regression knows no threshold"):
        TASK.chosen(Wish(recall=0.9), Decision(()), np.ones(2), ["1", "2"])


@pytest.mark.parametrize(
    "decision",
    [
        {"classes": ["a"]},
        {"classes": [], "threshold": 0.5},
        {"classes": [], "positive": "a"},
        {"classes": [], "calibration": {"slope": 1.0, "intercept": 0.0}},
        {"classes": ["a", "b", "c"], "unit": "s"},
        {"classes": [], "unit": 3},
    ],
)
def test_a_decision_about_a_number_has_a_unit_and_nothing_else(decision: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(decision, Decision)


def test_a_decision_without_a_unit_comes_back_too() -> None:
    assert msgspec.convert({"classes": []}, Decision) == Decision(())
    assert (Decision(()).width, Decision(()).raw_width) == (1, 1)
    assert Decision(("a", "b", "c")).raw_width == 3


def test_what_a_bundle_keeps_of_numbers_is_read_back_or_refused() -> None:
    said = NumberPrediction(np.array([0.5, np.nan]))
    again = NumberPrediction.read(said.written(), Decision(()))
    assert again.values == pytest.approx(said.values, nan_ok=True)
    assert said.alike(NumberPrediction(np.array([0.5 + 1e-15, np.nan]))).tolist() == [True, False]
    for broken in ([float("inf")], [[1.0]], ["a"], [[1.0], [2.0, 3.0]]):
        with pytest.raises(ValueError):
            NumberPrediction.read({"value": broken}, Decision(()))
