"""Models that come with mmml: there without training, marked as such, out of reach of what changes models."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mmml
from builtin.make import pack
from mmml.engine.models import load_model, open_store
from mmml.store.local import LocalStore

Command = Callable[..., Any]


@pytest.fixture(scope="module")
def packed(trained_bundle: Path, rule_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two packed models, as a package has them. Read only."""
    place = tmp_path_factory.mktemp("packed")
    for bundle in (trained_bundle, rule_bundle):
        pack(bundle, place / bundle.parent.name)
        LocalStore(place / "builtin").publish(place / bundle.parent.name, bundle.parent.name)
    return place / "builtin"


@pytest.fixture
def shipped(packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An mmml that comes with ``blur_gradients`` and ``blur_laplacian``."""
    folder = tmp_path / "package" / "builtin"
    shutil.copytree(packed, folder)
    monkeypatch.setattr("mmml.store.built_in.FOLDER", folder)
    monkeypatch.delenv("MMML_BUILTIN")
    return folder


def rows(said: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.out.splitlines()]


def test_a_photo_is_predicted_without_training(shipped: Path, command: Command, photo: Path) -> None:
    said = command("predict", photo)
    assert said.code == 0
    assert [(row["model"], row["version"], row["error"]) for row in rows(said)] == [
        ("blur_gradients", 1, None),
        ("blur_laplacian", 1, None),
    ]
    assert [(row.model, row.score) for row in mmml.predict([photo])] == [
        (row["model"], row["score"]) for row in rows(said)
    ]


def test_off_leaves_them_out(
    shipped: Path, command: Command, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMML_BUILTIN", "off")
    assert command("predict", photo).code == 2
    assert command("models", "list").out == ""
    monkeypatch.setenv("MMML_BUILTIN", "of")
    said = command("models", "list")
    assert (said.code, said.err) == (2, "error: MMML_BUILTIN is of\nhint: set it to on or off\n")


def test_they_are_marked(shipped: Path, command: Command, rule_bundle: Path) -> None:
    own = LocalStore("outputs/models")
    own.publish(rule_bundle, "mine")
    assert {row["name"]: row["built_in"] for row in rows(command("models", "list"))} == {
        "blur_gradients": True,
        "blur_laplacian": True,
        "mine": False,
    }
    table = command("models", "list", "--format", "table").out
    assert "blur_gradients@1 (built in)" in table
    assert "mine@1 (built in)" not in table
    assert "blur_gradients@1 (built in)" in command("models", "show", "blur_gradients", "-f", "table").out
    found = {row["check"]: row for row in rows(command("doctor"))}
    assert found["built-in models"]["detail"] == "blur_gradients, blur_laplacian"
    assert found["models"]["detail"] == "1 in outputs/models"


def test_they_verify_on_pictures_that_they_carry(shipped: Path, command: Command) -> None:
    said = command("models", "verify")
    assert said.code == 0
    assert [(row["status"], row["scored"], row["measured"]) for row in rows(said)] == [("ok", 12, 4)] * 2


def test_they_can_be_compared_and_judged(shipped: Path, command: Command, drawn: Path) -> None:
    said = command("models", "compare", "blur_gradients", "blur_laplacian")
    assert said.code == 0
    assert {row["samples"] for row in rows(said)} == {12}
    words = ("dataset=blur_drawn", "dataset.count=60", f"dataset.folder={drawn}", "cache.path=null")
    said = command("eval", "blur_gradients", *words)
    assert said.code == 0, said.err
    assert json.loads(said.out)["left_out"] == 48


def test_another_threshold_makes_a_model_of_ones_own(shipped: Path, command: Command, photo: Path) -> None:
    said = command("models", "threshold", "blur_gradients", "--at", "0.9")
    assert said.code == 0, said.err
    told = json.loads(said.out)
    assert (told["model"], told["made_from"]) == ("blur_gradients@1", "blur_gradients@1 (built in)")
    assert Path(told["bundle"]) == Path("outputs/models/blur_gradients/1")
    assert {row["name"]: row["built_in"] for row in rows(command("models", "list"))} == {
        "blur_gradients": False,
        "blur_laplacian": True,
    }
    assert rows(command("predict", photo, "-m", "blur_gradients"))[0]["threshold"] == 0.9
    table = command("models", "threshold", "blur_laplacian", "--recall", "0.9", "-f", "table")
    assert table.code == 0, table.err
    assert "blur_laplacian@1 (built in)" in table.out


@pytest.mark.parametrize("words", [("alias", "blur_gradients", "production"), ("remove", "blur_gradients")])
def test_they_are_not_changed(shipped: Path, command: Command, words: tuple[str, ...]) -> None:
    said = command("models", *words)
    assert said.code == 2
    assert "blur_gradients is built in and" in said.err
    assert "hint: a model of your own called blur_gradients takes its place" in said.err
    assert (shipped / "blur_gradients" / "1" / "manifest.json").is_file()


def test_one_that_was_tampered_with_is_in_nobodys_way(
    shipped: Path, command: Command, photo: Path, rule_bundle: Path
) -> None:
    LocalStore("outputs/models").publish(rule_bundle, "mine")
    (shipped / "blur_gradients" / "1" / "estimator.skops").write_bytes(b"changed")
    assert command("predict", photo, "-m", "mine").code == 0
    assert command("predict", photo, "-m", "blur_laplacian").code == 0
    said = command("predict", photo)
    assert said.code == 1
    assert "estimator.skops" in said.err
    assert "install mmml again, or MMML_BUILTIN=off; or name the models to ask: --model NAME" in said.err
    (shipped / "blur_laplacian" / "1" / "manifest.json").write_text("{")
    assert command("predict", photo, "-m", "mine").code == 0
    assert {row["name"] for row in rows(command("models", "list")) if row["error"]} == {"blur_laplacian"}
    finding = {row["check"]: row for row in rows(command("doctor"))}["built-in models"]
    assert (finding["status"], finding["to_do"]) == ("problem", "install mmml again")


def test_a_packed_model_says_the_same_in_less_room(packed: Path, trained_bundle: Path) -> None:
    small = load_model(f"{packed}/blur_gradients/1", open_store())
    whole = load_model(str(trained_bundle), open_store())
    assert small.manifest.decision == whole.manifest.decision
    assert small.files["estimator.skops"] == whole.files["estimator.skops"]
    assert sum(map(len, small.files.values())) < sum(map(len, whole.files.values())) / 3
    assert not any(name.startswith(("report", "figures")) for name in small.files)
