"""The confusion matrix of each split."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mmml.report.figures.style import INK, MUTED, PAPER, RIGHT, WRONG, canvas, named
from mmml.report.material import Material, Shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE = "Confusion matrix"

# More classes than this are no longer legible.
_MOST = 12
# Up to so many there is room for shares beside the counts.
_FEW = 3


def caption(material: Material) -> str:
    """Say how to read it."""
    classes = len(material.decision.classes)
    chosen = f" The {_MOST} of {classes} classes that are mixed up most." if classes > _MOST else ""
    return f"Each row is a true class; the darker a cell, the more of that row was called so.{chosen}"


def draw(material: Material) -> "Figure | None":
    """Draw a matrix for each split, one below the other."""
    if not material.shown:
        return None
    counts = [_counts(shown) for shown in material.shown]
    chosen = _chosen(np.sum(counts, axis=0))
    names = [named(material.decision.classes[code], 14) for code in chosen]
    cell = 0.46 if len(chosen) <= _FEW else 0.28
    figure, several = canvas(len(counts) * (0.75 + cell * len(chosen)), rows=len(counts))
    for axes, shown, matrix in zip(several, material.shown, counts, strict=True):
        _draw_matrix(axes, matrix[np.ix_(chosen, chosen)], matrix.sum(axis=1)[chosen])
        axes.set_title(f"{shown.name}: {len(shown.judged.path):,} samples")
        axes.set_xticks(range(len(names)), names)
        axes.set_yticks(range(len(names)), names)
        if len(names) > _FEW:
            axes.tick_params(axis="x", rotation=45)
    several[-1].set_xlabel("said")
    for axes in several:
        axes.set_ylabel("true")
    return figure


def _counts(shown: Shown) -> NDArray[np.intp]:
    weights = np.ones((1, len(shown.classified.truth)))
    return np.asarray(shown.classified.confusion(weights)[0].round(), dtype=np.intp)


def _chosen(counts: "NDArray[np.intp]") -> NDArray[np.intp]:
    mistakes = counts.sum(axis=0) + counts.sum(axis=1) - 2 * np.diagonal(counts)
    return np.sort(np.argsort(-mistakes, kind="stable")[:_MOST])


def _draw_matrix(axes: "Axes", counts: NDArray[np.intp], totals: NDArray[np.intp]) -> None:
    from matplotlib.patches import Rectangle

    k = len(counts)
    axes.set(xlim=(-0.5, k - 0.5), ylim=(k - 0.5, -0.5))
    axes.grid(False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    for i in range(k):
        for j in range(k):
            share = counts[i, j] / totals[i] if totals[i] else 0.0
            colour = RIGHT if i == j else WRONG
            cell = Rectangle(
                (j - 0.5, i - 0.5), 1, 1, facecolor=colour, alpha=0.05 + 0.45 * share, linewidth=0
            )
            axes.add_patch(cell)
            if k > _FEW:
                text = f"{counts[i, j]:,}" if counts[i, j] else ""
            else:
                text = f"{counts[i, j]:,} · {100 * share:.0f} %" if totals[i] else f"{counts[i, j]:,}"
            axes.text(
                j,
                i,
                text,
                ha="center",
                va="center",
                size=7 if k > _FEW else 9,
                color=INK if counts[i, j] else MUTED,
            )
    for edge in np.arange(k + 1) - 0.5:
        axes.axhline(edge, color=PAPER, linewidth=2)
        axes.axvline(edge, color=PAPER, linewidth=2)
