"""How long ``mmml --help`` and ``mmml predict`` of one photo take, as whole processes."""

import sys
from statistics import median

from bench.command import MMML, seconds
from bench.row import Row
from bench.workshop import Workshop

_ROUNDS = 7


def measure(workshop: Workshop) -> list[Row]:
    """Start each command in turn, round after round, and return the medians."""
    # Files of the largest photos' size are the usual case of one photo sent to be checked.
    photo = str(max(workshop.photos, key=lambda path: path.stat().st_size))
    predict = (MMML, "predict", photo, "--format", "table", "--store")
    trained = (*predict, str(workshop.store), "--model", "blur_laplacian")
    commands = {
        "help": (MMML, "--help"),
        "rule": trained,
        "both": (*trained, "--model", "blur_gradients"),
        "built in": (*predict, str(workshop.folder / "nothing")),
        "bare": (sys.executable, "-c", "import numpy, cv2"),
    }
    for words in commands.values():
        seconds(*words)
    rounds = [{name: seconds(*words) for name, words in commands.items()} for _ in range(_ROUNDS)]
    took = {name: median(one[name] for one in rounds) for name in commands}
    return [
        _row("`mmml --help`", took["help"], 0.25),
        _row("`mmml predict` of one photo, a rule", took["rule"], 0.6),
        _row("`mmml predict` of one photo, a rule and a scikit-learn model", took["both"]),
        _row("`mmml predict` of one photo, the models that come with mmml", took["built in"]),
        _row("for comparison: Python importing NumPy and OpenCV", took["bare"]),
    ]


def _row(what: str, took: float, target: float | None = None) -> Row:
    measured = f"{took:.2f} s"
    return (
        Row(what, measured) if target is None else Row(what, measured, f"under {target:g} s", took < target)
    )
