"""What many tests share: a tiny data set, two trained models, and a folder of one's own to work in."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

# On a busy machine two kinds of threads wait for each other; libraries read this when they are loaded.
os.environ.setdefault("OMP_NUM_THREADS", "1")

ROOT = Path(__file__).parents[1]
PHOTOS = ROOT / "data" / "photos"

# Few samples, no photos: trains in a second.
# Tracking would take as long again; the tests of the tracker ask for it.
SMALL = ("dataset.source=null", "dataset.count=60", "task.folds=3", "task.test_size=0.2", "tracker=none")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test works in an empty folder, with no settings of the machine."""
    for name in [name for name in os.environ if name.startswith(("MMML_", "MLFLOW_"))]:
        monkeypatch.delenv(name)
    # What comes with mmml is left to the tests that are about it.
    monkeypatch.setenv("MMML_BUILTIN", "off")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def made_sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of tiny made data sets; one for all test processes, which `Made` allows."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def drawn(made_sets: Path) -> Path:
    """The folder of a tiny made data set of pictures."""
    return made_sets / "drawn"


@pytest.fixture(scope="session")
def tiny(drawn: Path) -> list[str]:
    """Overrides that make any blur experiment train on the tiny data set."""
    return ["dataset=blur_drawn", *SMALL, f"dataset.folder={drawn}"]


@pytest.fixture(scope="session")
def tiny_twin(made_sets: Path) -> Callable[[str], list[str]]:
    """Return what makes the data set of an experiment tiny; of NAME_demo, NAME_drawn where there is one."""
    from mmml.config.folders import choices, find

    def overrides(experiment: str) -> list[str]:
        file = find("experiment", experiment)
        assert file is not None
        (own,) = re.findall(r"override /dataset: (\w+)", file.read_text())
        twin = f"{own.removesuffix('_demo')}_drawn"
        name = twin if twin in choices("dataset") else own
        return [f"dataset={name}", f"dataset.folder={made_sets / name}", *SMALL]

    return overrides


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory, tiny: list[str]) -> Path:
    """A folder with ``outputs/models``, in which blur_laplacian and blur_gradients are trained. Read only."""
    import mmml

    folder = tmp_path_factory.mktemp("workspace")
    for name in ("blur_laplacian", "blur_gradients"):
        outputs = f"{folder}/outputs"
        mmml.train(
            [f"+experiment={name}", *tiny, f"paths.outputs={outputs}", f"store.backend.path={outputs}/models"]
        )
    return folder


@pytest.fixture(scope="session")
def store(workspace: Path) -> Path:
    """The store of the workspace. Read only: a test that changes it makes a copy."""
    return workspace / "outputs" / "models"


@pytest.fixture(scope="session")
def rule_bundle(store: Path) -> Path:
    """A bundle with a rule."""
    return store / "blur_laplacian" / "1"


@pytest.fixture(scope="session")
def trained_bundle(store: Path) -> Path:
    """A bundle with an estimator of scikit-learn."""
    return store / "blur_gradients" / "1"


@pytest.fixture(scope="session")
def photo() -> Path:
    """A sharp photograph."""
    return PHOTOS / "alpaca-paddock.jpg"
