"""``mmml models compare``: a table for people, rows for programs, one plain sentence for both."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


def test_a_table_and_a_sentence(own_store: Path, command: Command) -> None:
    # A threshold that hardly anything reaches: much worse, and the scores are the same.
    command("models", "threshold", "blur_gradients", "--at", "0.9999999")
    said = command(
        "models", "compare", "blur_gradients@1", "blur_gradients@2", "--on", "validation", "-f", "table"
    )
    assert (said.code, said.err) == (0, "")
    text = " ".join(said.out.split())
    assert "A blur_gradients@1, B blur_gradients@2: 48 out-of-fold samples of 48 groups" in text
    for words in ("balanced_accuracy", "brier", "A - B", "roc_auc 0.991 0.991 0.000 [0.000, 0.000] 1.000"):
        assert words in text
    assert "blur_gradients@1 is better than blur_gradients@2 by 0." in text
    assert "on these 48 out-of-fold samples of 48 groups this is more than chance at 5 %" in text
    assert "not corrected for looking at 8 metrics" in text
    turned = command("models", "compare", "blur_gradients@2", "blur_gradients@1", "--on", "validation")
    assert "blur_gradients@1 is better than blur_gradients@2 by 0." in turned.err


def test_in_a_pipe_stdout_is_rows_and_the_sentence_goes_to_stderr(own_store: Path, command: Command) -> None:
    said = command("models", "compare", "blur_gradients@1", own_store / "blur_laplacian" / "1")
    rows = [json.loads(line) for line in said.out.splitlines()]
    assert said.code == 0
    assert [row["metric"] for row in rows][:2] == ["accuracy", "balanced_accuracy"]
    for row in rows:
        assert row["difference"] == pytest.approx(row["a"] - row["b"])
        assert row["low"] <= row["difference"] <= row["high"]
        assert 0 < row["p"] <= 1
        assert (row["model_a"], row["split"], row["samples"], row["groups"]) == (
            "blur_gradients@1",
            "test",
            12,
            12,
        )
    assert "balanced_accuracy" in said.err


def test_as_csv(own_store: Path, command: Command) -> None:
    out = command("models", "compare", "blur_gradients", "blur_laplacian", "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(out)))
    assert len(rows) == 8
    assert {row["model_b"] for row in rows} == {"blur_laplacian@1"}


def test_the_same_twice_and_a_model_with_itself(own_store: Path, command: Command) -> None:
    words = ("models", "compare", "blur_gradients", "blur_laplacian", "--on", "validation")
    assert command(*words).out == command(*words).out
    said = command("models", "compare", "blur_gradients", "blur_gradients", "-f", "table")
    assert "12 test samples of 12 groups; they say the same of 12" in said.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("blur_gradients", "blur_laplacan"), "there is no model blur_laplacan"),
        (("blur_gradients",), "Missing argument 'B'"),
        (("blur_gradients", "blur_laplacian", "--on", "tset"), "--on"),
    ],
)
def test_wrong_words_are_refused(
    own_store: Path, command: Command, words: tuple[str, ...], message: str
) -> None:
    said = command("models", "compare", *words)
    assert (said.code, said.out) == (2, "")
    assert message in said.err
