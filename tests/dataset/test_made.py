"""Made: the same set however often it was interrupted, and never another one unnoticed."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmml.dataset.made import Made
from mmml.errors import MmmlError, UsageError
from mmml.image.make import MakeBlur
from mmml.image.scene import draw_scene
from mmml.image.value import Image
from mmml.parameters import Parameters

MAKE = MakeBlur(long_side=(64, 96))


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for seed, name in enumerate(("barn", "crane", "wall")):
        Image.read(draw_scene(np.random.default_rng(seed), 160)).write(folder / f"{name}.jpg")
    (folder / "CREDITS.csv").write_text("file,author\n")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_set_is_the_same_on_any_number_of_threads(photos: Path, tmp_path: Path) -> None:
    for jobs in (1, 3):
        Made(tmp_path / f"set{jobs}", MAKE, photos, per_source=4).make_all(jobs=jobs)
    assert contents(tmp_path / "set1") == contents(tmp_path / "set3")
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".lock") == ["set1", "set3"]


def test_another_seed_gives_other_pictures(photos: Path, tmp_path: Path) -> None:
    a, b = (Made(tmp_path / f"set{seed}", MAKE, photos, per_source=2, seed=seed).samples() for seed in (0, 1))
    assert a[0].path.read_bytes() != b[0].path.read_bytes()


def test_samples_have_labels_groups_and_facts(photos: Path, tmp_path: Path) -> None:
    dataset = Made(tmp_path / "set", MAKE, photos, per_source=4)
    samples = dataset.samples()
    assert dataset.modality == "image"
    assert Counter((sample.group, sample.label) for sample in samples) == {
        (group, label): 2 for group in ("barn", "crane", "wall") for label in ("blurred", "sharp")
    }
    for index, sample in enumerate(samples):
        assert sample.path.is_file()
        assert sample.path.relative_to(dataset.folder).parts[0] == sample.label
        assert sample.path.name == f"{index:05d}_{sample.group}.jpg"
        assert sample.facts["source"] == f"{sample.group}.jpg"
        assert (sample.facts["kind"] == "none") == (sample.label == "sharp")
        assert isinstance(sample.facts["strength"], float)
    assert dataset.samples() == samples


class MakeGrey(Parameters):
    """Makes even pictures; what is to be predicted is how bright they are."""

    modality = "image"
    labels = ("grey",)
    suffix = ".png"

    def __call__(self, rng: np.random.Generator, source: Any, label: str) -> tuple[Image, dict[str, Any]]:
        level = int(rng.integers(20, 200))
        pixels = np.full((8, 8, 3), level, np.uint8)
        return Image.read(pixels), {"label": level / 255, "darkness": 255 - level}


def test_a_maker_may_tell_a_number_for_a_label(tmp_path: Path) -> None:
    samples = Made(tmp_path / "set", MakeGrey(), count=6).samples()
    assert {sample.path.parent.name for sample in samples} == {"grey"}
    for sample in samples:
        level = Image.read(sample.path).gray[0, 0]
        assert float(sample.label) == pytest.approx(level / 255, rel=1e-5)
        assert sample.facts == {"darkness": 255 - level}
    assert len({sample.label for sample in samples}) > 3


def test_near_duplicate_sources_share_a_group(photos: Path, tmp_path: Path) -> None:
    source = tmp_path / "photos"
    source.mkdir()
    for path in photos.glob("*.jpg"):
        (source / path.name).write_bytes(path.read_bytes())
    Image.read(photos / "wall.jpg").write(source / "another-wall.jpg")
    samples = Made(tmp_path / "set", MAKE, source, per_source=2).samples()
    assert len({sample.group for sample in samples}) == 3
    assert len({sample.facts["source"] for sample in samples}) == 4


def test_count_limits_the_sources(photos: Path, tmp_path: Path) -> None:
    samples = Made(tmp_path / "set", MAKE, photos, per_source=3, count=2).samples()
    assert {sample.group for sample in samples} == {"barn", "crane"}
    assert abs(Counter(sample.label for sample in samples)["sharp"] - 3) <= 1


def test_without_photos_every_sample_is_drawn_and_a_group_of_its_own(tmp_path: Path) -> None:
    samples = Made(tmp_path / "set", MAKE, count=6).samples()
    assert len({sample.group for sample in samples}) == len(samples) == 6
    assert Counter(sample.label for sample in samples) == {"blurred": 3, "sharp": 3}


KILLED = """
import sys
from mmml.dataset.made import Made
from mmml.image.make import MakeBlur

class Slow(MakeBlur):
    def __call__(self, rng, source, label):
        made = super().__call__(rng, source, label)
        print(label, flush=True)
        sys.stdin.readline()
        return made

