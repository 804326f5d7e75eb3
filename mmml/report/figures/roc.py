"""The receiver operating characteristic: what share is found at what price."""

from typing import TYPE_CHECKING

from mmml.report.curves import curves, note
from mmml.report.figures.style import LINE, canvas, dot, legend, unit_axis
from mmml.report.material import Material

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "ROC curve"


def caption(material: Material) -> str:
    """Say how to read it."""
    chosen = "" if material.decision.positive is None else " The dot is the chosen threshold."
    return (
        "Share found against share of false alarms, over all thresholds; the nearer to the upper left "
        f"corner, the better, and the diagonal is guessing.{chosen}{note(material)}"
    )


def draw(material: Material) -> "Figure | None":
    """Draw a curve for each split, or for each class against the rest."""
    from sklearn.metrics import roc_auc_score, roc_curve

    found = curves(material)
    if not found:
        return None
    figure, (axes,) = canvas()
    axes.plot([0, 1], [0, 1], color=LINE, linewidth=1)
    for curve in found:
        alarms, caught, _ = roc_curve(curve.truth, curve.score)
        area = roc_auc_score(curve.truth, curve.score)
        axes.plot(alarms, caught, curve.dashes, color=curve.colour, label=f"{curve.name}: {area:.3f}")
    threshold = material.decision.threshold
    if threshold is not None:
        said = found[-1].score >= threshold
        dot(axes, float(said[~found[-1].truth].mean()), float(said[found[-1].truth].mean()))
    unit_axis(axes, "both")
    axes.set(xlabel="share of false alarms", ylabel="share found")
    legend(axes, loc="lower right", title="area under the curve", title_fontsize=8, alignment="left")
    return figure
