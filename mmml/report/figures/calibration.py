"""Calibration: whether a score of 0.8 is right in eight cases of ten."""

from typing import TYPE_CHECKING

import numpy as np

from mmml.report.curves import Curve, curves, note
from mmml.report.figures.style import LINE, PAPER, canvas, legend, unit_axis
from mmml.report.material import Material

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "Calibration"

# A point stands for at least so many samples, and there are no more points than this.
_IN_BIN, _BINS = 15, 10


def caption(material: Material) -> str:
    """Say how to read it."""
    what = "the class" if material.decision.positive is None else material.decision.positive
    return (
        f"Samples in bins of equal number by their score, and the share of each bin that is {what}: on the "
        f"diagonal a score can be read as a probability.{note(material)}"
    )


def draw(material: Material) -> "Figure | None":
    """Draw a curve for each split, or for each class against the rest; of few samples there is none."""
    from sklearn.calibration import calibration_curve

    found = [curve for curve in curves(material) if _bins(curve) >= 2]
    if not found:
        return None
    figure, (axes,) = canvas()
    axes.plot([0, 1], [0, 1], color=LINE, linewidth=1)
    for curve in found:
        share, score = calibration_curve(
            curve.truth, np.clip(curve.score, 0, 1), n_bins=_bins(curve), strategy="quantile"
        )
        line = f"{curve.dashes}o"
        axes.plot(
            score, share, line, color=curve.colour, markeredgecolor=PAPER, markersize=5, label=curve.name
        )
    unit_axis(axes, "both")
    axes.set(xlabel="mean score of the bin", ylabel="share that is of the class")
    legend(axes, loc="upper left")
    return figure


def _bins(curve: Curve) -> int:
    return min(_BINS, len(curve.truth) // _IN_BIN)
