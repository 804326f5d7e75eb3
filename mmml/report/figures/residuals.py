"""Residuals: what was said less what is true, over what was said."""

from typing import TYPE_CHECKING

from mmml.report.figures.style import INK, canvas, legend
from mmml.report.material import Material
from mmml.report.scatter import note, scatter, with_unit

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "Residuals"


def caption(material: Material) -> str:
    """Say how to read it."""
    return (
        "What was said less what is true. A good model leaves a level band around the line: a slope or a "
        "bend is something that it has not learned, a funnel shows that errors grow with the number."
        f"{note(material)}"
    )


def draw(material: Material) -> "Figure | None":
    """Draw the residual of each sample over the number that was said."""
    if not material.shown:
        return None
    figure, (axes,) = canvas()
    axes.axhline(0, color=INK, linewidth=0.8)
    scatter(axes, material, lambda one: one.said, lambda one: one.residual)
    axes.set(xlabel=with_unit("predicted", material), ylabel=with_unit("predicted less true", material))
    legend(axes, loc="best")
    return figure
