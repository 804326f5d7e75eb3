"""Tuning inside a training: on the training split alone, for rules and transformers, into the bundle."""

import csv
import json
import logging
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import yaml

import mmml
from mmml.bundle.read import read_bundle
from mmml.bundle.verify import verify
from mmml.engine.train import Result
from mmml.errors import UsageError
from mmml.tuner.study import STUDY, Study

TUNED = ["tuner=optuna", "tuner.n_trials=6", "tuner.sampler=random", "tuner.pruner=none"]


def study_of(result: Result) -> Study:
    return msgspec.json.decode((result.bundle / STUDY).read_bytes(), type=Study)


def test_the_bundle_holds_what_was_chosen_what_was_tried_and_what_mattered(tiny: list[str]) -> None:
    space = (
        "tuner.space={estimator.clf.C: {suggest: float, low: 1e-2, high: 10, log: true}, "
        "transformer.gradients.long_side: {suggest: int, low: 64, high: 256, step: 64}}"
    )
    result = mmml.train(["+experiment=blur_gradients", *tiny, *TUNED, space])
    study = study_of(result)
    assert len(study.trials) == 6
    assert result.manifest.tuned == study.values
    assert set(study.importances) == set(study.values)
    best = max(study.trials, key=lambda one: one.scores[0])
    assert best.scores == next(one.scores for one in study.trials if one.number == study.chosen)
    bundle = read_bundle(result.bundle)
    side = study.values["transformer.gradients.long_side"]
    assert bundle.features.get_params()["parts"]["gradients"].long_side == side
    assert study.values["estimator.clf.C"] == bundle.estimator.named_steps["clf"].C
    config = yaml.safe_load((result.bundle / "experiment.yaml").read_bytes())
    assert config["estimator"]["clf"]["C"] == study.values["estimator.clf.C"]
    assert verify(bundle)["measured"] > 0


def test_the_cut_of_a_rule_is_found_and_kept(tiny: list[str]) -> None:
    words = ["+experiment=blur_laplacian", *tiny, *TUNED, "tuner.n_trials=20"]
    results = [mmml.train([*words, f"tuner.study=run{number}"]) for number in (1, 2)]
    cuts = [yaml.safe_load((one.bundle / "rule.yaml").read_bytes())["parameters"]["cut"] for one in results]
    assert cuts[0] == cuts[1] == results[0].manifest.tuned["estimator.parameters.cut"]
    assert [one.values for one in study_of(results[0]).trials] == [
        one.values for one in study_of(results[1]).trials
    ]
    scores = {one.values["estimator.parameters.cut"]: one.scores[0] for one in study_of(results[0]).trials}
    # The score is that of the rule as it stands, so one that calls everything sharp is at chance.
    assert scores[cuts[0]] > 0.85 > min(scores.values())


def test_an_outlier_experiment_can_be_tuned(tiny: list[str]) -> None:
    result = mmml.train(
        ["+experiment=blur_outlier", *tiny, *TUNED, "tuner.n_trials=4", "tuner.metric=roc_auc"]
    )
    assert 1 <= result.manifest.tuned["estimator.clf.n_components"] <= 8


@pytest.fixture
def table(drawn: Path, tiny: list[str], elsewhere: Path) -> Callable[[bool], str]:
    """A table that prescribes its split; the samples of the test split may be told the wrong labels."""
    mmml.train(["+experiment=blur_laplacian", *tiny, "store.publish=none"])

    def written(lies: bool) -> str:
        path = elsewhere / f"lies_{lies}.csv"
        with path.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["path", "label", "split"])
            for label in ("blurred", "sharp"):
                for number, photo in enumerate(sorted((drawn / label).glob("*.jpg"))):
                    test = number % 4 == 0
                    other = {"blurred": "sharp", "sharp": "blurred"}[label]
                    rows.writerow([photo, other if lies and test else label, "test" if test else "train"])
        return str(path)

    return written


