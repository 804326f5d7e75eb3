"""Shell completion, asked the way bash asks: the words so far, and which of them is being typed."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from mmml.cli.main import app


def complete(*words: str) -> list[str]:
    """Return what bash would be offered for the last of the words after ``mmml``."""
    asked = {
        "_MMML_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(("mmml", *words)),
        "COMP_CWORD": str(len(words)),
    }
    return CliRunner().invoke(app, [], prog_name="mmml", env=asked).stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("train", "+exp"), "+experiment="),
        (("train", "+experiment=blur_g"), "+experiment=blur_gradients"),
        (("train", "-m", "+experiment=blur_gradients,blur_l"), "+experiment=blur_gradients,blur_laplacian"),
        (("train", "transformer=[gradients,fou"), "transformer=[gradients,fourier"),
        (("train", "dataset=blur_dr"), "dataset=blur_drawn"),
        # bash takes the word apart at the equals sign.
        (("train", "+experiment=blur_gradients", "estimator", "=", "log"), "logistic"),
        (("train", "est"), "estimator="),
        (("train", "estimator.clf.C"), "estimator.clf.C="),
        (("train", "task.fol"), "task.folds="),
        (("data", "make", "blur_dr"), "blur_drawn"),
        (("data", "check", "blur_drawn", "dataset.cou"), "dataset.count="),
        (("config", "show", "blur_gr"), "blur_gradients"),
        (("config", "show", "estimator/lo"), "estimator/logistic"),
        (("config", "list", "trans"), "transformer"),
        (("models", "ver"), "verify"),
    ],
)
def test_words_are_completed(words: tuple[str, ...], offered: str) -> None:
    assert offered in complete(*words)


def test_models_are_completed_from_the_store(own_store: Path) -> None:
    assert complete("models", "show", "blur_") == ["blur_gradients", "blur_laplacian"]
    assert complete("models", "show", "blur_gradients@") == ["blur_gradients@1"]
    assert complete("predict", "x.jpg", "--model", "blur_l") == ["blur_laplacian"]
    assert complete("models", "threshold", "blur_l") == ["blur_laplacian"]
    assert complete("models", "compare", "blur_gradients", "blur_l") == ["blur_laplacian"]


def test_models_are_completed_from_the_store_that_was_named(own_store: Path, elsewhere: Path) -> None:
    assert complete("models", "show", "--store", str(elsewhere / "empty"), "blur_") == []


def test_configs_of_ones_own_are_offered(elsewhere: Path) -> None:
    (elsewhere / "conf" / "experiment").mkdir(parents=True)
    (elsewhere / "conf" / "experiment" / "mine.yaml").write_text("name: mine\n")
    assert "+experiment=mine" in complete("train", "+experiment=")


@pytest.mark.parametrize(
    "words", [("train", "nothing=of"), ("train", "a.b.c"), ("train", "=x"), ("models", "show", "@")]
)
def test_what_means_nothing_is_answered_with_nothing(words: tuple[str, ...]) -> None:
    assert complete(*words) == []


def test_broken_configs_and_stores_are_answered_with_nothing(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (elsewhere / "conf" / "task").mkdir(parents=True)
    (elsewhere / "conf" / "task" / "broken.yaml").write_bytes(b"folds: [\xff")
    assert "task.folds=" in complete("train", "task.")
    (elsewhere / "file").write_text("no store")
    monkeypatch.setenv("MMML_STORE", str(elsewhere / "file"))
    assert complete("models", "show", "x") == []
