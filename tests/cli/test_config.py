"""``mmml config``: a user finds, reads and checks configs, those that came with mmml and their own."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

Command = Callable[..., Any]


@pytest.fixture
def own(elsewhere: Path) -> Path:
    """A ``conf`` of one's own with one experiment."""
    folder = elsewhere / "conf" / "experiment"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text(
        "# @package _global_\n# mmml train +experiment=mine\n"
        "defaults:\n  - override /dataset: blur_drawn\nname: mine\nseed: 7\n"
    )
    return folder


def rows(said: Any) -> dict[str, dict[str, Any]]:
    return {row["config"]: row for row in map(json.loads, said.out.splitlines())}


def test_list_shows_a_command_for_every_config(command: Command) -> None:
    found = rows(command("config", "list"))
    assert found["experiment/blur_gradients"]["command"] == "mmml train +experiment=blur_gradients"
    assert all(row["command"].startswith("mmml ") for row in found.values())
    assert {row["from"] for row in found.values()} == {"mmml"}


def test_list_of_a_group_marks_what_is_the_users_own(own: Path, command: Command) -> None:
    found = rows(command("config", "list", "experiment"))
    assert {name.partition("/")[0] for name in found} == {"experiment"}
    assert {name for name, row in found.items() if row["from"] == "you"} == {"experiment/mine"}


def test_show_prints_the_file_as_it_is(own: Path, command: Command) -> None:
    assert command("config", "show", "mine").out == (own / "mine.yaml").read_text()
    shown = command("config", "show", "dataset/blur_drawn")
    assert yaml.safe_load(shown.out)["count"] == 240
    assert "blur_drawn.yaml" in shown.err


def test_show_composed_has_what_comes_from_elsewhere(own: Path, command: Command) -> None:
    whole = yaml.safe_load(command("config", "show", "mine", "--composed").out)
    assert (whole["seed"], whole["dataset"]["count"]) == (7, 240)
    part = yaml.safe_load(command("config", "show", "estimator/logistic", "--composed").out)
    assert list(part) == ["impute", "scale", "clf"]


def test_check_passes_every_experiment_that_came_with_mmml(command: Command) -> None:
    said = command("config", "check")
    assert said.code == 0
    assert {row["status"] for row in rows(said).values()} == {"ok"}
    assert "experiment/blur_laplacian" in rows(said)


def test_check_reads_no_data(own: Path, elsewhere: Path, command: Command) -> None:
    assert command("config", "check", "mine", "dataset/blur_demo", "transformer/fourier").code == 0
    assert {item.name for item in elsewhere.iterdir()} == {"conf"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("sede: 3", "sede"),
        ("task: {folds: 1}", "task.folds"),
        ("transformer: {gradients: {kernl: 5}}", "kernl"),
        ("transformer: {gradients: {kernel: 4}}", "kernel is 4"),
        ("estimator: {clf: {_target_: sklearn.svm.SVX}}", "SVX"),
        ("seed: [", "YAML"),
    ],
)
def test_check_names_what_is_wrong_in_an_experiment_of_ones_own(
    own: Path, command: Command, line: str, told: str
) -> None:
    with (own / "mine.yaml").open("a") as file:
        file.write(f"{line}\n")
    said = command("config", "check")
    found = rows(said)
    assert said.code == 2
    assert found["experiment/mine"]["status"] == "error"
    assert told in found["experiment/mine"]["error"]
    assert found["experiment/blur_gradients"]["status"] == "ok"


def test_path_names_the_users_folder_first(own: Path, command: Command) -> None:
    first, last = command("config", "path").out.splitlines()
    assert Path(first) == own.parent
    assert (Path(last) / "train.yaml").is_file()


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("list", "datasets"), "did you mean dataset?"),
        (("show", "blur_gradient"), "did you mean blur_gradients?"),
        (("show", "logistic"), "did you mean estimator/logistic?"),
        (("show", "estimater/logistic"), "did you mean estimator?"),
        (("check", "estimator/logistics"), "did you mean logistic?"),
    ],
)
def test_misspelt_names_get_the_nearest_one(command: Command, words: tuple[str, ...], hint: str) -> None:
    said = command("config", *words)
    assert (said.code, said.out) == (2, "")
    assert hint in said.err