def test_the_test_split_is_never_seen(table: Callable[[bool], str], elsewhere: Path) -> None:
    words = ["+experiment=blur_gradients", "tracker=none", "dataset=table", "task.folds=3", *TUNED]
    honest, lied = (mmml.train([*words, f"dataset.path={table(lies)}"]) for lies in (False, True))
    assert (
        (honest.metrics["test"]["accuracy"].value or 0)
        > 0.8
        > 0.2
        > (lied.metrics["test"]["accuracy"].value or 1)
    )
    assert study_of(honest) == study_of(lied)
    assert honest.manifest.decision == lied.manifest.decision


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["tuner.space={}"], "tuner.space is empty"),
        (["tuner.space={estimator.clf.CC: {suggest: float, low: 1, high: 2}}"], "did you mean C?"),
        (["tuner.space={estimater.clf.C: {suggest: float, low: 1, high: 2}}"], "only values of estimator"),
        (["tuner.space={task.folds: {suggest: int, low: 2, high: 3}}"], "only values of estimator"),
        (["tuner.space={estimator.nothing.C: {suggest: float, low: 1, high: 2}}"], "estimator.clf.C"),
        (["tuner.space.estimator.clf.C.high=1e-9"], "is above high"),
        (["tuner.metric=f2"], "there is no metric f2"),
        (["tuner.samplr=tpe"], "did you mean sampler?"),
        (["estimator=boosting"], "tuner.space.estimator.clf.C: the config has no such value"),
    ],
)
def test_a_space_that_cannot_be_is_refused_before_any_work(
    words: list[str], said: str, tiny: list[str], elsewhere: Path
) -> None:
    with pytest.raises(UsageError) as refused:
        mmml.train(["+experiment=blur_gradients", *tiny, *TUNED, *words])
    assert said in f"{refused.value.message} {refused.value.hint}"
    assert not (elsewhere / "outputs" / "studies").exists()


def test_a_tuner_setting_without_a_tuner_is_told(tiny: list[str]) -> None:
    with pytest.raises(UsageError) as refused:
        mmml.train(["+experiment=blur_gradients", *tiny, "tuner.n_trials=5"])
    assert refused.value.hint == "add one: tuner=optuna"


# Trials that take about half a second each, so that one is under way when the process is hit.
SLOW = [
    *("train", "+experiment=blur_gradients", *TUNED, "tuner.n_trials=5", "tuner.study=s"),
    *("estimator=random_forest", "estimator.clf.n_estimators=100"),
    "tuner.space={estimator.clf.min_samples_leaf: {suggest: int, low: 1, high: 20}}",
]
COMMAND = [sys.executable, "-c", "import sys; from mmml.cli.main import main; main(sys.argv[1:])"]


def states(file: Path) -> dict[int, str]:
    if not file.is_file():
        return {}
    try:
        rows = sqlite3.connect(f"file:{file}?mode=ro", uri=True).execute("SELECT number, state FROM trials")
        return dict(rows.fetchall())
    except sqlite3.OperationalError:
        return {}  # its tables are being made


def is_under_way(file: Path) -> bool:
    """Tell whether a trial is complete, and another one being scored."""
    found = states(file)
    if "COMPLETE" not in found.values() or "RUNNING" not in found.values():
        return False
    alive = sqlite3.connect(f"file:{file}?mode=ro", uri=True).execute(
        "SELECT number FROM trials JOIN trial_user_attributes USING (trial_id) "
        "WHERE state = 'RUNNING' AND key = 'alive'"
    )
    return bool(alive.fetchall())


