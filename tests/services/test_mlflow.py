"""A real MLflow server that trainings report to, and real servers of the models that it keeps."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.services

MMML = [sys.executable, "-c", "from mmml.cli.main import main; main()"]
MLFLOW = [sys.executable, "-m", "mlflow"]
_PATIENCE = 120


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def served(words: list[str], port: int, path: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until it answers, and end it with all its workers afterwards."""
    # MLflow starts uvicorn by its name.
    place = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": place, "MLFLOW_DISABLE_TELEMETRY": "true"}
    with (folder / f"server-{port}.log").open("wb") as log:
        server = subprocess.Popen(
            words, stdout=log, stderr=log, cwd=folder, env=environment, start_new_session=True
        )
    try:
        until = time.monotonic() + _PATIENCE
        while not answers(f"http://127.0.0.1:{port}{path}"):
            assert server.poll() is None, (folder / f"server-{port}.log").read_text()
            assert time.monotonic() < until
        yield server
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
        server.wait(timeout=60)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as said:
            return bool(said.status == 200)
    except OSError:
        return False


def tracking_server(folder: Path, port: int) -> list[str]:
    folder.mkdir()
    place = ["--backend-store-uri", f"sqlite:///{folder}/server.db", "--artifacts-destination", str(folder)]
    return [*MLFLOW, "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1", *place]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("server")
    port = free_port()
    with served(tracking_server(folder / "kept", port), port, "/health", folder):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def tracked(server: str, tiny: list[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Train against the server, as a process of its own, and return the result."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)

    def train(*words: str) -> dict[str, Any]:
        command = [*MMML, "train", *words, *[word for word in tiny if word != "tracker=none"]]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE)
        assert ended.returncode == 0, ended.stderr
        assert "not tracked" not in ended.stderr
        return dict(json.loads(ended.stdout))

    return train


def predicted(paths: list[Path]) -> list[dict[str, Any]]:
    ended = subprocess.run(
        [*MMML, "predict", *map(str, paths), "--model", "blur_gradients"], capture_output=True, text=True
    )
    return [json.loads(line) for line in ended.stdout.splitlines()]


def assert_same(said: list[dict[str, Any]], ours: list[dict[str, Any]]) -> None:
    assert len(said) == len(ours)
    for one, other in zip(said, ours, strict=True):
        for name in ("modality", "model", "label", "value", "unit", "warning", "error"):
            assert one[name] == other[name], name
        for name in ("score", "threshold"):
            assert (one[name] is None) == (other[name] is None)
            assert one[name] is None or abs(one[name] - other[name]) < 1e-9
    assert any(row["label"] for row in ours)
    assert any(row["error"] for row in ours)


def test_a_model_answers_the_same_from_mlflow_as_from_mmml(
    tracked: Callable[..., dict[str, Any]], server: str, drawn: Path, elsewhere: Path, photo: Path
) -> None:
    result = tracked("+experiment=blur_gradients")
    run_id = result["tracked"]["run_id"]
    assert result["tracked"]["where"].startswith(f"{server}/#/experiments/")
    assert {item.name for item in elsewhere.iterdir()} == {"outputs"}
    assert not {item.name for item in (elsewhere / "outputs").iterdir()} & {"mlflow.db", "mlartifacts"}

    broken, empty, junk = (elsewhere / f"{name}.jpg" for name in ("broken", "empty", "junk"))
    broken.write_bytes(photo.read_bytes()[:3000])
    empty.write_bytes(b"")
    junk.write_bytes(b"no picture at all")
    paths = [*sorted(drawn.glob("*/*.jpg"))[::6], photo, broken, empty, junk]
    ours = predicted(paths)
    contents = [path.read_bytes() for path in paths]

    asked = (
        "import json, sys, mlflow, pandas\n"
        "model = mlflow.pyfunc.load_model(sys.argv[1])\n"
        "table = pandas.DataFrame({'content': [open(path, 'rb').read() for path in sys.argv[2:]]})\n"
        "print(json.dumps(model.predict(table).to_dict(orient='records')))\n"
    )
    uri = "models:/blur_gradients/1"
    command = [sys.executable, "-c", asked, uri, *map(str, paths)]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert_same(json.loads(ended.stdout.splitlines()[-1]), ours)

    port = free_port()
    words = [*MLFLOW, "models", "serve", "-m", uri, "--env-manager", "local", "--host", "127.0.0.1"]
    with served([*words, "--port", str(port)], port, "/ping", elsewhere):
        data = [[base64.b64encode(content).decode()] for content in contents]
        sent = json.dumps({"dataframe_split": {"columns": ["content"], "data": data}}).encode()
        address = f"http://127.0.0.1:{port}/invocations"
        request = urllib.request.Request(address, sent, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert_same(json.loads(answer.read())["predictions"], ours)

    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=server, registry_uri=server)
    kept = client.get_run(run_id)
    assert kept.info.status == "FINISHED"
    assert kept.data.metrics["test.f1"] == result["metrics"]["test"]["f1"]["value"]
    assert "bundle" in {item.path for item in client.list_artifacts(run_id)}


def test_a_bundle_that_was_changed_is_not_served(
    tracked: Callable[..., dict[str, Any]], server: str, elsewhere: Path
) -> None:
    result = tracked("+experiment=blur_laplacian")
    asked = (
        "import pathlib, sys, mlflow\n"
        "folder = pathlib.Path(mlflow.artifacts.download_artifacts(sys.argv[1], dst_path=sys.argv[2]))\n"
        "rule = next(folder.rglob('rule.yaml'))\n"
        "rule.write_text(rule.read_text().replace('<', '>'))\n"
        "mlflow.pyfunc.load_model(str(folder))\n"
    )
    uri = f"models:/{result['tracked']['model_id']}"
    command = [sys.executable, "-c", asked, uri, str(elsewhere / "copy")]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 1
    assert "does not have the hash that the manifest says" in ended.stderr


def test_a_server_that_dies_during_a_training_does_not_take_it_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    uri = f"http://127.0.0.1:{port}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    data = ["dataset=blur_drawn", "dataset.count=300", "task.folds=3"]
    with served(tracking_server(tmp_path / "kept", port), port, "/health", tmp_path) as server:
        training = subprocess.Popen(
            [*MMML, "train", "+experiment=blur_laplacian", *data],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        # The first drawing lies there when the run has begun and nothing has been learned.
        until = time.monotonic() + _PATIENCE
        while not any((tmp_path / "data").rglob("*.jpg")):
            assert training.poll() is None
            assert time.monotonic() < until
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(timeout=60)
        out, err = training.communicate(timeout=_PATIENCE)
    assert training.returncode == 0, err
    result = json.loads(out)
    assert (result["version"], result["tracked"]) == (1, {})
    warnings = [line for line in err.splitlines() if "not tracked" in line]
    assert len(warnings) == 1
    assert f"MLflow at {uri}: Connection refused" in warnings[0]
