"""What was said against what is true."""

from typing import TYPE_CHECKING

from mmml.report.figures.style import INK, canvas, legend
from mmml.report.material import Material
from mmml.report.scatter import note, scatter, with_unit

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "Predicted against true"


def caption(material: Material) -> str:
    """Say how to read it."""
    return (
        "A point is a sample; on the line what was said is true. Points above it were said too large, points "
        f"below too small.{note(material)}"
    )


def draw(material: Material) -> "Figure | None":
    """Draw the samples of each split beside the line of equality."""
    if not material.shown:
        return None
    figure, (axes,) = canvas()
    truths = [shown.estimated.truth for shown in material.shown]
    ends = min(truth.min() for truth in truths), max(truth.max() for truth in truths)
    axes.plot(ends, ends, color=INK, linewidth=0.8)
    scatter(axes, material, lambda one: one.truth, lambda one: one.said)
    axes.set(xlabel=with_unit("true", material), ylabel=with_unit("predicted", material))
    legend(axes, loc="upper left")
    return figure
