"""The wheel is whole: in a new environment, away from the checkout, it trains and predicts."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


def called(*words: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, cwd=cwd)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` of a new environment that holds the wheel and what the wheel says it needs."""
    folder = tmp_path_factory.mktemp("wheel")
    built = called(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("mmml-*.whl")
    made = called(BIN / "uv", "venv", "--python", sys.executable, folder / "env")
    assert made.returncode == 0, made.stderr
    python = folder / "env" / "bin" / "python"
    # Our versions, which `make setup` has left in uv's cache.
    lock = ROOT / "requirements.lock"
    put = called(BIN / "uv", "pip", "install", "--python", python, "--constraint", lock, wheel)
    assert put.returncode == 0, put.stderr
    return python.parent


def test_the_wheel_trains_and_predicts_in_a_clean_environment(
    installed: Path, elsewhere: Path, photo: Path
) -> None:
    where = called(installed / "python", "-c", "import mmml; print(mmml.__file__)").stdout
    assert where.startswith(str(installed.parent))
    mmml = installed / "mmml"
    assert called(mmml, "config", "check").returncode == 0
    words = ["dataset=blur_drawn", "dataset.count=60", "task.folds=3"]
    trained = called(mmml, "train", "+experiment=blur_gradients", *words)
    assert trained.returncode == 0, trained.stderr
    predicted = called(mmml, "predict", photo)
    assert predicted.returncode == 0, predicted.stderr
    assert json.loads(predicted.stdout)["model"] == "blur_gradients"
    assert called(mmml, "new", "check", "luma").returncode == 0
    assert (elsewhere / "checks" / "luma.py").is_file()
    without = called(mmml, "train", "+experiment=blur_laplacian")
    assert without.returncode == 1
    assert "there is no source folder data/photos" in without.stderr


def test_the_models_that_come_with_mmml_answer_without_training(
    installed: Path, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MMML_BUILTIN")
    shipped = sorted(manifest.parts[-3] for manifest in (ROOT / "mmml" / "builtin").glob("*/1/manifest.json"))
    verified = called(installed / "mmml", "models", "verify")
    assert verified.returncode == 0, verified.stdout
    rows = [json.loads(line) for line in verified.stdout.splitlines()]
    assert [row["model"] for row in rows] == [f"{name}@1" for name in shipped]
    predicted = called(installed / "mmml", "predict", photo)
    assert [json.loads(line)["model"] for line in predicted.stdout.splitlines()] == shipped


def test_the_package_carries_its_configs_and_templates(installed: Path) -> None:
    (package,) = (installed.parent / "lib").glob("python*/site-packages/mmml")
    ours = {str(file.relative_to(ROOT / "conf")) for file in (ROOT / "conf").rglob("*.yaml")}
    assert {str(file.relative_to(package / "conf")) for file in (package / "conf").rglob("*.yaml")} == ours
    assert (package / "py.typed").is_file()
    assert not {item.name for item in package.iterdir()} & {"tests", "bench"}
