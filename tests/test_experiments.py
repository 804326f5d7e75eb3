"""Every experiment that comes with mmml trains, verifies and predicts. A new one is one more line of YAML."""

from collections.abc import Callable
from pathlib import Path

import pytest

import mmml
from mmml.bundle.read import read_bundle
from mmml.bundle.verify import verify
from mmml.config.folders import choices
from mmml.engine.loaded import Model


@pytest.mark.parametrize("name", choices("experiment"))
def test_experiment_trains_on_a_tiny_data_set(name: str, tiny_twin: Callable[[str], list[str]]) -> None:
    result = mmml.train([f"+experiment={name}", *tiny_twin(name)])
    assert result.version == 1
    test = result.metrics["test"]
    worth = test.get("roc_auc", test.get("r2"))
    assert worth is not None
    assert worth.value is not None
    assert worth.value > 0.8
    bundle = read_bundle(result.bundle)
    assert verify(bundle)["scored"] == 8
    inputs = sorted((result.bundle / "golden").iterdir())
    rows = Model(bundle).predict(inputs)
    assert len(rows) == len(inputs) > 0
    for row in rows:
        assert row.error is None
        assert row.value is not None or row.label in bundle.manifest.decision.classes


@pytest.mark.parametrize("estimator", ["logistic", "random_forest", "boosting", "svc"])
def test_estimators_are_swapped_by_one_word(estimator: str, tiny: list[str]) -> None:
    result = mmml.train(
        ["+experiment=blur_gradients", f"estimator={estimator}", "transformer=[gradients,fourier]", *tiny]
    )
    assert (result.metrics["validation"]["roc_auc"].value or 0) > 0.9
    assert verify(read_bundle(result.bundle))["measured"] == 8


def test_transformers_with_a_feature_of_the_same_name_stand_side_by_side(
    tiny: list[str], photo: Path
) -> None:
    mmml.train(["+experiment=blur_gradients", "transformer=[gradients,laplacian]", *tiny])
    row = mmml.load("blur_gradients").predict(photo, features=True)[0]
    assert isinstance(row.features, dict)
    assert row.features["gradients__laplacian_var"] == row.features["laplacian__laplacian_var"]
    assert "sobel_mean" in row.features


def test_more_than_two_classes_train_evaluate_and_predict(
    drawn: Path, tiny: list[str], elsewhere: Path
) -> None:
    mmml.train(["+experiment=blur_laplacian", *tiny])
    with (elsewhere / "kinds.csv").open("w") as table:
        print("path,label", file=table)
        for number, path in enumerate(sorted(drawn.glob("*/*.jpg"))):
            kind = path.parent.name if path.parent.name == "sharp" else f"blurred_{number % 2}"
            print(f"{path},{kind}", file=table)
    words = ["dataset=table", "dataset.path=kinds.csv"]
    result = mmml.train(
        [
            "+experiment=blur_gradients",
            "tracker=none",
            *words,
            "task.positive=null",
            "task.folds=3",
            "name=kinds",
        ]
    )
    assert result.manifest.decision.classes == ("blurred_0", "blurred_1", "sharp")
    assert result.manifest.decision.threshold is None
    assert result.metrics["test"]["balanced_accuracy"].value is not None
    rows = mmml.load("kinds").predict(sorted((drawn / "sharp").glob("*.jpg"))[:5])
    assert sum(row.label == "sharp" for row in rows) >= 4
    assert all(row.score is not None and row.score >= 1 / 3 for row in rows)
    found = mmml.evaluate("kinds", "table", ["dataset.path=kinds.csv"])
    assert found.left_out == result.manifest.data.train
    assert set(found.confusion) == {"blurred_0", "blurred_1", "sharp"}


def test_outlier_learns_from_good_photos_alone(drawn: Path, tiny: list[str], elsewhere: Path) -> None:
    mmml.train(["+experiment=blur_laplacian", *tiny])
    good = elsewhere / "good"
    (good / "sharp").mkdir(parents=True)
    for path in (drawn / "sharp").glob("*.jpg"):
        (good / "sharp" / path.name).write_bytes(path.read_bytes())
    result = mmml.train(
        ["+experiment=blur_outlier", "tracker=none", "dataset=folder", f"dataset.path={good}", "task.folds=3"]
    )
    assert result.metrics["test"]["roc_auc"].value is None
    rows = mmml.load("blur_outlier").predict(sorted((drawn / "blurred").glob("*.jpg")))
    assert sum(row.label == "unusual" for row in rows) > len(rows) * 0.7
