"""Verifying a bundle: it says today what it said when it was made."""

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from mmml.bundle.manifest import DataEntry
from mmml.bundle.read import Bundle, read_bundle
from mmml.bundle.verify import verify
from mmml.bundle.write import GoldenRow, Trained, write_bundle
from mmml.errors import MmmlError
from mmml.estimator.rule import Rule
from mmml.features import SideBySide
from mmml.image.gradients import Laplacian
from mmml.judge.calibration import Calibration
from mmml.task.classification import Classification
from mmml.task.decision import Decision


def test_a_fresh_bundle_measures_and_scores_as_it_says(trained_bundle: Path, rule_bundle: Path) -> None:
    for folder in (trained_bundle, rule_bundle):
        assert verify(read_bundle(folder)) == {"scored": 8, "measured": 8}


def test_another_estimator_is_noticed(bundle: Path, forge: Any) -> None:
    from sklearn.linear_model import LogisticRegression

    from mmml.estimator import stored

    columns = np.random.default_rng(0).uniform(0, 100, (40, 6))
    name, data = stored.dump(LogisticRegression(C=1e-3).fit(columns, ["blurred", "sharp"] * 20))
    with pytest.raises(MmmlError, match="golden row 0 scores"):
        verify(read_bundle(forge(bundle, {name: data})))


def test_a_moved_cut_is_noticed(ruled: Path, forge: Any) -> None:
    import yaml

    rule = yaml.safe_load((ruled / "rule.yaml").read_bytes())
    rule["parameters"]["cut"] += 5
    with pytest.raises(MmmlError, match="golden row 0 scores"):
        verify(read_bundle(forge(ruled, {"rule.yaml": yaml.safe_dump(rule).encode()})))


def test_another_calibration_is_noticed(bundle: Path, forge: Any) -> None:
    decision = json.loads((bundle / "manifest.json").read_bytes())["decision"]
    decision["calibration"]["intercept"] += 0.01
    with pytest.raises(MmmlError, match="golden row"):
        verify(read_bundle(forge(bundle, decision=decision)))


def test_a_moved_threshold_is_no_change_of_the_model(bundle: Path, forge: Any) -> None:
    decision = json.loads((bundle / "manifest.json").read_bytes())["decision"]
    assert verify(read_bundle(forge(bundle, decision={**decision, "threshold": 0.99})))["scored"] == 8


def test_a_transformer_that_measures_something_else_is_noticed(bundle: Path, forge: Any) -> None:
    entry = json.loads((bundle / "manifest.json").read_bytes())["transformers"][0]
    forge(bundle, transformers=[{**entry, "parameters": {"kernel": 5, "long_side": 1024}}])
    with pytest.raises(MmmlError, match=r"golden/0\.jpg measures"):
        verify(read_bundle(bundle))


def test_a_bundle_without_golden_rows_cannot_be_verified(bundle: Path, forge: Any) -> None:
    for content in (b"[]", b"{}", b"", b'[{"input": 1}]', b'[{"input": null, "features": []}]'):
        with pytest.raises(MmmlError, match="has no golden rows"):
            verify(read_bundle(forge(bundle, {"golden.json": content})))


@pytest.mark.parametrize(
    "row",
    [
        {"input": None, "features": [1.0], "probabilities": [0.5, 0.5]},
        {"input": None, "features": [1.0] * 6, "probabilities": [1.0]},
        {"input": "golden/99.jpg", "features": [1.0] * 6, "probabilities": [0.5, 0.5]},
    ],
)
def test_golden_rows_of_another_model_are_refused(bundle: Path, forge: Any, row: dict[str, Any]) -> None:
    rows = json.loads((bundle / "golden.json").read_bytes())
    for content in ([row], [*rows, row]):
        with pytest.raises(MmmlError, match="golden rows"):
            verify(read_bundle(forge(bundle, {"golden.json": json.dumps(content).encode()})))


@pytest.fixture
def small(tmp_path: Path) -> Bundle:
    """A bundle in whose golden rows a picture is too small to be measured."""
    features = SideBySide({"laplacian": Laplacian()})
    decision = Decision(("sharp", "blurred"), "blurred", Calibration(0.1, 0.0), 0.5)
    golden = [GoldenRow(None, [90.0], [0.2689414, 0.7310586]), GoldenRow(None, [None], [float("nan")] * 2)]
    trained = Trained(
        name="small",
        config={},
        modality="image",
        task=Classification(),
        features=features,
        estimator=Rule("laplacian_var < 100", "blurred", "sharp", feature_names=features.names),
        decision=decision,
        metrics={},
        data=DataEntry("none", "", {}, 0, 0, 0),
        columns=np.array([[90.0], [np.nan]]),
        splits=[],
        golden=(golden, {}),
    )
    write_bundle(tmp_path / "small", trained)
    return read_bundle(tmp_path / "small")


def test_a_golden_row_that_could_not_be_scored_stays_that_way(small: Bundle) -> None:
    assert verify(small) == {"scored": 2, "measured": 0}
    rows = msgspec.json.decode(small.files["golden.json"])
    assert rows[1]["probabilities"] == [None, None]


def test_a_folder_that_exists_is_not_written_into(small: Bundle) -> None:
    before = {path: path.read_bytes() for path in small.folder.iterdir()}
    with pytest.raises(FileExistsError):
        write_bundle(
            small.folder,
            Trained(
                name="other",
                config={},
                modality="image",
                task=Classification(),
                features=small.features,
                estimator=small.estimator,
                decision=small.manifest.decision,
                metrics={},
                data=small.manifest.data,
                columns=np.ones((1, 1)),
                splits=[],
                golden=([], {}),
            ),
        )
    assert before == {path: path.read_bytes() for path in small.folder.iterdir()}
