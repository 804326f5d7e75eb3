"""Precision against recall: how much of what is called a class is of it, and how much of it is found."""

from typing import TYPE_CHECKING

from mmml.report.curves import curves, note
from mmml.report.figures.style import MUTED, canvas, dot, legend, unit_axis
from mmml.report.material import Material

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "Precision and recall"


def caption(material: Material) -> str:
    """Say how to read it."""
    positive = material.decision.positive
    if positive is None:
        return f"Of what is called a class, how much is; of the class, how much is found.{note(material)}"
    return (
        f"Of what is called {positive}, how much is; of what is {positive}, how much is found. The dot is "
        "the chosen threshold, the dotted line what calling everything so would give."
    )


def draw(material: Material) -> "Figure | None":
    """Draw a curve for each split, or for each class against the rest."""
    from sklearn.metrics import average_precision_score, precision_recall_curve

    found = curves(material)
    if not found:
        return None
    figure, (axes,) = canvas()
    for curve in found:
        precision, recall, _ = precision_recall_curve(curve.truth, curve.score)
        mean = average_precision_score(curve.truth, curve.score)
        label = f"{curve.name}: {mean:.3f}"
        axes.step(recall, precision, curve.dashes, where="post", color=curve.colour, label=label)
    threshold = material.decision.threshold
    if threshold is not None:
        axes.axhline(found[-1].truth.mean(), color=MUTED, linewidth=1, linestyle=":")
        said = found[-1].score >= threshold
        if said.any():
            dot(axes, float(said[found[-1].truth].mean()), float(found[-1].truth[said].mean()))
    unit_axis(axes, "both")
    axes.set(xlabel="recall: share found", ylabel="precision")
    legend(axes, loc="lower left", title="average precision", title_fontsize=8, alignment="left")
    return figure
