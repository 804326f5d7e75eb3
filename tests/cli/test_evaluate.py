"""``mmml eval`` as a user types it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Mmml = Callable[..., tuple[int, list[dict[str, Any]], str]]


def test_eval_leaves_out_what_the_model_has_seen(mmml: Mmml, store: Path, tiny: list[str]) -> None:
    place = f"store.backend.path={store}"
    code, rows, told = mmml(
        "eval", "blur_gradients", place, *[w for w in tiny if not w.startswith(("task.", "tracker="))]
    )
    assert code == 0
    assert rows[0]["left_out"] == 48
    assert sum(rows[0]["labels"].values()) == 12
    assert "48 of 60 samples left out" in told
    assert (
        rows[0]["metrics"]["eval"]
        == json.loads((store / "blur_gradients/1/manifest.json").read_text())["metrics"]["test"]
    )


def test_eval_sets_gates(mmml: Mmml, store: Path, tiny: list[str]) -> None:
    words = [
        "eval",
        "blur_laplacian",
        f"store.backend.path={store}",
        *[w for w in tiny if not w.startswith(("task.", "tracker="))],
    ]
    assert mmml(*words, "--min", "f1=0.2")[0] == 0
    code, _, told = mmml(*words, "--min", "f1=1.01", "--max=brier=0.9")
    assert code == 4
    assert "gate not met: f1 is" in told
    code, _, told = mmml(*words, "--min", "f2=0.9")
    assert code == 2
    assert "f2" in told


def test_eval_of_an_experiment_stores_nothing(mmml: Mmml, tiny: list[str], elsewhere: Path) -> None:
    code, rows, _ = mmml("eval", "+experiment=blur_laplacian", *tiny, "--min", "roc_auc=0.5")
    assert code == 0
    assert rows[0]["version"] is None
    assert not (elsewhere / "outputs" / "models").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "which model?"),
        (["blur_gradientz"], "did you mean blur_gradients?"),
        (["blur_fourier"], "mmml train +experiment=blur_fourier"),
        (["blur_gradients", "dataset=blurdrawn"], "did you mean blur_drawn?"),
        (["blur_gradients", "blur_laplacian"], "one model at a time"),
        (["blur_gradients", "dataset=folder", "dataset.path=nowhere"], "nowhere"),
    ],
)
def test_wrong_words_for_eval_are_refused(mmml: Mmml, store: Path, words: list[str], said: str) -> None:
    code, _, told = mmml("eval", *words, *([f"store.backend.path={store}"] if words else []))
    assert code in (1, 2)
    assert said in told


def test_eval_leaves_out_other_shots_of_scenes_that_the_model_knows(
    mmml: Mmml, photo: Path, elsewhere: Path
) -> None:
    words = ["dataset=blur_demo", f"dataset.source={photo.parent}", "dataset.count=20"]
    two = ["dataset.folder=two", "dataset.per_source=2"]
    code, rows, told = mmml("train", "+experiment=blur_laplacian", *words, *two, "tracker=none")
    assert code == 0, told
    code, rows, told = mmml("eval", "blur_laplacian", *words, "dataset.folder=four", "dataset.per_source=4")
    assert code == 0, told
    assert rows[0]["left_out"] == 64  # four crops of each of 16 photos
    assert sum(rows[0]["labels"].values()) == 16


@pytest.mark.parametrize("number", ["nan", "inf", "abc", ""])
def test_a_gate_that_is_no_number_is_refused(mmml: Mmml, store: Path, number: str) -> None:
    code, _, told = mmml("eval", "blur_gradients", f"store.backend.path={store}", "--min", f"f1={number}")
    assert code == 2
    assert "that is no number" in told


def test_eval_hints_at_settings_of_the_data_that_differ_from_its_config(
    mmml: Mmml, drawn: Path, tiny: list[str], elsewhere: Path
) -> None:
    own = elsewhere / "conf" / "dataset" / "mine.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(f"defaults: [blur_drawn]\nfolder: {drawn}\ncount: 60\n")
    small = [word for word in tiny if not word.startswith("dataset")]
    assert mmml("train", "+experiment=blur_laplacian", "dataset=mine", *small)[0] == 0
    code, _, told = mmml("eval", "blur_laplacian")
    assert code == 0
    assert "other settings" not in told
    own.write_text(f"defaults: [blur_drawn]\nfolder: {drawn}\ncount: 61\n")
    _, _, told = mmml("eval", "blur_laplacian", "dataset.count=60")
    assert "other settings" not in told
    _, _, told = mmml("eval", "blur_laplacian")
    assert "hint: this model was trained with other settings of mine: dataset.count=60" in told
