"""Trainings that MLflow keeps, in a database of its own without a server."""

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import mmml
from mmml.cli.main import run
from mmml.errors import MmmlError
from mmml.tracker.mlflow import MlflowTracker
from mmml.tuner.study import Study, Trial

Runs = Callable[[], list[Any]]
SECRET = "geheim77"


@pytest.fixture
def tracking(tiny: list[str]) -> list[str]:
    """Overrides that train the rule quickly and track it."""
    return ["+experiment=blur_laplacian", *[word for word in tiny if word != "tracker=none"]]


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes every connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        open_ones: list[socket.socket] = []

        def take() -> None:
            while True:
                try:
                    open_ones.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        for one in open_ones:
            one.close()


@pytest.fixture
def dead() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]


def texts(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_a_training_is_kept_whole(
    tracking: list[str],
    runs: Runs,
    client: Callable[[], Any],
    elsewhere: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MMML_STORE", f"{elsewhere}/{SECRET}")
    monkeypatch.chdir(elsewhere)
    assert run(["train", *tracking]) == 0
    out, err = capfd.readouterr()
    result = json.loads(out)
    assert err.count("\n") == 2, err  # how many samples, and where the run is: nothing of MLflow's own
    assert f"tracked: run {result['tracked']['run_id']} in sqlite:///" in err

    (kept,) = runs()
    assert kept.info.run_id == result["tracked"]["run_id"]
    assert kept.info.status == "FINISHED"
    assert str(elsewhere / "outputs" / kept.info.run_name) == result["run"]
    params = kept.data.params
    assert params["estimator.when"] == "laplacian_var < cut"
    assert params["estimator.parameters.cut"] == "100"
    assert params["task.folds"] == "3"
    assert params["store.backend.path"] == "${oc.env:MMML_STORE,${paths.outputs}/models}"
    for split, metrics in result["metrics"].items():
        for name, interval in metrics.items():
            for end, field in (("", "value"), (".low", "low"), (".high", "high")):
                assert kept.data.metrics.get(f"{split}.{name}{end}") == interval[field]
    manifest = json.loads(Path(result["bundle"], "manifest.json").read_text())
    assert kept.data.tags["mmml.data.fingerprint"] == manifest["data"]["fingerprint"]
    assert kept.data.tags["mmml.release"] == manifest["versions"]["mmml"]
    assert kept.data.tags["mmml_version"] == "1"

    asked = client()
    names = {item.path for item in asked.list_artifacts(kept.info.run_id, "bundle")}
    assert {"bundle/manifest.json", "bundle/rule.yaml", "bundle/samples.parquet"} <= names
    (version,) = asked.search_model_versions("name = 'blur_laplacian'")
    assert version.tags == {"mmml_version": "1"}
    assert version.run_id == kept.info.run_id

    assert {item.name for item in elsewhere.iterdir()} <= {"outputs", SECRET}
    assert SECRET.encode() not in texts(elsewhere / "outputs" / "mlartifacts")
    assert SECRET.encode() not in (elsewhere / "outputs" / "mlflow.db").read_bytes()


@pytest.mark.usefixtures("database")
def test_the_files_that_people_look_at_lie_at_the_top(
    rule_bundle: Path, runs: Runs, client: Callable[[], Any], elsewhere: Path, tmp_path: Path
) -> None:
    from mmml.bundle.manifest import read_manifest
    from mmml.bundle.write import write_files

    old = read_manifest(rule_bundle)
    files = {name: (rule_bundle / name).read_bytes() for name in old.files}
    files |= {"report.html": b"<p>", "figures/roc.svg": b"<svg/>", "study.json": b"{}"}
    manifest = write_files(tmp_path / "bundle", old, files)
    tracker = MlflowTracker(experiment="figures", models=False)
    tracker.prepare()
    tracker.start("figures", {"long": "x" * 7000, "k(" * 300: 1, "many": list(range(3))}, tmp_path)
    tracker.trained(tmp_path / "bundle", manifest)
    tracker.end(ValueError(f"bad http://ann:{SECRET}@host"))
    (kept,) = runs()
    assert {item.path for item in client().list_artifacts(kept.info.run_id)} == {
        "bundle", "figures", "report.html", "study.json",
    }  # fmt: skip
    assert kept.info.status == "FAILED"
    assert kept.data.tags["mmml.error"] == "bad http://…@host"
    assert len(kept.data.params["long"]) == 6000
    assert kept.data.params["k_" * 123 + "k..."] == "1"
    assert kept.data.params["many"] == "[0, 1, 2]"
    assert client().search_registered_models() == []


@pytest.mark.usefixtures("database")
def test_trials_are_runs_inside_the_run(runs: Runs, tmp_path: Path) -> None:
    trials = [
        Trial(0, "complete", {"estimator.clf.C": 0.1}, [0.8, 0.2], [0.7, 0.9], 1.5),
        Trial(1, "pruned", {"estimator.clf.C": 9.0}, [0.5, 0.3], [0.5]),
    ]
    study = Study("s", ["f1", "brier"], trials, 0, "the best", {"estimator.clf.C": 1.0})
    tracker = MlflowTracker(experiment="tuned")
    tracker.prepare()
    tracker.start("tuned", {}, tmp_path)
    tracker.tuned(study)
    tracker.end()
    inside = {one.info.run_name: one for one in runs() if "mlflow.parentRunId" in one.data.tags}
    assert set(inside) == {"trial 0", "trial 1"}
    first, second = inside["trial 0"], inside["trial 1"]
    assert first.data.params == {"estimator.clf.C": "0.1"}
    assert first.data.metrics == {"f1": 0.8, "brier": 0.2, "f1.fold": 0.9, "seconds": 1.5}
    assert first.info.end_time - first.info.start_time == 1500
    assert (first.info.status, first.data.tags["mmml.chosen"]) == ("FINISHED", "true")
    assert second.data.tags["mmml.state"] == "pruned"
    (parent,) = [one for one in runs() if one.info.run_name not in inside]
    assert first.data.tags["mlflow.parentRunId"] == parent.info.run_id
    assert parent.data.tags["mmml.choice"] == "the best"


@pytest.mark.usefixtures("database")
def test_a_long_study_leaves_time_for_the_model(
    runs: Runs, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    trials = [Trial(i, "complete", {"a": i}, [0.5], [0.5]) for i in range(3)]
    tracker = MlflowTracker(experiment="tuned", timeout=0)
    tracker.prepare()
    tracker.start("tuned", {}, tmp_path)
    tracker.tuned(Study("s", ["f1"], trials, 2, "the best", {}))
    assert len(runs()) == 1
    assert "keeps 0 of 3 trials" in warnings(caplog)[0]


@pytest.mark.usefixtures("database")
def test_of_a_sweep_only_the_published_job_is_registered(
    tracking: list[str], runs: Runs, client: Callable[[], Any]
) -> None:
    assert run(["train", "-m", *tracking, "transformer.laplacian.long_side=256,512"]) == 0
    assert len(runs()) == 2
    (version,) = client().search_model_versions("name = 'blur_laplacian'")
    (published,) = [one for one in runs() if one.data.tags.get("mmml_version") == "1"]
    assert version.run_id == published.info.run_id
    assert version.tags == {"mmml_version": "1"}


def test_without_a_tracker_nothing_is_written(tiny: list[str], elsewhere: Path) -> None:
    result = mmml.train(["+experiment=blur_laplacian", *tiny])
    assert result.tracked == {}
    assert not {item.name for item in (elsewhere / "outputs").iterdir()} & {"mlflow.db", "mlartifacts"}


def test_a_server_that_is_down_costs_a_warning(
    tracking: list[str], dead: str, caplog: pytest.LogCaptureFixture
) -> None:
    result = mmml.train([*tracking, f"tracker.uri=http://{dead}"])
    assert (result.version, result.tracked) == (1, {})
    assert warnings(caplog) == [
        f"this training is not tracked any further: MLflow at http://{dead}: Connection refused "
        "(is the server running? tracker=none tracks nothing)"
    ]


def test_a_server_that_never_answers_costs_a_bounded_delay_and_its_password_nothing(
    tracking: list[str], silent: str, elsewhere: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    uri = f"tracker.uri=http://ann:{SECRET}@{silent}"
    assert run(["train", *tracking, uri, "tracker.timeout=0.5"]) == 0
    out, err = capfd.readouterr()
    assert json.loads(out)["version"] == 1
    assert f"MLflow at http://…@{silent} took longer than 0.5 s" in err
    assert err.count("not tracked") == 1
    assert SECRET not in out + err
    assert SECRET.encode() not in texts(elsewhere)


def test_where_tracking_is_required_nothing_is_trained_without(
    tracking: list[str], dead: str, elsewhere: Path
) -> None:
    with pytest.raises(
        MmmlError, match=r"must be tracked, but MLflow at http://.* Connection refused"
    ) as told:
        mmml.train([*tracking, f"tracker.uri=http://{dead}", "tracker.required=true"])
    assert told.value.exit_code == 1
    assert not list(elsewhere.rglob("manifest.json"))


def test_the_address_of_the_environment_comes_before_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MlflowTracker(folder="/srv").address == "sqlite:////srv/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://host")
    assert MlflowTracker(folder="/srv").address == "http://host"
    assert MlflowTracker("http://other").address == "http://other"


def test_what_the_environment_of_the_process_says_is_put_back(
    tracking: list[str], monkeypatch: pytest.MonkeyPatch, elsewhere: Path, database: Path, runs: Runs
) -> None:
    import os

    place = f"sqlite:///{elsewhere / 'own.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", place)
    assert mmml.train([*tracking, f"tracker.uri=sqlite:///{database}"]).tracked
    assert os.environ["MLFLOW_TRACKING_URI"] == place
    assert not (elsewhere / "own.db").exists()
    assert len(runs()) == 1


def test_without_mlflow_one_is_told_how_to_install_it(
    tracking: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import sys

    for name in [name for name in sys.modules if name.partition(".")[0] == "mlflow"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mlflow", None)
    assert mmml.train(tracking).version == 1
    assert warnings(caplog) == [
        "this training is not tracked any further: mlflow is not installed "
        "(pip install 'mmml[track]', or tracker=none)"
    ]
