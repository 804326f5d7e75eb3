"""How the scores lie: what is right and what is wrong at each of them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mmml.report.figures.style import CLASSES, INK, RIGHT, WRONG, canvas, legend, named
from mmml.report.material import Material, Shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "Scores"

_BINS = 25
# Where a logarithmic scale begins: a bin without samples.
_NONE = 0.6


def caption(material: Material) -> str:
    """Say how to read it."""
    if material.decision.positive is None:
        what = (
            "How sure the model was of the class that it said, where that was right and where it was wrong."
        )
    else:
        what = (
            "How the samples of each class score; from the upright line on, the threshold, they are called "
            f"{material.decision.positive}."
        )
    return f"{what} The scale is logarithmic, so that single samples are seen."


def draw(material: Material) -> "Figure | None":
    """Draw a histogram for each split, one below the other."""
    if not material.shown:
        return None
    figure, several = canvas(1.0 + 1.25 * len(material.shown), len(material.shown))
    threshold = material.decision.threshold
    edges = np.linspace(0, 1, _BINS + 1)
    for axes, shown in zip(several, material.shown, strict=True):
        names, parts = _parts(material, shown)
        colours = CLASSES[:2] if threshold is not None else [RIGHT, WRONG]
        for name, part, colour in zip(names, parts, colours, strict=True):
            counts = np.maximum(np.histogram(part, edges)[0], _NONE)
            look: dict[str, Any] = {"facecolor": (colour, 0.25), "edgecolor": colour, "linewidth": 1}
            axes.stairs(counts, edges, baseline=_NONE, fill=True, label=name, **look)
        if threshold is not None:
            axes.axvline(threshold, color=INK, linewidth=1)
        axes.set(title=f"{shown.name}: {len(shown.judged.path):,} samples", xlim=(-0.02, 1.02))
        axes.set(yscale="log", ylim=(_NONE, None))
        axes.yaxis.set_major_formatter("{x:,.0f}")
        axes.minorticks_off()
        axes.grid(False, axis="x")
    several[-1].set_xlabel("score")
    legend(several[0], loc="upper center", ncols=2)
    return figure


def _parts(material: Material, shown: Shown) -> tuple[list[str], Sequence[NDArray[np.float64]]]:
    outcome, scores = shown.classified, np.clip(shown.classified.score, 0, 1)
    if outcome.positive is None:
        right = outcome.truth == outcome.said
        return ["right", "wrong"], [scores[right], scores[~right]]
    names = [named(name) for name in material.decision.classes]
    return names, [scores[outcome.truth == code] for code in range(len(names))]
