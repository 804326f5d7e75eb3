"""What decided a score, and what is kept of an input so that it can be shown."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mmml.bundle.manifest import FeatureEntry
from mmml.bundle.read import read_bundle
from mmml.engine.explain import file_name
from mmml.engine.reasons import reasons
from mmml.engine.sight import PIXELS, look
from mmml.errors import MmmlError
from mmml.features import Explanation, Transformer
from mmml.image.value import Image
from mmml.task.decision import Decision
from mmml.value import EXPLAINED, Value


class Stub(Transformer):
    """Explains what it is told to, or raises it."""

    modality = "image"

    def __init__(self, said: Any) -> None:
        self.said = said

    @property
    def names(self) -> tuple[str, ...]:
        return ("one",)

    def extract(self, value: Value) -> Any:
        return [1.0]

    def explain(self, value: Value) -> Explanation | None:
        if isinstance(self.said, Exception):
            raise self.said
        return self.said


def test_reasons_of_a_linear_model_are_its_weights_times_what_is_unusual(
    trained_bundle: Path, photo: Path
) -> None:
    bundle = read_bundle(trained_bundle)
    features = bundle.features.extract(Image.read(photo))
    found = {reason.feature: reason for reason in reasons(bundle, features, "sharp")}
    assert list(found) == sorted(found, key=lambda name: -abs(found[name].change))
    medians = np.array([entry.quantiles[3] for entry in bundle.manifest.features if entry.quantiles])
    here, there = bundle.estimator[:-1].transform(np.stack([features, medians]))
    weights = bundle.estimator[-1].coef_[0] * (1 if bundle.estimator.classes_[1] == "blurred" else -1)
    assert bundle.manifest.decision.calibration is not None
    expected = weights * (here - there) * bundle.manifest.decision.calibration.slope
    for name, change in zip(bundle.features.names, expected, strict=True):
        assert found[name].change == pytest.approx(change)
    # In log-odds the changes of a linear model add up to all that sets the input apart.
    odds = np.log(1 / bundle.predict(np.stack([features, medians])).probabilities[:, 1] - 1)
    assert sum(reason.change for reason in found.values()) == pytest.approx(odds[1] - odds[0], rel=1e-4)


def test_reasons_add_up_where_features_go_together() -> None:
    # Strangeness as a Gaussian of two features that are nearly one sees it; both are far out.
    precision = np.linalg.inv([[1, 0.99], [0.99, 1]])

    def score(estimator: None, features: np.ndarray, classes: tuple[str, ...]) -> np.ndarray:
        return np.einsum("ni,ij,nj->n", features, precision, features)

    bundle: Any = SimpleNamespace(
        estimator=None,
        task=SimpleNamespace(score=score),
        manifest=SimpleNamespace(
            features=[FeatureEntry(name, [-3, -2, -1, 0, 1, 2, 3]) for name in ("one", "two")],
            decision=Decision(()),
        ),
    )
    found = reasons(bundle, np.array([4.0, 4.0]), None)
    assert all(reason.change > 0 for reason in found)
    assert sum(reason.change for reason in found) == pytest.approx(score(None, np.full((1, 2), 4.0), ())[0])


def test_the_reason_of_a_rule_is_what_it_asks_for(rule_bundle: Path, photo: Path) -> None:
    bundle = read_bundle(rule_bundle)
    (reason,) = reasons(bundle, bundle.features.extract(Image.read(photo)), "sharp")
    assert reason.feature == "laplacian_var"
    assert reason.usual is not None
    assert reason.usual[0] < reason.usual[1]
    # Sharper than is usual: against blurred.
    assert (reason.value > 100) == (reason.change < 0)


def test_what_was_not_measured_decided_nothing(trained_bundle: Path) -> None:
    bundle = read_bundle(trained_bundle)
    features = np.array([entry.quantiles[1] for entry in bundle.manifest.features if entry.quantiles])
    features[2] = np.nan
    found = {reason.feature: reason.change for reason in reasons(bundle, features, "blurred")}
    assert found[bundle.features.names[2]] == pytest.approx(0, abs=0.5)
    assert all(np.isfinite(change) for change in found.values())


@pytest.mark.parametrize(("label", "expected"), [("b", np.log(3)), ("c", -np.log(3)), (None, 2.0)])
def test_of_several_classes_the_one_that_is_said_counts_and_a_number_counts_itself(
    label: str | None, expected: float
) -> None:
    def score(estimator: None, features: np.ndarray, classes: tuple[str, ...]) -> np.ndarray:
        number = features[:, 0]
        return np.stack([0 * number, number / 8, 1 - number / 8], axis=1) if classes else number

    bundle: Any = SimpleNamespace(
        estimator=None,
        task=SimpleNamespace(score=score),
        manifest=SimpleNamespace(
            features=[FeatureEntry("one", [0, 0, 1, 2, 3, 4, 5])],
            decision=Decision(("a", "b", "c") if label else ()),
        ),
    )
    (reason,) = reasons(bundle, np.array([4.0]), label)
    assert (reason.change, reason.usual) == (pytest.approx(expected), (1, 3))


def test_one_map_of_each_title_is_kept_and_faults_are_noted(photo: Path) -> None:
    first, second = (Explanation("sharpness", np.zeros((1, 1), np.float32), "a", "b") for _ in range(2))
    dark = MmmlError("too dark")
    sight = look(Image.read(photo), [Stub(first), Stub(None), Stub(dark), Stub(second), Stub(dark)])
    assert sight.maps == (first,)
    assert sight.notes == ("no map by Stub: too dark",)
    assert sight.picture is not None
    assert max(sight.picture.shape) == PIXELS


def test_a_map_that_fails_costs_no_more_than_itself(photo: Path) -> None:
    class Faulty(Stub):
        def explain(self, value: Any) -> Explanation | None:
            raise ValueError("a slip")

    sight = look(Image.read(photo), [Faulty(None), Stub(Explanation("fog", np.zeros((1, 1)), "a", "b"))])
    assert [shown.title for shown in sight.maps] == ["fog"]
    assert sight.notes == ("no map by Faulty: ValueError: a slip",)


def test_a_value_that_cannot_be_pictured_is_noted(photo: Path) -> None:
    class Unseen(Image):
        def thumbnail(self, pixels: int) -> Any:
            raise MmmlError("it has no colours")

    sight = look(Unseen(photo.read_bytes()), [])
    assert (sight.picture, sight.notes) == (None, ("no picture: it has no colours",))


@pytest.mark.parametrize(
    ("path", "begins"),
    [
        ("site/1/door.jpg", "site_1_door-"),
        ("/abs/door.jpg", "abs_door-"),
        ("../../door.jpg", "door-"),
        ("фото дома.jpg", "фото_дома-"),
        ("写" * 300 + ".jpg", "写写"),
        ("\\xe9.jpg", "xe9-"),
        ("...", "input-"),
    ],
)
def test_pictures_have_the_name_of_their_input(path: str, begins: str) -> None:
    name = file_name(path)
    assert name.startswith(begins)
    assert name.endswith(EXPLAINED)
    assert len(name.encode()) <= 255
    assert "/" not in name


def test_inputs_that_are_then_called_alike_stay_apart() -> None:
    paths = ["a/b.jpg", "a_b.jpg", "a b.jpg", "a/b.png", "x" * 400 + "a.jpg", "y" + "x" * 399 + "a.jpg"]
    assert len({file_name(path) for path in paths}) == len(paths)
