"""Searches: seeded, counted, continued, and never mixed up; on a real SQLite file."""

import logging
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import optuna
import pytest

from mmml.errors import MmmlError, UsageError
from mmml.tuner.base import Report, Scores
from mmml.tuner.optuna import OptunaTuner
from mmml.tuner.search import Search
from mmml.tuner.storage import explained

from .conftest import Ask, Hill

Made = Callable[..., OptunaTuner]


@pytest.mark.parametrize("sampler", ["tpe", "cmaes", "random", "qmc"])
def test_a_search_that_was_stopped_ends_as_one_that_was_not(
    sampler: str, tuner: Made, ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    whole = tuner(sampler=sampler, study="whole").search(ask(Hill()))
    tuner(sampler=sampler, study="parts", n_trials=5).search(ask(Hill()))
    assert "resuming" not in caplog.text
    rest = Hill()
    parts = tuner(sampler=sampler, study="parts").search(ask(rest))
    assert "resuming the study parts: 5 of 12 trials are there" in caplog.text
    assert len(rest.asked) == 7
    assert [one.values for one in parts.trials] == [one.values for one in whole.trials]
    assert parts.values == whole.values
    assert len({str(one.values) for one in whole.trials}) == 12


def test_other_seeds_draw_other_values(tuner: Made, ask: Ask) -> None:
    drawn = [tuner(sampler="random", study=f"s{seed}").search(ask(Hill(), seed=seed)) for seed in (1, 2)]
    assert drawn[0].trials[1].values != drawn[1].trials[1].values


def test_the_config_as_it_stands_is_tried_first_where_it_lies_in_the_space(tuner: Made, ask: Ask) -> None:
    study = tuner().search(ask(Hill()))
    assert study.trials[0].values == {"estimator.clf.C": 1.0, "estimator.clf.depth": 5}
    outside = tuner(study="o").search(
        ask(Hill(), current={"estimator.clf.C": 1e9, "estimator.clf.depth": 99})
    )
    assert outside.trials[0].values["estimator.clf.C"] <= 1e3


def test_two_that_begin_one_search_at_once_try_the_config_as_it_stands_once(
    tuner: Made, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    hill = Hill()
    at_once = [tuner(study="s", sampler="random")._search(ask(hill)) for _ in range(2)]
    both_have_looked, look = threading.Barrier(2, timeout=60), optuna.Study.get_trials

    def look_together(study: optuna.Study, **how: Any) -> list[optuna.trial.FrozenTrial]:
        found = look(study, **how)
        both_have_looked.wait()
        return found

    with explained(at_once[0].url, "s"):
        assert [one.waits() for one in at_once] == [False, False]  # and the study is made
        monkeypatch.setattr(optuna.Study, "get_trials", look_together)
        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(Search.open, at_once)) == [0, 0]
        monkeypatch.undo()
        for one in at_once:
            one.run(timeout=None)
            one.close()
    assert hill.asked[0] == {"estimator.clf.C": 1.0, "estimator.clf.depth": 5}
    assert len({str(values) for values in hill.asked}) == len(hill.asked) == 12


def test_trials_that_others_wrote_into_a_study_are_not_taken(tuner: Made, ask: Ask, tmp_path: Path) -> None:
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    alone = {"study": "s", "pruner": "none"}
    tuner(**alone, n_trials=3).search(ask(Hill()))
    theirs = optuna.load_study(study_name="s", storage=f"sqlite:///{tmp_path}/studies/s.sqlite")
    code = "${oc.create:{_target_:os.getcwd}}"
    for params, space, value in (
        ({"estimator.scale": code}, {"estimator.scale": CategoricalDistribution([code])}, 9.0),
        ({"estimator.clf.C": 1e9}, {"estimator.clf.C": FloatDistribution(1e-9, 1e10, log=True)}, 9.0),
        (
            {"estimator.clf.C": 1.0},
            {"estimator.clf.C": FloatDistribution(1e-9, 1e10, log=True)},
            float("inf"),
        ),
    ):
        trial = optuna.trial.create_trial(params=params, distributions=space, value=value)
        theirs.add_trial(trial)
    study = tuner(**alone, n_trials=6).search(ask(Hill()))
    assert len(study.trials) == 6
    assert all(one.scores[0] < 1 for one in study.trials)
    assert code not in str(study.values)


@pytest.mark.parametrize("sampler", ["tpe", "cmaes"])
def test_samplers_that_learn_come_nearer_than_chance(sampler: str, tuner: Made, ask: Ask) -> None:
    best = {
        one: tuner(sampler=one, n_trials=40, pruner="none").search(ask(Hill(), name=one))
        for one in (sampler, "random")
    }
    height = {one: max(trial.scores[0] for trial in study.trials) for one, study in best.items()}
    assert height[sampler] > height["random"]


def test_no_study_keeps_a_pickle(tuner: Made, ask: Ask, tmp_path: Path) -> None:
    tuner(sampler="cmaes", n_trials=20).search(ask(Hill()))
    (file,) = (tmp_path / "studies").iterdir()
    kept = sqlite3.connect(file).execute("SELECT key FROM trial_system_attributes").fetchall()
    assert not [key for (key,) in kept if "cma" in key or "optimizer" in key]


def test_a_grid_ends_when_all_of_it_was_walked(tuner: Made, ask: Ask) -> None:
    space = {
        "estimator.clf.C": {"suggest": "categorical", "choices": [1.0, 10.0]},
        "estimator.clf.depth": {"suggest": "int", "low": 3, "high": 5},
    }
    study = tuner(space=space, sampler="grid", pruner="none", n_trials=100).search(ask(Hill()))
    assert len({str(one.values) for one in study.trials}) == len(study.trials) == 6
    assert study.values == {"estimator.clf.C": 10.0, "estimator.clf.depth": 4}


def test_trials_that_are_worse_on_every_fold_are_given_up(tuner: Made, ask: Ask) -> None:
    study = tuner(pruner="median", n_trials=30).search(ask(Hill()))
    pruned = [one for one in study.trials if one.state == "pruned"]
    assert pruned
    assert all(len(one.folds) < 3 or one.scores[0] < study.trials[0].scores[0] for one in pruned)
    assert study.chosen not in {one.number for one in pruned}
    assert len(study.trials) == 30


def test_two_metrics_give_a_front_and_a_stated_choice(tuner: Made, ask: Ask) -> None:
    study = tuner(metric=["recall", "precision"], n_trials=30).search(ask(Hill(metrics=2)))
    assert [len(one.scores) for one in study.trials] == [2] * 30
    assert "no other beats in both" in study.choice
    best = next(one for one in study.trials if one.number == study.chosen)
    beaten = [one for one in study.trials if all(a > b for a, b in zip(one.scores, best.scores, strict=True))]
    assert not beaten


def test_patience_ends_a_search(tuner: Made, ask: Ask) -> None:
    study = tuner(patience=3, n_trials=1000, sampler="random").search(ask(Hill()))
    assert 4 <= len(study.trials) < 100
    last = study.trials[-1].number
    assert last - study.chosen >= 3


def test_time_ends_a_search_and_what_was_found_is_kept(tuner: Made, ask: Ask) -> None:
    study = tuner(timeout=1, n_trials=100_000, sampler="random").search(ask(Hill()))
    assert 1 <= len(study.trials) < 10_000


def test_ctrl_c_puts_back_the_trial_that_was_under_way(tuner: Made, ask: Ask) -> None:
    stopped = Hill()
    stopped.interrupt_at = 4
    with pytest.raises(KeyboardInterrupt):
        tuner(study="s").search(ask(stopped))
    again = Hill()
    study = tuner(study="s").search(ask(again))
    assert again.asked[0] == stopped.asked[3]
    assert len(study.trials) == 12
    assert 3 not in {one.number for one in study.trials}


def test_a_trial_whose_process_died_before_its_first_heartbeat_is_tried_again(
    tuner: Made, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tuner(study="s", n_trials=3).search(ask(Hill()))
    lost = optuna.load_study(study_name="s", storage=f"sqlite:///{tmp_path}/studies/s.sqlite").ask()
    monkeypatch.setattr("mmml.tuner.search.SILENCE", 0.5)
    study = tuner(study="s", n_trials=6).search(ask(Hill()))
    assert len(study.trials) == 6
    assert lost.number not in {one.number for one in study.trials}


CURRENT = {"estimator.clf.C": 1.0, "estimator.clf.depth": 5}


@pytest.mark.parametrize("known", [{}, {"estimator.clf.C": 1.0}])
def test_a_first_trial_whose_process_died_is_still_the_config_as_it_stands(
    known: dict[str, Any], tuner: Made, ask: Ask, tmp_path: Path
) -> None:
    tuner(study="s", n_trials=1).search(ask(Hill()))
    theirs = optuna.load_study(study_name="s", storage=f"sqlite:///{tmp_path}/studies/s.sqlite")
    spaces = {"estimator.clf.C": optuna.distributions.FloatDistribution(1e-3, 1e3, log=True)}
    # As Optuna puts back a trial whose heart no longer beats.
    again = optuna.trial.create_trial(
        state=optuna.trial.TrialState.WAITING,
        params=known,
        distributions={name: spaces[name] for name in known},
        system_attrs={"failed_trial": 0, "retry_history": [0]},
    )
    theirs.add_trial(again)
    study = tuner(study="s", n_trials=2).search(ask(Hill()))
    assert [one.values for one in study.trials] == [CURRENT, CURRENT]


def test_a_first_trial_whose_process_died_at_once_is_too(
    tuner: Made, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mmml.tuner.search.SILENCE", 0.5)
    search = tuner(study="s")._search(ask(Hill()))
    with explained(search.url, "s"):
        assert search.open() == 0
        with pytest.warns(UserWarning, match="Heartbeat"):  # of which there is none yet
            search._study.ask()
        search.close()
    study = tuner(study="s", n_trials=4).search(ask(Hill()))
    assert len(study.trials) == 4
    assert CURRENT in [one.values for one in study.trials]


class Broken(Hill):
    """Cannot be fitted where depth is odd."""

    def __call__(self, values: dict[str, int], report: Report) -> Scores:  # type: ignore[override]
        if values["estimator.clf.depth"] % 2:
            raise MmmlError("odd depths cannot be fitted")
        return super().__call__(values, report)


def test_values_that_cannot_be_fitted_cost_their_trial_and_no_more(tuner: Made, ask: Ask) -> None:
    study = tuner(sampler="random").search(ask(Broken()))
    assert 0 < len(study.trials) < 12
    assert all(one.values["estimator.clf.depth"] % 2 == 0 for one in study.trials)


def test_where_every_trial_fails_the_first_reason_is_told(tuner: Made, ask: Ask) -> None:
    space = {**tuner().space, "estimator.clf.depth": {"suggest": "categorical", "choices": [1, 3]}}
    with pytest.raises(MmmlError, match="came to an end: odd depths cannot be fitted"):
        tuner(space=space).search(ask(Broken()))


def test_unlike_searches_get_unlike_studies(tuner: Made, ask: Ask) -> None:
    names = {tuner(n_trials=1).search(ask(Hill(), identity=identity)).name for identity in (
        {"data": "d", "folds": "f", "config": "c"}, {"data": "e", "folds": "f", "config": "c"},
        {"data": "d", "folds": "g", "config": "c"}, {"data": "d", "folds": "f", "config": "b"},
    )}  # fmt: skip
    names.add(tuner(sampler="qmc", n_trials=1).search(ask(Hill())).name)
    names.add(tuner(metric="f1", n_trials=1).search(ask(Hill())).name)
    names.add(tuner(space={**tuner().space, "estimator.clf.x": {"suggest": "int", "low": 1, "high": 2}})
              .search(ask(Hill())).name)  # fmt: skip
    assert len(names) == 7
    assert all(name.startswith("hill-") for name in names)


def test_a_study_of_another_search_is_not_touched(tuner: Made, ask: Ask) -> None:
    tuner(study="mine").search(ask(Hill()))
    with pytest.raises(UsageError, match=r"is of another search: metric, data differ$"):
        tuner(study="mine", metric="f1").search(
            ask(Hill(), identity={"data": "e", "folds": "f", "config": "c"})
        )


def test_a_foreign_study_is_not_touched(tuner: Made, ask: Ask, tmp_path: Path) -> None:
    import optuna

    (tmp_path / "studies").mkdir()
    url = f"sqlite:///{tmp_path}/studies/theirs.sqlite"
    theirs = optuna.create_study(study_name="theirs", storage=url)
    theirs.add_trial(optuna.trial.create_trial(value=1.0))
    with pytest.raises(UsageError, match="was not made by mmml"):
        tuner(study="theirs").search(ask(Hill()))
    assert len(optuna.load_study(study_name="theirs", storage=url).trials) == 1


def test_a_file_that_is_no_study_is_named(tuner: Made, ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "s.sqlite").write_bytes(b"this is no database at all" * 100)
    with pytest.raises(MmmlError, match=r"s.sqlite cannot be used: the file is broken or no study"):
        tuner(study="s").search(ask(Hill()))


def test_a_locked_study_is_told(
    tuner: Made, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mmml.tuner.storage._PATIENCE", 0.2)
    tuner(study="s").search(ask(Hill()))
    holder = sqlite3.connect(tmp_path / "studies" / "s.sqlite", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(MmmlError, match="another program has locked it"):
        tuner(study="s", n_trials=20).search(ask(Hill()))
    holder.execute("ROLLBACK")
    assert len(tuner(study="s", n_trials=20).search(ask(Hill())).trials) == 20


def test_a_database_that_cannot_be_reached_is_told_without_its_password(tuner: Made, ask: Ask) -> None:
    address = "postgresql+psycopg://me:hidden@127.0.0.1:1/studies"
    with pytest.raises(MmmlError, match=r"me:\*\*\*@127.0.0.1:1/studies cannot be used") as told:
        tuner(storage=address).search(ask(Hill()))
    assert "hidden" not in f"{told.value.message} {told.value.hint}"
    with pytest.raises(UsageError, match="no address of a database"):
        tuner(storage="nosuch://host/name").search(ask(Hill()))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"n_trials": 0}, "tuner.n_trials is 0"),
        ({"n_trials": None}, "tuner.n_trials is None"),
        ({"workers": 1.5}, "give a whole number above 0"),
        ({"space": 5}, "tuner.space is 5"),
        ({"workers": -1}, "tuner.workers is -1"),
        ({"patience": 0}, "tuner.patience is 0"),
        ({"timeout": -1}, "tuner.timeout is -1"),
        ({"metric": []}, "tuner.metric"),
        ({"metric": ["f1", "f1"]}, "two different ones"),
        ({"metric": ["f1", "recall", "brier"]}, "tuner.metric"),
        ({"sampler": "tpee"}, "tuner.sampler is tpee"),
        ({"pruner": "wilcox"}, "tuner.pruner is wilcox"),
        ({"sampler": "grid"}, "cannot walk through all values of estimator.clf.C"),
        ({"sampler": "cmaes", "metric": ["f1", "recall"]}, "one metric only"),
        ({"study": "a/b"}, "tuner.study is a/b"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    tuner: Made, change: dict[str, object], said: str
) -> None:
    with pytest.raises(UsageError) as refused:
        tuner(**change)
    assert said in f"{refused.value.message} {refused.value.hint}"
