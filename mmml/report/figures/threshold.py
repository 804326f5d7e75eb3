"""What other thresholds would give."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mmml.judge.metrics import OF_CONFUSION
from mmml.report.curves import Curve, curves
from mmml.report.describe import metric_in_words
from mmml.report.figures.style import COLOURS, FOLD, INK, TEST, canvas, legend, unit_axis
from mmml.report.material import Material

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "Threshold"

_STEPS = 201
# What is drawn besides the metric that matters.
_BESIDES = {"precision": COLOURS["teal"], "recall": COLOURS["purple"]}


def caption(material: Material) -> str:
    """Say how to read it."""
    return (
        "What each threshold would give; the upright line is the chosen one. It was chosen on samples said "
        f"out of fold, never on the test split. Precision and recall of {material.decision.positive}."
    )


def draw(material: Material) -> "Figure | None":
    """Draw the main metric of each split, and precision and recall of the first, over all thresholds."""
    threshold = material.decision.threshold
    found = curves(material)
    if threshold is None or not found:
        return None
    asked = str(material.task.get_params().get("metric"))
    metric = asked if asked in OF_CONFUSION else "balanced_accuracy"
    steps = np.linspace(0, 1, _STEPS)
    figure, (axes,) = canvas()
    for name, colour in _BESIDES.items():
        if name != metric:
            axes.plot(steps, _reached(found[0], name, steps), color=colour, linewidth=1, label=name)
    for curve in found:
        colour = TEST if curve is found[-1] else FOLD
        label = f"{metric_in_words(metric)}, {curve.name}"
        axes.plot(steps, _reached(curve, metric, steps), curve.dashes, color=colour, label=label)
    axes.axvline(threshold, color=INK, linewidth=1)
    unit_axis(axes, "both")
    axes.set(xlabel=f"threshold (chosen: {threshold:.3f})")
    legend(axes, loc="lower center")
    return figure


def _reached(curve: Curve, metric: str, steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the metric at each threshold; float64, shape of ``steps``."""
    up, down = (np.sort(curve.score[side]) for side in (curve.truth, ~curve.truth))
    # From a threshold on a sample is called positive.
    caught, alarms = (len(side) - np.searchsorted(side, steps, side="left") for side in (up, down))
    rows = [[len(down) - alarms, alarms], [len(up) - caught, caught]]
    confusion = np.moveaxis(np.array(rows, dtype=np.float64), 2, 0)
    return OF_CONFUSION[metric](confusion, 1)
