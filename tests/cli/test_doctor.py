"""``mmml doctor``: names what is wrong, and what to do."""

import importlib.metadata
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


def findings(said: Any) -> dict[str, dict[str, str]]:
    return {row["check"]: row for row in map(json.loads, said.out.splitlines())}


def test_a_fresh_folder_has_no_problem(elsewhere: Path, command: Command) -> None:
    said = command("doctor")
    found = findings(said)
    assert said.code == 0
    assert {"mmml", "libraries", "modality image", "models", "data", "configs", "machine"} <= set(found)
    assert "problem" not in {row["status"] for row in found.values()}
    assert {"extra tune", "extra track", "extra postgres"} <= set(found)
    assert "optuna 5" in found["extra tune"]["detail"]
    assert "mmml train" in found["models"]["to_do"]
    assert list(elsewhere.iterdir()) == []


def test_models_are_counted_and_a_broken_one_is_a_problem(own_store: Path, command: Command) -> None:
    assert findings(command("doctor"))["models"]["detail"] == f"2 in {own_store}"
    (own_store / "blur_gradients" / "1" / "manifest.json").write_text("{}")
    said = command("doctor")
    assert said.code == 1
    assert "blur_gradients@1" in findings(said)["models"]["detail"]


def test_two_wheels_of_opencv_are_a_problem(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    really = importlib.metadata.version
    monkeypatch.setattr(
        "mmml.cli.doctor.version", lambda name: "4.12.0" if name == "opencv-python" else really(name)
    )
    said = command("doctor")
    assert said.code == 1
    assert "opencv-python and opencv-python-headless" in findings(said)["opencv"]["detail"]
    assert "pip uninstall" in findings(said)["opencv"]["to_do"]


def test_a_transformer_that_cannot_be_imported_is_named(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = importlib.metadata.entry_points
    broken = importlib.metadata.EntryPoint("dust", "no_such_package:Dust", "mmml.transformers")

    def announced(group: str) -> Any:
        return [broken] if group == "mmml.transformers" else really(group=group)

    monkeypatch.setattr("mmml.cli.doctor.entry_points", announced)
    found = findings(command("doctor"))
    assert found["transformer dust"]["status"] == "warning"
    assert "no_such_package" in found["transformer dust"]["detail"]


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("mmml.yaml", "python_path: [nowhere]", "nowhere"),
        ("mmml.yaml", "pythonpath: [checks]", "may only set python_path"),
        ("experiment/mine.yaml", "seed: [", "mine.yaml"),
    ],
)
def test_configs_of_ones_own_that_cannot_work_are_problems(
    elsewhere: Path, command: Command, file: str, content: str, told: str
) -> None:
    path = elsewhere / "conf" / file
    path.parent.mkdir(parents=True)
    path.write_text(content)
    said = command("doctor")
    assert said.code == 1
    assert told in findings(said)["configs"]["detail"]


def test_a_demo_set_that_was_made_is_found(elsewhere: Path, command: Command) -> None:
    command("data", "make", "blur_drawn", "dataset.count=4")
    assert "made: blur_drawn" in findings(command("doctor"))["data"]["detail"]


def test_little_space_is_a_warning(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from collections import namedtuple

    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage(10, 9, 1))
    said = command("doctor", "--format", "table")
    assert said.code == 0
    assert "0.0 GB free" in said.out
