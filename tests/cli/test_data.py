"""``mmml data``: making sets, and looking data over before anything is trained on it."""

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmml.image.scene import draw_scene
from mmml.image.value import Image

Command = Callable[..., Any]


@pytest.fixture
def photos(elsewhere: Path) -> Path:
    """Eight pictures a class in folders; one of them is shown twice, and one is broken."""
    folder = elsewhere / "photos"
    for at, label in enumerate(("good", "bad")):
        (folder / label).mkdir(parents=True)
        for number in range(8):
            scene = draw_scene(np.random.default_rng([at, number]), 128)
            Image.read(scene).write(folder / label / f"{number}.png")
    shutil.copy(folder / "good" / "0.png", folder / "good" / "copy.png")
    whole = (folder / "bad" / "0.png").read_bytes()
    (folder / "bad" / "broken.png").write_bytes(whole[: len(whole) // 2])
    return folder


def test_make_makes_a_set_once(elsewhere: Path, command: Command) -> None:
    said = command("data", "make", "blur_drawn", "dataset.count=6")
    assert said.code == 0
    assert json.loads(said.out) == {
        "dataset": "blur_drawn",
        "folder": "data/blur_drawn",
        "samples": 6,
        "error": None,
    }
    made = (elsewhere / "data" / "blur_drawn" / "samples.csv").stat().st_mtime_ns
    assert command("data", "make", "blur_drawn", "dataset.count=6").code == 0
    assert (elsewhere / "data" / "blur_drawn" / "samples.csv").stat().st_mtime_ns == made


def test_make_replaces_a_set_only_when_told_to(elsewhere: Path, command: Command) -> None:
    command("data", "make", "blur_drawn", "dataset.count=4")
    said = command("data", "make", "blur_drawn", "dataset.count=6")
    assert said.code == 1
    assert "--again" in json.loads(said.out)["error"]
    said = command("data", "make", "blur_drawn", "dataset.count=6", "--again")
    assert (said.code, json.loads(said.out)["samples"]) == (0, 6)


def test_make_without_a_name_makes_all_and_goes_on_after_a_failure(elsewhere: Path, command: Command) -> None:
    own = elsewhere / "conf" / "dataset" / "mine.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("defaults: [blur_drawn]\nfolder: data/mine\n")
    said = command("data", "make", "dataset.count=4")
    rows = {row["dataset"]: row for row in map(json.loads, said.out.splitlines())}
    assert said.code == 1
    assert "no source folder" in rows["blur_demo"]["error"]
    assert rows["blur_drawn"]["samples"] == rows["mine"]["samples"] == 4
    assert rows["scan_closed_demo"]["samples"] == rows["reverberation_demo"]["samples"] == 4


def test_make_takes_sets_of_ones_own(elsewhere: Path, command: Command) -> None:
    (elsewhere / "conf" / "dataset").mkdir(parents=True)
    own = elsewhere / "conf" / "dataset" / "mine.yaml"
    own.write_text("defaults: [blur_drawn]\nfolder: data/mine\ncount: 4\n")
    assert json.loads(command("data", "make", "mine").out)["samples"] == 4


def test_check_reports_labels_groups_and_the_split(elsewhere: Path, command: Command) -> None:
    said = command("data", "check", "blur_drawn", "dataset.count=20")
    report = json.loads(said.out)
    assert said.code == 0
    assert (report["samples"], report["groups"], report["merged"]) == (20, 20, 0)
    assert report["labels"] == [
        {"label": "blurred", "samples": 10, "groups": 10, "train": 8, "test": 2},
        {"label": "sharp", "samples": 10, "groups": 10, "train": 8, "test": 2},
    ]


def test_check_names_broken_files_and_counts_look_alikes(photos: Path, command: Command) -> None:
    words = ("data", "check", "folder", f"dataset.path={photos}", "task.folds=2")
    said = command(*words)
    report = json.loads(said.out)
    assert said.code == 3
    assert [one["path"] for one in report["unreadable"]] == [str(photos / "bad" / "broken.png")]
    assert report["unreadable"][0]["reason"]
    assert report["samples"] == 17
    # The copy has the same content as its original: one group from the start, nothing to merge.
    assert report["groups"] == 16
    table = command(*words, "--format", "table")
    assert "17 samples in 16 groups" in table.out
    assert "cannot be read: 1" in table.out
    rows = list(csv.DictReader(io.StringIO(command(*words, "--format", "csv").out)))
    assert [row["label"] for row in rows] == ["bad", "good"]


def test_check_says_why_nothing_could_be_trained(photos: Path, command: Command) -> None:
    shutil.rmtree(photos / "bad")
    said = command("data", "check", "folder", f"dataset.path={photos}")
    assert said.code == 1
    assert json.loads(said.out)["labels"][0]["train"] is None
    assert said.err.count("error: ") == 1
    assert "Traceback" not in said.err


def test_check_uses_the_task_and_the_seed_of_the_overrides(elsewhere: Path, command: Command) -> None:
    half = ("data", "check", "blur_drawn", "dataset.count=20", "task.test_size=0.5")
    assert json.loads(command(*half).out)["labels"][0]["test"] == 5


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("make", "blur_dran"), "did you mean blur_drawn?"),
        (("make", "folder"), "mmml data check folder"),
        (("make", "blur_drawn", "dataset.cuont=3"), "did you mean count?"),
        (("make", "blur_drawn", "dataset.count=0"), "at least 1"),
        (("check", "fodler"), "did you mean folder?"),
        (("check", "folder"), "dataset.path="),
        (("check", "photos"), "mmml data check folder dataset.path=photos"),
        (("check",), "mmml data check --help"),
    ],
)
def test_wrong_words_are_usage_errors(
    elsewhere: Path, command: Command, words: tuple[str, ...], hint: str
) -> None:
    (elsewhere / "photos").mkdir()
    said = command("data", *words)
    assert (said.code, said.out) == (2, "")
    assert hint in said.err
