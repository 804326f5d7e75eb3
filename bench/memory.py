"""Whether the memory of ``mmml predict`` stays the same however many photos it is given."""

import sys
from itertools import cycle, islice
from pathlib import Path

import cv2

from bench.command import run
from bench.row import Row
from bench.workshop import Workshop

_FEW, _MANY = 200, 2000
_MOST_GROWTH = 1.2
_MEGABYTE = 1e6


def measure(workshop: Workshop) -> list[Row]:
    """Predict few and many photos with a rule, in every format that goes into a file.

    A rule is the strictest case: scikit-learn's own hundred megabytes would hide what grows.
    """
    large = [path for path in workshop.photos if _pixels(path) > 0.7e6]
    few, many = (_folder(workshop, large, count) for count in (_FEW, _MANY))
    rows = []
    # A table and Parquet are made of all rows at once; what that costs is told, not judged.
    for ending, judged in ((".jsonl", True), (".csv", True), (".parquet", False), (".txt", False)):
        low, high = (_peak(workshop, folder, ending) for folder in (few, many))
        what = f"peak memory of `mmml predict --output rows{ending}`, {_MANY:,} photos against {_FEW}"
        measured = f"{high / low:.2f} ({high / _MEGABYTE:.0f} MB, {low / _MEGABYTE:.0f} MB)"
        met = high / low <= _MOST_GROWTH
        rows.append(Row(what, measured, f"at most {_MOST_GROWTH}", met) if judged else Row(what, measured))
    return rows


def _pixels(path: Path) -> int:
    photo = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    return 0 if photo is None else photo.size


def _folder(workshop: Workshop, photos: list[Path], count: int) -> Path:
    folder = workshop.folder / f"photos_{count}"
    folder.mkdir()
    for number, photo in enumerate(islice(cycle(photos), count)):
        (folder / f"{number:04d}.jpg").symlink_to(photo)
    return folder


def _peak(workshop: Workshop, folder: Path, ending: str) -> int:
    rows = workshop.folder / f"rows{ending}"
    words = ["predict", str(folder), "--model", "blur_laplacian", "--store", str(workshop.store)]
    return int(run(sys.executable, "-m", "bench.peak", *words, "--output", str(rows)))
