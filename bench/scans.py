"""How long ``mmml predict`` takes for scans of a million points, and how much memory."""

import os
import sys
import time
from pathlib import Path

import numpy as np

from bench.command import MMML, run
from bench.row import Row
from bench.workshop import Workshop
from mmml.scan.scanner import jitter
from mmml.scan.shapes import ball
from mmml.scan.value import Scan

_POINTS, _SIDE = 1_000_000, 1000
_MOST_SECONDS, _MOST_BYTES = 10.0, 1.5e9
_MOST_WAITING = 1.3


def measure(workshop: Workshop) -> list[Row]:
    """Ask a model of clouds about a cloud, and a rule of meshes about a mesh, in processes of their own."""
    store = workshop.folder / "scan_models"
    for name in ("scan_quality", "scan_closed"):
        run(
            *(MMML, "train", f"+experiment={name}", "dataset.count=60", "tracker=none"),
            *(f"paths.data={workshop.folder}", f"paths.outputs={workshop.outputs}"),
            f"store.backend.path={store}",
        )
    rows: list[Row] = []
    for kind, path in _scans(workshop.folder).items():
        words = ["predict", str(path), "--store", str(store), "--output", str(workshop.folder / "scan.jsonl")]
        before, started = _processing(), time.perf_counter()
        peak = int(run(sys.executable, "-m", "bench.peak", *words))
        took, worked = time.perf_counter() - started, _processing() - before
        what = f"`mmml predict` of a {kind} of {_POINTS:,} points"
        met = took < _MOST_SECONDS
        # Where the process has waited for its turn, a miss says nothing of it.
        judged = met or took < _MOST_WAITING * worked
        small = peak < _MOST_BYTES
        rows += [
            Row(what, f"{took:.1f} s", f"under {_MOST_SECONDS:g} s", met if judged else None),
            Row(f"{what}, peak memory", f"{peak / 1e9:.2f} GB", f"under {_MOST_BYTES / 1e9:g} GB", small),
        ]
    return rows


def _processing() -> float:
    """Return the seconds that processes started from here have worked."""
    times = os.times()
    return times.children_user + times.children_system


def _scans(folder: Path) -> dict[str, Path]:
    """Write a noisy cloud over the sides of a cube, and a closed mesh of two million triangles."""
    rng = np.random.default_rng(0)
    points = rng.random((_POINTS, 3))
    points[np.arange(_POINTS), rng.integers(3, size=_POINTS)] = rng.integers(2, size=_POINTS)
    paths = {"cloud": folder / "million.ply", "mesh": folder / "million_mesh.ply"}
    Scan(jitter(rng, points, 0.0005)).write(paths["cloud"])
    Scan(*ball(_SIDE, _SIDE)).write(paths["mesh"])
    return paths