def hit(words: list[str], sent: signal.Signals, file: Path) -> subprocess.Popen[str]:
    """Start a search, and send it a signal when its second trial is under way."""
    running = subprocess.Popen(
        [*COMMAND, *SLOW, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 90
    while not is_under_way(file):
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < deadline, states(file)
        os.sched_yield()
    running.send_signal(sent)
    running.communicate(timeout=60)
    return running


def test_kill_9_loses_only_the_running_trial_which_is_tried_again(tiny: list[str], elsewhere: Path) -> None:
    file = elsewhere / "outputs" / "studies" / "s.sqlite"
    hit(tiny, signal.SIGKILL, file)
    left = states(file)
    assert "RUNNING" in left.values()
    assert not list(elsewhere.rglob("manifest.json"))
    ended = subprocess.run([*COMMAND, *SLOW, *tiny], capture_output=True, text=True, timeout=200)
    assert ended.returncode == 0, ended.stderr
    assert f"resuming the study s: {list(left.values()).count('COMPLETE')} of 5 trials" in ended.stderr
    found = states(file)
    lost = next(number for number, state in left.items() if state == "RUNNING")
    assert found.pop(lost) == "FAIL"
    assert list(found.values()) == ["COMPLETE"] * 5
    rows = sqlite3.connect(file).execute(
        "SELECT number, param_value FROM trials JOIN trial_params USING (trial_id)"
    )
    values = dict(rows.fetchall())
    assert values[lost] in [value for number, value in values.items() if number > lost]
    assert json.loads(ended.stdout)["version"] == 1


def test_ctrl_c_ends_a_search_that_goes_on_later(tiny: list[str], elsewhere: Path) -> None:
    file = elsewhere / "outputs" / "studies" / "s.sqlite"
    assert hit(["tuner.workers=2", *tiny], signal.SIGINT, file).returncode == 130
    again = subprocess.run(
        [*COMMAND, *SLOW, "tuner.workers=2", *tiny], capture_output=True, text=True, timeout=200
    )
    assert again.returncode == 0, again.stderr
    assert "resuming the study s" in again.stderr
    assert list(states(file).values()).count("COMPLETE") == 5


def test_two_workers_never_repeat_a_draw(tiny: list[str], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    for sampler in ("random", "qmc"):
        words = ["+experiment=blur_gradients", *tiny, *TUNED, f"tuner.sampler={sampler}"]
        alone = study_of(mmml.train([*words, f"tuner.study=alone-{sampler}"]))
        # Tracked, as the experiments that come along are.
        more = [f"tuner.study=two-{sampler}", "tuner.workers=2", "tracker=mlflow"]
        two = study_of(mmml.train([*[word for word in words if word != "tracker=none"], *more]))
        drawn = {one.number: one.values for one in alone.trials}
        assert {one.number: one.values for one in two.trials} == drawn
        assert two.values == alone.values


def test_other_code_is_another_search(tiny: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["+experiment=blur_gradients", *tiny, *TUNED, "tuner.n_trials=1"]
    before = study_of(mmml.train(words)).name
    monkeypatch.setattr("mmml.engine.tune.library_or_code", lambda kind: "as it was changed today")
    assert study_of(mmml.train(words)).name != before


# As on a full disk: no file may grow beyond so many bytes.
CRAMPED = [
    sys.executable,
    "-c",
    "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (BYTES, BYTES))\n",
]
CRAMPED[-1] += COMMAND[-1]


@pytest.mark.parametrize(("most", "said"), [(260_000, "cannot be used"), (40_000, "")])
def test_a_full_disk_is_told_and_leaves_nothing_half_written(
    most: int, said: str, tiny: list[str], elsewhere: Path
) -> None:
    command = [word.replace("BYTES", str(most)) for word in CRAMPED]
    words = ["train", "+experiment=blur_gradients", *tiny, *TUNED, "tuner.n_trials=400", "cache.path=null"]
    words = words if said else ["train", "+experiment=blur_gradients", *tiny, "cache.path=null"]
    ended = subprocess.run([*command, *words], capture_output=True, text=True, timeout=200)
    assert ended.returncode == 1, ended.stderr
    told = json.loads(ended.stdout)
    assert said in told["error"]
    assert "Traceback" not in ended.stderr
    assert not list(elsewhere.rglob("manifest.json"))
    assert not list(elsewhere.rglob("*bundle*"))
