"""How the errors lie: a histogram of the residuals."""

from typing import TYPE_CHECKING, Any

import numpy as np

from mmml.report.figures.style import FOLD, INK, TEST, canvas
from mmml.report.material import Material
from mmml.report.scatter import with_unit

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "Errors"

# Odd, so that one bin lies around 0.
_BINS = 31


def caption(material: Material) -> str:
    """Say how to read it."""
    return (
        "What was said less what is true: right of the line too large, left of it too small. The dashed line "
        "is the mean, the bias."
    )


def draw(material: Material) -> "Figure | None":
    """Draw a histogram for each split, one below the other."""
    if not material.shown:
        return None
    figure, several = canvas(1.0 + 1.25 * len(material.shown), len(material.shown))
    furthest = max(float(shown.outcome.quality.max()) for shown in material.shown) or 1.0
    edges = np.linspace(-furthest, furthest, _BINS + 1)
    for axes, shown in zip(several, material.shown, strict=True):
        residual, colour = shown.estimated.residual, TEST if shown is material.shown[-1] else FOLD
        look: dict[str, Any] = {"facecolor": (colour, 0.25), "edgecolor": colour, "linewidth": 1}
        axes.stairs(np.histogram(residual, edges)[0], edges, fill=True, **look)
        axes.axvline(0, color=INK, linewidth=1)
        axes.axvline(float(residual.mean()), color=INK, linewidth=1, linestyle="--")
        axes.set(title=f"{shown.name}: {len(shown.judged.path):,} samples", ylabel="samples")
        axes.yaxis.get_major_locator().set_params(integer=True)  # type: ignore[call-arg]  # MaxNLocator
        axes.grid(False, axis="x")
    several[-1].set_xlabel(with_unit("predicted less true", material))
    return figure
