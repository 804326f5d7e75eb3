"""``mmml models``: what is there is told, what is broken is named, nothing is removed by mistake."""

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mmml

Command = Callable[..., Any]


def break_a_file(store: Path, model: str, file: str) -> None:
    path = store / model / "1" / file
    path.write_bytes(path.read_bytes() + b" ")


def test_list_tells_every_version_with_its_test_result(own_store: Path, command: Command) -> None:
    shutil.copytree(own_store / "blur_laplacian" / "1", own_store / "blur_laplacian" / "2")
    said = command("models", "list")
    rows = [json.loads(line) for line in said.out.splitlines()]
    assert said.code == 0
    assert [(row["name"], row["version"]) for row in rows] == [
        ("blur_gradients", 1),
        ("blur_laplacian", 1),
        ("blur_laplacian", 2),
    ]
    for row in rows:
        assert row["metric"] == "balanced_accuracy"
        assert 0.7 < row["test"] <= 1
        assert row["low"] <= row["test"] <= row["high"]
        assert row["error"] is None


def test_list_as_a_table_and_as_csv(
    own_store: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "blur_gradients@1" in command("models", "list", "--format", "table").out
    table = list(csv.DictReader(io.StringIO(command("models", "list", "--format", "csv").out)))
    assert [row["modality"] for row in table] == ["image", "image"]


def test_an_empty_store_says_how_to_get_a_model(tmp_path: Path, command: Command) -> None:
    for verb in ("list", "verify"):
        said = command("models", verb, "--store", tmp_path / "nothing")
        assert (said.code, said.out) == (0, "")
        assert "mmml train" in said.err


def test_a_broken_bundle_is_a_row_with_its_error(own_store: Path, command: Command) -> None:
    (own_store / "blur_gradients" / "1" / "manifest.json").write_text('{"format": 1, "na')
    said = command("models", "list")
    rows = {row["name"]: row for row in map(json.loads, said.out.splitlines())}
    assert said.code == 0
    assert "broken" in rows["blur_gradients"]["error"]
    assert rows["blur_laplacian"]["error"] is None
    assert "broken" in command("models", "list", "--format", "table").out


def test_show_tells_the_rule_and_the_metrics(own_store: Path, command: Command) -> None:
    out = command("models", "show", "blur_laplacian", "--format", "table").out
    assert "blurred when laplacian_var < cut, otherwise sharp; cut = " in out
    assert "blur_drawn: 30 blurred, 30 sharp, in 60 groups; 48 to learn from, 12 to test on" in out
    assert "balanced_accuracy" in out
    assert "LogisticRegression" in command("models", "show", "blur_gradients@1", "-f", "table").out


def test_notes_of_an_experiment_are_on_the_card_and_on_the_report(
    elsewhere: Path, command: Command, tiny: list[str]
) -> None:
    notes = ["Learned from drawn scenes.", "Fails on <night> photos."]
    result = mmml.train(["+experiment=blur_laplacian", *tiny, f"notes={json.dumps(notes)}"])
    assert json.loads(command("models", "show", "blur_laplacian").out)["notes"] == notes
    table = command("models", "show", "blur_laplacian", "--format", "table").out
    assert all(note in table for note in notes)
    assert "Fails on &lt;night&gt; photos." in result.report.read_text()
    assert "notes" not in command("models", "show", "blur_laplacian@1", "-f", "csv").out


def test_show_in_a_pipe_is_the_manifest(own_store: Path, command: Command) -> None:
    manifest = json.loads(command("models", "show", "blur_laplacian").out)
    assert manifest == json.loads((own_store / "blur_laplacian" / "1" / "manifest.json").read_text())
    by_path = command("models", "show", own_store / "blur_laplacian" / "1")
    assert json.loads(by_path.out) == manifest


def test_show_of_a_misspelt_model_names_the_nearest(own_store: Path, command: Command) -> None:
    said = command("models", "show", "blur_laplacan")
    assert (said.code, said.out) == (2, "")
    assert "did you mean blur_laplacian?" in said.err


def test_verify_passes_what_is_whole_and_names_what_was_changed(own_store: Path, command: Command) -> None:
    assert command("models", "verify").code == 0
    break_a_file(own_store, "blur_gradients", "estimator.skops")
    said = command("models", "verify")
    rows = {row["model"]: row for row in map(json.loads, said.out.splitlines())}
    assert said.code == 1
    assert rows["blur_gradients@1"]["status"] == "failed"
    assert "estimator.skops" in rows["blur_gradients@1"]["error"]
    assert rows["blur_laplacian@1"]["status"] == "ok"
    assert rows["blur_laplacian@1"]["measured"] > 0


def test_verify_of_a_model_that_is_not_there_is_a_mistake_of_the_user(
    own_store: Path, command: Command
) -> None:
    assert command("models", "verify", "nothing").code == 2


def test_remove_asks_nobody_without_a_terminal(own_store: Path, command: Command) -> None:
    said = command("models", "remove", "blur_laplacian")
    assert said.code == 2
    assert "--yes" in said.err
    assert (own_store / "blur_laplacian" / "1" / "manifest.json").is_file()


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1)])
def test_remove_asks_on_a_terminal(
    own_store: Path, command: Command, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    terminal = io.StringIO(answer)
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr("sys.stdin", terminal)
    assert command("models", "remove", "blur_laplacian@1").code == code
    left = {json.loads(line)["name"] for line in command("models", "list").out.splitlines()}
    assert ("blur_laplacian" in left) == (answer == "n\n")


def test_remove_with_yes_says_what_is_gone(own_store: Path, command: Command) -> None:
    shutil.copytree(own_store / "blur_laplacian" / "1", own_store / "blur_laplacian" / "2")
    said = command("models", "remove", "blur_laplacian", "--yes")
    assert said.code == 0
    assert "blur_laplacian@1, blur_laplacian@2" in said.err
    assert command("models", "remove", "blur_laplacian", "--yes").code == 2


def test_alias_names_the_version_in_use(own_store: Path, command: Command) -> None:
    shutil.copytree(own_store / "blur_laplacian" / "1", own_store / "blur_laplacian" / "2")
    assert command("models", "alias", "blur_laplacian@1", "production").code == 0
    rows = [json.loads(line) for line in command("models", "list").out.splitlines()]
    assert {row["version"]: row["aliases"] for row in rows if row["name"] == "blur_laplacian"} == {
        1: ["production"],
        2: [],
    }
    # A bare name means the production version: whoever wanted the newest is told how to get it.
    said = command("models", "alias", "blur_laplacian", "production")
    assert "mmml models alias blur_laplacian@2 production" in said.err


@pytest.mark.parametrize(
    "words",
    [
        ("alias", "blur_laplacian", "no word"),
        ("alias", "blur_laplacian@9", "production"),
        ("show", "blur_laplacian@nope"),
        ("show", "no/such/folder"),
        ("show", "?"),
        ("list", "--fromat", "csv"),
        ("list", "--format", "xml"),
        ("lst",),
    ],
)
def test_wrong_words_are_usage_errors(own_store: Path, command: Command, words: tuple[str, ...]) -> None:
    said = command("models", *words)
    assert said.code == 2
    assert said.err.startswith("error: ")
    assert said.out == ""
