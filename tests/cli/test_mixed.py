"""``mmml predict`` on a folder with every kind of capture, as it comes from the field."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import mmml
from mmml.scan.shapes import extruded
from mmml.scan.value import Scan

# As a machine without the extras: importing them fails.
WITHOUT = "import sys; sys.modules.update(dict.fromkeys(('soundfile', 'av', 'open3d')))\n"


@pytest.fixture(scope="module")
def models(
    store: Path, tiny_twin: Callable[[str], list[str]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A store with a rule for pictures, one for meshes, one for recordings and a model for clips."""
    place = tmp_path_factory.mktemp("mixed")
    shutil.copytree(store / "blur_laplacian", place / "models" / "blur_laplacian")
    for name in ("scan_closed", "too_reverberant", "video_blur"):
        overrides = [f"paths.outputs={place}", f"store.backend.path={place}/models"]
        mmml.train([f"+experiment={name}", *tiny_twin(name), *overrides])
    return place / "models"


@pytest.fixture
def site(elsewhere: Path, photo: Path, made_sets: Path) -> Path:
    """A photo, a mesh, a cloud, a recording, a clip and other files; two of them with a wrong ending."""
    folder = elsewhere / "site"
    folder.mkdir()
    shutil.copy(photo, folder / "photo.jpg")
    shutil.copy(photo, folder / "photo.wav")
    Scan(*extruded([(0, 0), (1, 0), (1, 1), (0, 1)], 1.0)).write(folder / "box.ply")
    Scan(np.random.default_rng(0).normal(size=(200, 3))).write(folder / "cloud.ply")
    time = np.arange(32_000) / 16_000
    decay = np.random.default_rng(0).standard_normal(32_000) * 10 ** (-3 * time / 0.4)
    soundfile.write(folder / "clap.flac", np.concatenate([np.zeros(1600), 0.2 * decay]), 16_000)
    shutil.copy(folder / "clap.flac", folder / "clap.png")
    clip = next((made_sets / "video_blur_drawn").rglob("*.mp4"))
    shutil.copy(clip, folder / "clip.mp4")
    (folder / "letter.txt").write_text("Dear all")
    (folder / "plan.dwg").write_bytes(b"AC1032\0\0")
    return folder


def predict(*words: object, before: str = "") -> tuple[int, list[dict[str, Any]], str]:
    code = f"{before}from mmml.cli.main import main; main()"
    ended = subprocess.run(
        [sys.executable, "-c", code, "predict", *map(str, words)], capture_output=True, text=True
    )
    return ended.returncode, [json.loads(line) for line in ended.stdout.splitlines()], ended.stderr


def test_each_file_goes_to_the_models_of_its_modality_by_content(models: Path, site: Path) -> None:
    code, rows, told = predict(site, "--store", models)
    assert code == 0, told
    said = {Path(row["path"]).name: (row["modality"], row["model"], row["label"]) for row in rows}
    assert set(said) == {
        "box.ply", "clap.flac", "clap.png", "clip.mp4", "photo.jpg", "photo.wav",
    }  # fmt: skip
    assert said["box.ply"] == ("scan", "scan_closed", "closed")
    assert said["clap.flac"] == said["clap.png"] == ("audio", "too_reverberant", "fine")
    assert said["photo.jpg"] == said["photo.wav"]
    assert said["photo.jpg"][:2] == ("image", "blur_laplacian")
    assert said["clip.mp4"][:2] == ("video", "video_blur")
    # The cloud gets no row from a check of meshes, and other files are no errors.
    assert "passed over 2 files of no known kind (1 .txt, 1 .dwg)" in told
    assert "passed over 1 files that no model here takes (1 cloud)" in told


def test_a_cloud_that_somebody_names_is_told(models: Path, site: Path) -> None:
    code, rows, _ = predict(site / "cloud.ply", "--store", models)
    assert code == 3
    assert rows[0]["error"] == "none of the models that were asked takes cloud"


def test_what_is_not_installed_is_told_in_one_hint_each(models: Path, site: Path) -> None:
    code, rows, told = predict(site, "--store", models, before=WITHOUT)
    assert code == 3
    errors = {Path(row["path"]).name: row["error"] for row in rows}
    assert errors["photo.jpg"] is None
    # The rule for meshes needs no open3d.
    assert errors["box.ply"] is None
    assert errors["clap.flac"] == errors["clap.png"] == "soundfile is not installed"
    assert errors["clip.mp4"] == "av is not installed"
    assert told.count("hint: pip install 'mmml[audio]'") == 1
    assert told.count("hint: pip install 'mmml[video]'") == 1
    assert "Traceback" not in told


def test_without_models_of_a_modality_its_extra_is_not_missed(store: Path, site: Path) -> None:
    code, rows, told = predict(site, "--store", store, "--model", "blur_laplacian", before=WITHOUT)
    assert code == 0, told
    assert {Path(row["path"]).name for row in rows} == {"photo.jpg", "photo.wav"}
    assert "hint" not in told


def test_training_without_the_extra_says_what_to_install(
    tiny_twin: Callable[[str], list[str]], models: Path
) -> None:
    code = f"{WITHOUT}from mmml.cli.main import main; main()"
    words = ["train", "+experiment=too_reverberant", *tiny_twin("too_reverberant"), "cache.path=null"]
    ended = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    assert ended.returncode == 1
    assert "soundfile is not installed" in ended.stderr
    assert "hint: pip install 'mmml[audio]'" in ended.stderr


def test_a_broken_file_of_each_modality_is_a_row_with_the_reason(models: Path, site: Path) -> None:
    for name in ("photo.jpg", "box.ply", "clap.flac", "clip.mp4"):
        (site / name).write_bytes((site / name).read_bytes()[:60])
        (site / f"empty{Path(name).suffix}").write_bytes(b"")
    code, rows, told = predict(site, "--store", models)
    assert code == 3
    assert "Traceback" not in told
    errors = {Path(row["path"]).name: row["error"] for row in rows if row["error"]}
    assert set(errors) == {
        "photo.jpg", "box.ply", "clap.flac", "clip.mp4",
        "empty.jpg", "empty.ply", "empty.flac", "empty.mp4",
    }  # fmt: skip
    assert all(error == "the file is empty" for name, error in errors.items() if name.startswith("empty"))


def test_a_bundle_states_the_versions_of_what_its_modality_is_read_with(models: Path) -> None:
    read_with = {
        "blur_laplacian": "opencv-python-headless",
        "too_reverberant": "soundfile",
        "video_blur": "av",
    }
    for name, library in read_with.items():
        versions = json.loads((models / name / "1" / "manifest.json").read_text())["versions"]
        assert versions[library] == version(library)
        assert {"mmml", "python"} <= set(versions)
