"""What points are drawn of: the samples of every split, not too many of them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mmml.judge.regression import Estimated
from mmml.report.figures.style import FOLD, PAPER, TEST
from mmml.report.material import Material, Shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# A page must not grow without end: of each split so many samples, and so many of the largest errors.
_EVENLY, _LARGEST = 240, 10

Floats = NDArray[np.float64]


def scatter(
    axes: "Axes", material: Material, x: Callable[[Estimated], Floats], y: Callable[[Estimated], Floats]
) -> None:
    """Draw a point a sample, those of the last split over the others.

    Args:
        axes: where.
        material: whose splits.
        x: takes what was true and said, returns where the points lie, shape (n,).
        y: the same, upwards.
    """
    for shown in material.shown:
        last = shown is material.shown[-1]
        places = _places(shown)
        axes.plot(
            x(shown.estimated)[places],
            y(shown.estimated)[places],
            "o" if last else "D",
            color=TEST if last else FOLD,
            alpha=0.75 if last else 0.5,
            markeredgecolor=PAPER,
            markeredgewidth=0.4,
            markersize=4.5 if last else 3.5,
            label=shown.name,
        )


def note(material: Material) -> str:
    """Return what a caption must say of the points: that not all of them are drawn."""
    most = _EVENLY + _LARGEST
    if all(len(shown.judged.path) <= most for shown in material.shown):
        return ""
    return f" Of each split {most} samples are drawn, the largest errors among them."


def with_unit(name: str, material: Material) -> str:
    """Return the name of an axis with the unit of the number."""
    unit = material.decision.unit
    return f"{name} ({unit})" if unit else name


def _places(shown: Shown) -> NDArray[np.intp]:
    count = len(shown.judged.path)
    if count <= _EVENLY + _LARGEST:
        return np.arange(count)
    evenly = np.linspace(0, count - 1, _EVENLY).astype(np.intp)
    return np.union1d(evenly, np.argsort(-shown.outcome.quality, kind="stable")[:_LARGEST])
