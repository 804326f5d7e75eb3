"""Permutation importance: how much worse it gets when a feature is shuffled."""

from typing import TYPE_CHECKING

from mmml.report.describe import metric_in_words
from mmml.report.figures.style import INK, RIGHT, canvas, named
from mmml.report.material import Material

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "Permutation importance"

_MOST = 15


def caption(material: Material) -> str:
    """Say how to read it."""
    metric = metric_in_words(str(material.task.get_params().get("metric")))
    count = len(material.manifest.importances)
    chosen = f" The first {_MOST} of {count} features." if count > _MOST else ""
    return (
        f"By how much {metric} on the test split gets worse when one feature is shuffled; the line is the "
        "standard deviation over the shuffles. Features that say the same share their importance, or hide "
        f"it.{chosen}"
    )


def draw(material: Material) -> "Figure | None":
    """Draw a bar a feature, the most important first."""
    found = sorted(material.manifest.importances.items(), key=lambda item: -item[1].mean)[:_MOST]
    if not found:
        return None
    figure, (axes,) = canvas(0.7 + 0.27 * len(found))
    means = [one.mean for _, one in found]
    spread = [one.deviation for _, one in found]
    whiskers = {"ecolor": INK, "elinewidth": 1}
    axes.barh(range(len(found)), means, xerr=spread, height=0.6, color=RIGHT, error_kw=whiskers)
    axes.set_yticks(range(len(found)), [named(name, 22) for name, _ in found])
    axes.invert_yaxis()
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.axvline(0, color=INK, linewidth=0.8)
    return figure
