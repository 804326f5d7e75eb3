"""``mmml new``: what it writes works at once, and it never writes over anything."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

FILES = {
    "checks/luma.py",
    "conf/mmml.yaml",
    "conf/experiment/luma.yaml",
    "conf/transformer/luma.yaml",
    "tests/test_luma.py",
}


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_new_check_is_written_and_the_next_steps_are_told(elsewhere: Path, command: Command) -> None:
    said = command("new", "check", "luma")
    assert said.code == 0
    assert set(said.out.split()) == files(elsewhere) == FILES
    assert "mmml train +experiment=luma" in said.err
    assert "--trust luma" in said.err
    assert "MMML_TRUST" in said.err


@pytest.mark.parametrize("modality", ["image", "scan", "audio", "video"])
def test_its_own_test_trains_it(modality: str, elsewhere: Path, command: Command) -> None:
    said = command("new", "check", "luma", "--modality", modality)
    assert (said.code, files(elsewhere)) == (0, FILES)
    # A process of its own, as a user starts it: no module of the check is left behind in this one.
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout


def test_its_config_is_right_and_listed_as_the_users_own(
    elsewhere: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    command("new", "check", "luma_of_ours")
    assert command("config", "check", "luma_of_ours").code == 0
    assert '"from": "you"' in command("config", "list", "transformer").out


def test_a_second_check_uses_the_settings_that_are_there(elsewhere: Path, command: Command) -> None:
    command("new", "check", "luma")
    settings = elsewhere / "conf" / "mmml.yaml"
    settings.write_text("python_path: [checks, more]\n")
    assert command("new", "check", "dust").code == 0
    assert settings.read_text() == "python_path: [checks, more]\n"


def test_settings_that_would_hide_the_check_are_refused(elsewhere: Path, command: Command) -> None:
    (elsewhere / "conf").mkdir()
    (elsewhere / "conf" / "mmml.yaml").write_text("python_path: [src]\n")
    said = command("new", "check", "luma")
    assert said.code == 2
    assert "python_path: [src, checks]" in said.err
    assert files(elsewhere) == {"conf/mmml.yaml"}


@pytest.mark.parametrize("there", sorted(FILES - {"conf/mmml.yaml"}))
def test_nothing_is_written_where_a_file_exists(elsewhere: Path, command: Command, there: str) -> None:
    path = elsewhere / there
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    said = command("new", "check", "luma")
    assert (said.code, said.out) == (2, "")
    assert there in said.err
    assert files(elsewhere) == {there}
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Luma", "small letters"),
        ("1luma", "small letters"),
        ("wet-concrete", "small letters"),
        ("../luma", "small letters"),
        ("class", "small letters"),
        ("json", "Python module json"),
        ("sys", "Python module sys"),
        ("sklearn", "Python module sklearn"),
        ("gradients", "transformer/gradients"),
        ("blur_outlier", "experiment/blur_outlier"),
        ("image", "image"),
    ],
)
def test_names_that_cannot_work_are_refused(
    elsewhere: Path, command: Command, name: str, reason: str
) -> None:
    said = command("new", "check", name)
    assert (said.code, said.out) == (2, "")
    assert reason in said.err
    assert files(elsewhere) == set()


def test_another_folder_and_an_unknown_modality(elsewhere: Path, command: Command) -> None:
    said = command("new", "check", "luma", "--folder", "site")
    assert files(elsewhere / "site") == FILES
    assert "cd site" in said.err
    said = command("new", "check", "dust", "--modality", "imgae")
    assert said.code == 2
    assert "did you mean image?" in said.err
