"""``mmml models threshold``: a new version without training; the old one and its aliases stay."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


def test_a_new_version_gives_the_same_scores_and_other_labels(
    own_store: Path, command: Command, drawn: Path
) -> None:
    said = command("models", "threshold", "blur_gradients", "--at", "0.999999")
    told = json.loads(said.out)
    assert said.code == 0
    assert (told["model"], told["made_from"]) == ("blur_gradients@2", "blur_gradients@1")
    assert told["decision"]["threshold"] == 0.999999 != told["threshold_before"]
    assert told["task"]["threshold"] == 0.999999
    assert set(told["metrics"]) == set(told["metrics_before"]) == {"validation", "test"}
    assert command("models", "verify", "blur_gradients@2").code == 0

    asked = [
        [json.loads(line) for line in command("predict", drawn, "-m", f"blur_gradients@{v}").out.splitlines()]
        for v in (1, 2)
    ]
    assert len(asked[0]) == len(asked[1]) == 60
    assert [row["score"] for row in asked[0]] == [row["score"] for row in asked[1]]
    assert {row["threshold"] for row in asked[1]} == {0.999999}
    found = [sum(row["label"] == "blurred" for row in rows) for rows in asked]
    assert found[0] > found[1]


def test_a_table_for_people_tells_both_thresholds_and_the_rule(own_store: Path, command: Command) -> None:
    said = command("models", "threshold", "blur_laplacian", "--at", "0.05", "-f", "table")
    assert said.code == 0
    for words in (
        "blur_laplacian@1",
        "blur_laplacian@2",
        "balanced_accuracy",
        ": as given",
        "blurred from a score of",
    ):
        assert words in said.out
    assert f"bundle: {own_store / 'blur_laplacian' / '2'}" in said.out
    cut = said.out.partition("otherwise sharp; cut = ")[2].split()[0]
    shown = command("models", "show", "blur_laplacian@2", "-f", "table").out
    assert f"otherwise sharp; cut = {cut}" in shown
    assert f"cut = {cut}" not in command("models", "show", "blur_laplacian@1", "-f", "table").out


def test_as_csv_with_a_row_a_metric(own_store: Path, command: Command) -> None:
    out = command("models", "threshold", "blur_gradients", "--miss", 5, "--false-alarm", 1, "-f", "csv").out
    rows = list(csv.DictReader(io.StringIO(out)))
    assert {(row["model"], row["split"]) for row in rows} == {
        (f"blur_gradients@{version}", split) for version in (1, 2) for split in ("validation", "test")
    }


def test_the_same_command_twice_gives_the_same_threshold(own_store: Path, command: Command) -> None:
    first, second = (
        json.loads(command("models", "threshold", "blur_gradients@1", "--metric", "f1").out) for _ in range(2)
    )
    assert (first["version"], second["version"]) == (2, 3)
    assert first["decision"] == second["decision"]
    assert first["metrics"] == second["metrics"]
    assert first["task"]["metric"] == "f1"


def test_production_stays_where_it_is_and_that_is_said(own_store: Path, command: Command) -> None:
    assert command("models", "threshold", "blur_gradients", "--recall", 1).err == ""
    command("models", "alias", "blur_gradients@1", "production")
    said = command("models", "threshold", "blur_gradients", "--recall", 1)
    assert json.loads(said.out)["made_from"] == "blur_gradients@1"
    assert "blur_gradients@production is still version 1" in said.err
    assert "mmml models alias blur_gradients@3 production" in said.err
    rows = [json.loads(line) for line in command("models", "list").out.splitlines()]
    assert {row["version"]: row["aliases"] for row in rows if row["name"] == "blur_gradients"} == {
        1: ["production"], 2: [], 3: [],
    }  # fmt: skip


def test_a_bundle_in_a_folder_is_published_under_its_name(
    own_store: Path, command: Command, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    folder = own_store / "blur_laplacian" / "1"
    said = command("models", "threshold", folder, "--at", "0.3", "--store", elsewhere)
    assert json.loads(said.out)["model"] == "blur_laplacian@1"
    assert (elsewhere / "blur_laplacian" / "1" / "manifest.json").is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "--recall, --precision, --metric, --miss with --false-alarm, or --at"),
        (("--recall", "0.9", "--precision", "0.9"), "several wishes: recall, precision"),
        (("--metric", "f1", "--at", "0.4"), "several wishes: metric, at"),
        (("--miss", "5"), "false_alarm is missing"),
        (("--recall", "95"), "recall is 95"),
        (("--at", "1"), "threshold is 1"),
        (("--metric", "roc_auc"), "roc_auc does not depend on a threshold"),
        (("--metric", "recal"), "did you mean recall?"),
        (("--recall", "much"), "--recall"),
        (("--recal", "0.9"), "--recal"),
    ],
)
def test_wrong_wishes_are_refused_and_nothing_is_published(
    own_store: Path, command: Command, words: tuple[str, ...], message: str
) -> None:
    said = command("models", "threshold", "blur_gradients", *words)
    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert not (own_store / "blur_gradients" / "2").exists()


def test_a_misspelt_model_is_answered_with_the_nearest(own_store: Path, command: Command) -> None:
    said = command("models", "threshold", "blur_gradents", "--recall", "0.9")
    assert said.code == 2
    assert "did you mean blur_gradients?" in said.err