Slow.__module__, Slow.__qualname__ = "mmml.image.make", "MakeBlur"
Made(sys.argv[1], Slow(long_side=(64, 96)), sys.argv[2], per_source=4).make_all(jobs=1)
"""


def test_a_killed_run_is_continued(photos: Path, tmp_path: Path) -> None:
    whole, killed = (Made(tmp_path / name, MAKE, photos, per_source=4) for name in ("whole", "killed"))
    whole.make_all()
    command = [sys.executable, "-c", KILLED, str(killed.folder), str(photos)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        for _ in range(10):  # two sources, and half of the third
            assert process.stdout.readline()
            process.stdin.write("\n")
            process.stdin.flush()
        process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert not killed.folder.exists()

    partial = tmp_path / ".killed.partial"
    with (partial / "journal.jsonl").open("a") as journal:
        journal.write('[8, {"path": "blurred/00')
    kept = {path.name: path.stat().st_mtime_ns for path in partial.rglob("0000[0-3]_*")}
    assert len(kept) == 4
    killed.make_all()
    assert kept == {path.name: path.stat().st_mtime_ns for path in killed.folder.rglob("0000[0-3]_*")}
    assert contents(killed.folder) == contents(whole.folder)


def test_a_partial_set_of_another_recipe_is_thrown_away(photos: Path, tmp_path: Path) -> None:
    partial = tmp_path / ".set.partial"
    (partial / "sharp").mkdir(parents=True)
    (partial / "sharp" / "stranger.jpg").touch()
    (partial / "recipe.json").write_text("{}")
    dataset = Made(tmp_path / "set", MAKE, photos, per_source=2)
    assert len(list(dataset.folder.parent.rglob("*.jpg"))) == 1
    assert len(dataset.samples()) == len(list(dataset.folder.rglob("*.jpg"))) == 6


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"seed": 1}, "seed"),
        ({"per_source": 4}, "per_source"),
        ({"make": MakeBlur(long_side=(64, 65))}, "make"),
    ],
)
def test_a_set_of_another_recipe_is_refused(
    photos: Path, tmp_path: Path, changed: dict[str, Any], named: str
) -> None:
    arguments: dict[str, Any] = {"make": MAKE, "source": photos, "per_source": 2}
    Made(tmp_path / "set", **arguments).make_all()
    other = Made(tmp_path / "set", **{**arguments, **changed})
    with pytest.raises(MmmlError, match=f"differ: {named}$") as caught:
        other.samples()
    assert caught.value.hint is not None and "mmml data make set --again" in caught.value.hint
    other.make_all(again=True)
    assert other.samples()
    assert not (tmp_path / ".set.old").exists()


def test_other_source_files_are_noticed_but_a_set_outlives_them(photos: Path, tmp_path: Path) -> None:
    source = tmp_path / "photos"
    source.mkdir()
    (source / "barn.jpg").write_bytes((photos / "barn.jpg").read_bytes())
    dataset = Made(tmp_path / "set", MAKE, source, per_source=2)
    samples = dataset.samples()
    (source / "wall.jpg").write_bytes((photos / "wall.jpg").read_bytes())
    with pytest.raises(MmmlError, match="source files"):
        dataset.samples()
    source.rename(tmp_path / "elsewhere")
    assert dataset.samples() == samples


def test_the_recipe_names_the_sources(photos: Path, tmp_path: Path) -> None:
    Made(tmp_path / "set", MAKE, photos, per_source=2).make_all()
    recipe = json.loads((tmp_path / "set" / "recipe.json").read_text())
    assert list(recipe["sources"]) == ["barn.jpg", "crane.jpg", "wall.jpg"]
    assert all(len(source["sha256"]) == 64 for source in recipe["sources"].values())
    assert recipe["versions"]["numpy"] == np.__version__


def test_two_processes_may_make_one_set(photos: Path, tmp_path: Path) -> None:
    code = KILLED.replace("sys.stdin.readline()", "pass")
    command = [sys.executable, "-c", code, str(tmp_path / "set"), str(photos)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    lines = [process.communicate()[0].count("\n") for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted(lines) == [0, 12]
    assert len(Made(tmp_path / "set", MAKE, photos, per_source=4).samples()) == 12


def test_a_broken_source_is_left_out_and_named(
    photos: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = tmp_path / "photos"
    source.mkdir()
    for path in photos.glob("*.jpg"):
        (source / path.name).write_bytes(path.read_bytes())
    good = Made(tmp_path / "good", MAKE, source, per_source=2).samples()
    (source / "crane.jpg").write_bytes(b"\xff\xd8\xff and then nothing")
    samples = Made(tmp_path / "set", MAKE, source, per_source=2).samples()
    assert {sample.group for sample in samples} == {"barn", "wall"}
    assert "crane.jpg is left out" in caplog.text
    # The others are what they would have been.
    assert samples[-1].path.read_bytes() == good[-1].path.read_bytes()
    assert samples[-1].path.name == good[-1].path.name


def test_no_source_at_all_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    with pytest.raises(MmmlError, match=r"no source folder .*empty") as caught:
        Made(tmp_path / "set", MAKE, empty).samples()
    assert caught.value.hint is not None and "dataset.source=" in caught.value.hint
    empty.mkdir()
    (empty / "broken.jpg").write_bytes(b"no picture")
    with pytest.raises(MmmlError, match=r"no file in .*empty can be read as image"):
        Made(tmp_path / "set", MAKE, empty).samples()
    assert not (tmp_path / "set").exists()


@pytest.mark.parametrize("again", [False, True])
def test_a_folder_of_somebody_else_is_never_touched(photos: Path, tmp_path: Path, again: bool) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    with pytest.raises(MmmlError, match="was not made by mmml"):
        Made(tmp_path / "mine", MAKE, photos).make_all(again=again)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "precious"


def test_a_place_that_cannot_be_written_is_told(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MmmlError, match="set"):
        Made(tmp_path / "file" / "set", MAKE, photos).samples()


def test_how_many_must_be_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="how many"):
        Made(tmp_path / "set", MAKE)
    with pytest.raises(UsageError, match="no samples"):
        Made(tmp_path / "set", MAKE, count=0)
