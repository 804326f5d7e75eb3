"""``mmml train`` as a user types it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from mmml.cli.main import run

MMML = [sys.executable, "-c", "from mmml.cli.main import main; main()"]
Mmml = Callable[..., tuple[int, list[dict[str, Any]], str]]


def test_train_publishes_a_bundle_and_says_how_good_it_is(
    mmml: Mmml, tiny: list[str], elsewhere: Path
) -> None:
    code, rows, _ = mmml("train", "+experiment=blur_laplacian", *tiny)
    assert code == 0
    result = rows[0]
    assert (result["name"], result["version"]) == ("blur_laplacian", 1)
    assert (elsewhere / "outputs" / "models" / "blur_laplacian" / "1" / "manifest.json").is_file()
    assert Path(result["bundle"], "experiment.yaml").is_file()
    for split in ("validation", "test"):
        for name in ("accuracy", "balanced_accuracy", "f1", "precision", "recall", "roc_auc", "brier"):
            interval = result["metrics"][split][name]
            assert interval["low"] <= interval["value"] <= interval["high"]
    assert result["metrics"]["validation"]["roc_auc"]["value"] > 0.9
    assert mmml("train", "+experiment=blur_laplacian", *tiny)[1][0]["version"] == 2


def test_the_same_command_gives_the_same_bundle(mmml: Mmml, tiny: list[str]) -> None:
    bundles = [Path(mmml("train", "+experiment=blur_gradients", *tiny)[1][0]["bundle"]) for _ in range(2)]
    one, two = (json.loads((bundle / "manifest.json").read_text()) for bundle in bundles)
    for key in ("decision", "metrics", "features", "data", "transformers"):
        assert one[key] == two[key]
    assert (bundles[0] / "golden.json").read_text() == (bundles[1] / "golden.json").read_text()
    assert one["files"]["samples.parquet"] == two["files"]["samples.parquet"]


def test_the_rule_shows_the_cut_that_decides(mmml: Mmml, tiny: list[str]) -> None:
    result = mmml("train", "+experiment=blur_laplacian", *tiny)[1][0]
    rule = yaml.safe_load(Path(result["bundle"], "rule.yaml").read_bytes())
    cut = rule["parameters"]["cut"]
    assert cut != 100
    folder = Path(result["bundle"], "golden")
    _, rows, _ = mmml("predict", folder, "-m", result["bundle"], "--features")
    assert len({row["label"] for row in rows}) == 2
    for row in rows:
        assert (row["features"]["laplacian_var"] < cut) == (row["label"] == "blurred")
        assert (row["score"] >= row["threshold"]) == (row["label"] == "blurred")
    fixed = mmml("train", "+experiment=blur_laplacian", *tiny, "estimator.fit_cut=false")[1][0]
    assert yaml.safe_load(Path(fixed["bundle"], "rule.yaml").read_bytes())["parameters"] == {"cut": 100}


def test_train_alone_lists_the_experiments(mmml: Mmml) -> None:
    code, _, told = mmml("train")
    assert code == 2
    for name in ("blur_gradients", "blur_laplacian", "blur_fourier", "blur_outlier"):
        assert f"mmml train +experiment={name}" in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["+experiment=blur_gradient"], "did you mean blur_gradients?"),
        (["blur_gradients"], "did you mean +experiment=blur_gradients?"),
        (["+experiment=blur_gradients", "estimatr=svc"], "did you mean estimator?"),
        (["+experiment=blur_gradients", "estimator=svm"], "did you mean svc?"),
        (["+experiment=blur_gradients", "seeed=3"], "did you mean seed?"),
        (["+experiment=blur_gradients", "+seeed=3"], "did you mean seed?"),
        (["+experiment=blur_gradients", "seed=abc"], "could not be converted to Integer"),
        (["+experiment=blur_gradients", "transformer.gradients.kernl=5"], "did you mean kernel?"),
        (["+experiment=blur_gradients", "+transformer.gradients.kernl=5"], "did you mean kernel?"),
        (["+experiment=blur_gradients", "transformer.gradients.kernel=4"], "choose 1, 3, 5 or 7"),
        (["+experiment=blur_gradients", "+estimator.clf.CC=1"], "did you mean C?"),
        (["+experiment=blur_gradients", "task.metric=f2"], "there is no metric f2"),
        (["+experiment=blur_gradients", "task.folds=1"], "at least 2 are needed"),
        (["+experiment=blur_gradients", "store.publish=bst"], "did you mean best?"),
        (["+experiment=blur_gradients", "task.threshold={recal: 0.9}"], "did you mean recall?"),
        (["+experiment=blur_gradients", "task.threshold.recall=0.9"], "'task.threshold={recall: 0.95}'"),
        (["+experiment=blur_gradients", "task.threshold={recall: 1.2}"], "recall is 1.2"),
        (["+experiment=blur_outlier", "task.threshold={recall: 0.9}"], "task.false_alarms"),
        (
            ["+experiment=blur_laplacian", "task.threshold={recall: 0.9}", "estimator.fit_cut=false"],
            "estimator.fit_cut=true",
        ),
        (
            [
                *("+experiment=blur_laplacian", "tuner=optuna", "task.threshold={recall: 0.9}"),
                "tuner.space={estimator.parameters.cut: {suggest: float, low: 1, high: 900}}",
            ],
            "no search for it",
        ),
        (["+experiment=blur_outlier", "estimator=logistic"], "LogisticRegression has no score_samples"),
        (["+experiment=blur_gradients", "estimator.clf._target_=sklearn.svm.SVCC"], "did you mean SVC?"),
        (["+experiment=blur_gradients", "estimator.clf._target_=skleran.svm.SVC"], "cannot be imported"),
        (
            ["+experiment=blur_laplacian", 'estimator.when="laplacian_va < cut"'],
            "did you mean laplacian_var?",
        ),
        (["+experiment=blur_laplacian", 'estimator.when="__import__(1) < cut"'], "holds a Call"),
        (["+experiment=blur_laplacian", "estimator.when=a < b"], "needs quotes of its own"),
        (["+experiment=blur_gradients", "--multrun"], "did you mean --multirun?"),
        (["dataset=folder", "name=x"], "dataset.path is missing"),
        (["dataset=blur_drawn"], "name is missing"),
    ],
)
def test_mistakes_are_refused_before_any_work(
    mmml: Mmml, words: list[str], said: str, elsewhere: Path
) -> None:
    code, _, told = mmml("train", *words)
    assert code == 2
    assert said in told
    assert "Traceback" not in told
    assert not list(elsewhere.rglob("manifest.json"))
    assert not (elsewhere / "data").exists()


def test_a_broken_config_of_ones_own_is_told_with_its_line(mmml: Mmml, elsewhere: Path) -> None:
    own = elsewhere / "conf" / "experiment"
    own.mkdir(parents=True)
    (own / "mine.yaml").write_text("# @package _global_\nname: [unclosed\nother: x\n")
    code, _, told = mmml("train", "+experiment=mine")
    assert code == 2
    assert "not valid YAML" in told
    assert "mine.yaml" in told


def test_hydra_shows_configs_and_help(mmml: Mmml, capfd: pytest.CaptureFixture[str]) -> None:
    for words in (["--cfg", "job"], ["--help"]):
        assert run(["train", "+experiment=blur_gradients", *words]) == 0
        assert "blur_gradients" in capfd.readouterr().out


def test_ones_own_configs_come_first(
    mmml: Mmml, tiny: list[str], elsewhere: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    own = elsewhere / "conf" / "estimator"
    own.mkdir(parents=True)
    (own / "nearest.yaml").write_text(
        "clf:\n  _target_: sklearn.neighbors.KNeighborsClassifier\n  n_neighbors: 3\n"
    )
    (elsewhere / "conf" / "train.yaml").write_text("nonsense: true\n")
    code, rows, _ = mmml("train", "+experiment=blur_gradients", "estimator=nearest", *tiny)
    assert code == 0
    assert "KNeighborsClassifier" in rows[0]["estimator"]
    assert f"your configs in {elsewhere}/conf come first" in caplog.text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("one class", "at least two classes"),
        ("few groups", "come from 1 group"),
        ("no column", "label"),
        ("nothing readable", "none of the 12 samples could be measured"),
    ],
)
def test_data_that_cannot_be_learned_from_is_refused(
    mmml: Mmml, elsewhere: Path, photo: Path, change: str, said: str
) -> None:
    lines = []
    for number in range(12):
        label = "sharp" if change == "one class" or number % 2 else "blurred"
        path = elsewhere / f"{number}.jpg"
        path.write_bytes(b"junk" if change == "nothing readable" else photo.read_bytes() + bytes([number]))
        group = number % 2
        lines.append(f"{path.name},{label},{group}")
    header = "path,quality,group" if change == "no column" else "path,label,group"
    (elsewhere / "t.csv").write_text("\n".join([header, *lines]))
    code, _, told = mmml(
        "train", "+experiment=blur_gradients", "dataset=table", "dataset.path=t.csv", "tracker=none"
    )
    assert code in (1, 2)
    assert said in told
    assert "hint: " in told
    assert not list(elsewhere.rglob("manifest.json"))


def test_unreadable_samples_are_left_out_and_told(
    mmml: Mmml, elsewhere: Path, drawn: Path, tiny: list[str]
) -> None:
    mmml("train", "+experiment=blur_laplacian", *tiny)
    copy = elsewhere / "photos"
    shutil.copytree(drawn, copy, ignore=shutil.ignore_patterns("*.csv", "*.json"))
    (copy / "sharp" / "broken.jpg").write_bytes(b"\xff\xd8\xffjunk")
    code, rows, told = mmml(
        "train",
        "+experiment=blur_laplacian",
        "dataset=folder",
        f"dataset.path={copy}",
        "task.folds=3",
        "tracker=none",
    )
    assert code == 3
    assert rows[0]["unreadable"] == [[str(copy / "sharp" / "broken.jpg"), rows[0]["unreadable"][0][1]]]
    assert "left out" in told
    assert rows[0]["version"] == 2


def test_two_trainings_at_once_get_two_versions(tiny: list[str], elsewhere: Path) -> None:
    command = [*MMML, "train", "+experiment=blur_laplacian", *tiny]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    versions = [json.loads(one.communicate(timeout=120)[0])["version"] for one in running]
    assert sorted(versions) == [1, 2]


def test_ctrl_c_ends_a_training_without_a_bundle(elsewhere: Path) -> None:
    command = [*MMML, "train", "+experiment=blur_gradients", "dataset=blur_drawn", "dataset.count=2000"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    partial = elsewhere / "data"
    deadline = time.monotonic() + 60
    while not (partial.exists() and any(partial.rglob("*.jpg"))):
        assert running.poll() is None
        assert time.monotonic() < deadline
        os.sched_yield()
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=60)
    assert running.returncode == 130
    assert told.strip().endswith("error: stopped")
    assert not list(elsewhere.rglob("manifest.json"))


def test_classes_may_be_called_by_numbers(mmml: Mmml, drawn: Path, tiny: list[str], elsewhere: Path) -> None:
    mmml("train", "+experiment=blur_laplacian", *tiny)
    for label, name in (("sharp", "0"), ("blurred", "1")):
        shutil.copytree(drawn / label, elsewhere / "photos" / name)
    words = ["dataset=folder", "dataset.path=photos", "task.folds=3", "task.positive=1", "tracker=none"]
    code, rows, _ = mmml("train", "+experiment=blur_gradients", *words)
    assert code == 0
    assert rows[0]["decision"]["classes"] == ["0", "1"]
    code, rows, told = mmml(
        "train", "+experiment=blur_laplacian", *words, "estimator.then=1", "estimator.otherwise=0"
    )
    assert code == 0, told
    assert rows[0]["metrics"]["test"]["roc_auc"]["value"] > 0.8


def test_what_the_environment_says_is_not_written_into_the_bundle(
    mmml: Mmml, tiny: list[str], elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMML_STORE", f"{elsewhere}/top-secret")
    code, rows, _ = mmml(
        "train", "+experiment=blur_laplacian", *tiny, 'dataset.seed="${oc.decode:${oc.env:SEED}}"'
    )
    assert code == 2  # the variable is not set
    monkeypatch.setenv("SEED", "0")
    code, rows, told = mmml(
        "train", "+experiment=blur_laplacian", *tiny, 'dataset.seed="${oc.decode:${oc.env:SEED}}"'
    )
    assert code == 0, told
    for file in Path(rows[0]["bundle"]).rglob("*"):
        assert not file.is_file() or b"top-secret" not in file.read_bytes(), file
    assert "${oc.env:SEED}" in Path(rows[0]["bundle"], "experiment.yaml").read_text()
