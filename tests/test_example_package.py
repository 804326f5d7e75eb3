"""A package that is installed beside mmml brings a modality and transformers, by entry points alone."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

PACKAGE = Path(__file__).parent / "example_package"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the package is installed into."""
    folder = tmp_path_factory.mktemp("readings")
    source = shutil.copytree(PACKAGE, folder / "source")
    uv = [Path(sys.executable).parent / "uv", "pip", "install", "--python", sys.executable]
    plain = ["--no-deps", "--no-build-isolation", "--offline", "--target", folder / "site", source]
    ended = subprocess.run([*uv, *plain], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return folder / "site"


@pytest.fixture
def logs(elsewhere: Path) -> Path:
    """Logs of gauges, steady and drifting, one folder each."""
    rng = np.random.default_rng(0)
    for number in range(40):
        label = ("steady", "drifting")[number % 2]
        readings = 20 + (number % 2) * 0.5 * np.arange(48) + rng.normal(0, 1, 48)
        lines = [f"{hour},{reading:.3f}" for hour, reading in enumerate(readings)]
        file = elsewhere / "logs" / label / f"{number}.gauge"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(["hours,reading", *lines]) + "\n")
    shutil.copytree(PACKAGE / "conf", elsewhere / "conf")
    return elsewhere / "logs"


def mmml(site: Path | None, *words: object) -> subprocess.CompletedProcess[str]:
    code = "from mmml.cli.main import main; main()"
    paths = [str(site)] if site else []
    path = os.pathsep.join([*paths, *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )


def test_its_modality_trains_and_predicts_without_trust_beside_photos(
    installed: Path, logs: Path, photo: Path
) -> None:
    trained = mmml(installed, "train", "+experiment=drift", f"dataset.path={logs}", "task.folds=3")
    assert trained.returncode == 0, trained.stderr
    assert json.loads(trained.stdout)["metrics"]["test"]["roc_auc"]["value"] == 1.0
    assert "data:image/jpeg;base64" in Path(json.loads(trained.stdout)["report"]).read_text()

    site = logs.parent / "site"
    site.mkdir()
    shutil.copy(photo, site)
    shutil.copy(logs / "drifting" / "1.gauge", site / "named.txt")
    (site / "broken.gauge").write_text("hours,reading\n1,warm\n")
    (site / "letter.txt").write_text("Dear all")
    asked = mmml(installed, "predict", site)
    assert asked.returncode == 3, asked.stderr
    rows = {Path(row["path"]).name: row for row in map(json.loads, asked.stdout.splitlines())}
    assert set(rows) == {"named.txt", "broken.gauge"}
    assert rows["named.txt"]["label"] == "drifting"
    assert rows["named.txt"]["modality"] == "readings"
    assert rows["broken.gauge"]["error"].startswith("a line is not two numbers")
    assert "passed over 1 files of no known kind (1 .txt)" in asked.stderr
    assert "passed over 1 files that no model here takes (1 image)" in asked.stderr


def test_its_transformer_measures_photos_and_its_bundle_needs_the_package(
    installed: Path, tiny: list[str], photo: Path, elsewhere: Path
) -> None:
    own = elsewhere / "conf" / "transformer" / "tint.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("tint: {_target_: readings.tint.Tint}\n")
    trained = mmml(installed, "train", "+experiment=blur_gradients", "transformer=[gradients,tint]", *tiny)
    assert trained.returncode == 0, trained.stderr
    asked = mmml(installed, "predict", photo, "--features")
    assert asked.returncode == 0, asked.stderr
    assert {"sobel_mean", "red", "green", "blue"} <= set(json.loads(asked.stdout)["features"])

    without = mmml(None, "predict", photo)
    assert without.returncode == 1
    assert "code from outside mmml: readings.t" in without.stderr


def test_doctor_names_what_it_brings(installed: Path) -> None:
    found = [json.loads(line) for line in mmml(installed, "doctor").stdout.splitlines()]
    status = {row["check"]: row["status"] for row in found}
    assert status["modality readings"] == status["transformer trend"] == "ok"
