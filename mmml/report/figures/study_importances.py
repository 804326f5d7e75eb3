"""Which of the values that were searched mattered."""

from typing import TYPE_CHECKING

from mmml.report.describe import metric_in_words
from mmml.report.figures.style import RIGHT, canvas, named
from mmml.report.material import Material

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "What mattered in the search"

_MOST = 15
# Of a path, characters.
_LONGEST = 24


def caption(material: Material) -> str:
    """Say how to read it."""
    assert material.study is not None
    metric = metric_in_words(material.study.metrics[0])
    return f"Share of each value in how {metric} varied over the trials; the shares add up to one."


def draw(material: Material) -> "Figure | None":
    """Draw a bar a value, the most important first; nothing where there were too few trials to tell."""
    study = material.study
    if study is None or not study.importances:
        return None
    found = sorted(study.importances.items(), key=lambda item: -item[1])[:_MOST]
    figure, (axes,) = canvas(0.7 + 0.27 * len(found))
    axes.barh(range(len(found)), [share for _, share in found], height=0.6, color=RIGHT)
    axes.set_yticks(range(len(found)), [_end(path) for path, _ in found])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
    return figure


def _end(path: str) -> str:
    # The last words of a dotted path tell most.
    return named(path if len(path) <= _LONGEST else f"…{path[1 - _LONGEST :]}", _LONGEST)
