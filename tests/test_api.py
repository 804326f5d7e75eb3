"""The Python API: the same work and the same rows as on the command line."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

import mmml
from mmml.cli.main import run
from mmml.errors import MmmlError, UsageError


def test_load_predicts_paths_and_arrays_like_the_command_line(
    store: Path, photo: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    model = mmml.load("blur_gradients", store=str(store))
    run(["predict", str(photo), "-m", "blur_gradients", "--store", str(store)])
    told = json.loads(capfd.readouterr().out)
    (row,) = model.predict(photo)
    assert (row.label, row.score, row.version) == (told["label"], told["score"], told["version"])
    rgb = cv2.cvtColor(cv2.imread(str(photo)), cv2.COLOR_BGR2RGB)
    gray = cv2.imread(str(photo), cv2.IMREAD_GRAYSCALE)
    from_rgb, from_gray, broken = model.predict([rgb, gray, "nowhere.jpg"])
    assert from_gray.score == row.score
    assert from_rgb.label == row.label
    assert broken.error == "there is no such file"


def test_arrays_of_another_kind_are_rows_with_an_error(store: Path) -> None:
    model = mmml.load("blur_gradients", store=str(store))
    rows = model.predict([np.zeros((8, 8)), np.zeros((8, 8, 4), np.uint8), np.zeros((0, 0), np.uint8)])
    assert all(row.error and row.label is None for row in rows)


def test_predict_asks_every_model_of_the_store(
    store: Path, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMML_STORE", str(store))
    assert [row.model for row in mmml.predict([photo])] == ["blur_gradients", "blur_laplacian"]
    assert [row.model for row in mmml.predict([photo], ["blur_laplacian@1"])] == ["blur_laplacian"]


def test_evaluate_takes_the_data_of_the_training_by_default(
    store: Path, drawn: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMML_STORE", str(store))
    found = mmml.evaluate("blur_laplacian", overrides=["dataset.count=60", f"dataset.folder={drawn}"])
    assert found.left_out == 48
    assert sum(found.labels.values()) == 12


def test_mistakes_raise_errors_with_a_hint(store: Path) -> None:
    with pytest.raises(UsageError) as wrong:
        mmml.load("blur_gradient", store=str(store))
    assert wrong.value.hint == "did you mean blur_gradients?"
    with pytest.raises(UsageError) as wrong:
        mmml.train(["+experiment=blur_gradient"])
    assert wrong.value.hint == "did you mean blur_gradients?"
    with pytest.raises(MmmlError):
        mmml.evaluate("blur_gradients")
