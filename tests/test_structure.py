"""The picture of the house: who may import whom, how large a file may grow, what must stay lazy."""

import ast
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "mmml"

# Lowest first. A file imports from its own place or from a lower floor, never from a neighbour.
FLOORS = (
    ("errors",),
    ("extras", "parameters", "parallel", "plain_yaml", "progress", "trust"),
    ("value",),
    ("features",),
    ("config", "judge"),
    ("task",),
    ("image", "scan", "audio", "estimator"),
    # Frames are pictures.
    ("video",),
    ("dataset", "bundle"),
    ("tuner",),
    ("tracker",),
    ("store", "report"),
    ("engine",),
    ("serve",),
    ("cli", "__init__"),
)
FLOOR = {place: number for number, places in enumerate(FLOORS) for place in places}
FILES = sorted(PACKAGE.rglob("*.py"))


def place(parts: tuple[str, ...]) -> str:
    return parts[0] if parts else "__init__"


def imported(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "mmml":
            names = [f"mmml.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        found |= {place(tuple(name.split(".")[1:])) for name in names if name.split(".")[0] == "mmml"}
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_files_import_downwards_only(file: Path) -> None:
    relative = file.relative_to(PACKAGE).with_suffix("")
    own = place(relative.parts)
    assert own in FLOOR, f"{own} has no floor: give it one in FLOORS, and say so in the README"
    for other in imported(file) - {own}:
        assert FLOOR[other] < FLOOR[own], f"{relative} imports {other}, which does not lie below it"


def test_every_floor_exists() -> None:
    stands = {place(file.relative_to(PACKAGE).with_suffix("").parts) for file in FILES}
    assert stands == set(FLOOR)


def test_files_stay_small() -> None:
    lengths = {file: len(file.read_text().splitlines()) for file in FILES if file.name != "__init__.py"}
    assert max(lengths.values()) <= 350, max(lengths, key=lambda file: lengths[file])
    assert statistics.median(lengths.values()) < 130


def test_no_file_is_a_drawer_for_everything() -> None:
    drawers = {"utils", "util", "common", "helpers", "helper", "misc", "services", "adapters"}
    assert not [file for file in FILES if drawers & set(file.relative_to(PACKAGE).with_suffix("").parts)]


def test_the_engine_never_asks_for_the_modality_or_the_task() -> None:
    for file in (PACKAGE / "engine").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.If | ast.IfExp):
                asked = ast.unparse(node.test)
                constants = [n.value for n in ast.walk(node.test) if isinstance(n, ast.Constant)]
                assert not set(constants) & {
                    "image",
                    "scan",
                    "audio",
                    "video",
                    "classification",
                    "outlier",
                    "regression",
                }, f"{file.name}: if {asked}"


HEAVY = (
    *("sklearn", "scipy", "pandas", "skops", "hydra", "omegaconf", "joblib", "pyarrow"),
    *("optuna", "mlflow", "open3d", "soundfile", "av", "boto3", "fastapi", "torch"),
)


def loaded_after(code: str, *, cwd: Path | None = None) -> set[str]:
    asked = f"{code}\nimport sys\nprint(*sys.modules, file=sys.stderr)"
    ended = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, cwd=cwd, check=True)
    return {name.partition(".")[0] for name in ended.stderr.splitlines()[-1].split()}


def test_help_loads_nothing_heavy() -> None:
    loaded = loaded_after("from mmml.cli.main import run\nrun(['--help'])")
    assert not loaded & {*HEAVY, "numpy", "cv2", "yaml"}


def test_import_mmml_loads_nothing_heavy() -> None:
    assert not loaded_after("import mmml") & {*HEAVY, "numpy", "cv2", "typer"}


def test_predicting_with_a_rule_loads_nothing_heavy(rule_bundle: Path, photo: Path) -> None:
    loaded = loaded_after(
        "from mmml.cli.main import run\n"
        f"assert run(['predict', {str(photo)!r}, '-m', {str(rule_bundle)!r}]) == 0"
    )
    assert not loaded & set(HEAVY)
