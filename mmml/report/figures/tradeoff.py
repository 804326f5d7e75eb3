"""The trade-off between two metrics of a search: the Pareto front with the chosen point."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mmml.report.describe import metric_in_words
from mmml.report.figures.study import finished
from mmml.report.figures.style import COLOURS, PAPER, TEST, canvas, legend, ring
from mmml.report.material import Material

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "Trade-off of the search"


def caption(material: Material) -> str:
    """Say how to read it."""
    return "Trials on the front are not beaten in both metrics at once by any other. Means over folds."


def draw(material: Material) -> "Figure | None":
    """Draw both metrics of each trial; nothing where there is one metric only."""
    study = material.study
    if study is None or len(study.metrics) != 2 or not (complete := finished(study)):
        return None
    scores = np.array([trial.scores for trial in complete])
    front = _front(scores * [-1 if material.task.less_is_better(name) else 1 for name in study.metrics])
    chosen = np.array([trial.number == study.chosen for trial in complete])
    figure, (axes,) = canvas()
    axes.plot(*scores[~front].T, "o", color=COLOURS["slate"], markersize=4, alpha=0.6, label="others")
    edge = scores[front][np.argsort(scores[front][:, 0])]
    axes.plot(*edge.T, "-o", color=TEST, linewidth=1, markersize=5, markeredgecolor=PAPER, label="front")
    for first, second in scores[chosen]:
        ring(axes, first, second, "chosen")
    axes.set(xlabel=metric_in_words(study.metrics[0]), ylabel=metric_in_words(study.metrics[1]))
    legend(axes, loc="best")
    return figure


def _front(worth: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which points none is better than in both, more being better; (n, 2) gives (n,), of equals one."""
    order = np.lexsort((-worth[:, 1], -worth[:, 0]))
    second = worth[order, 1]
    # From the best in the first on, only what is better than all before it in the second stays.
    before = np.concatenate([[-np.inf], np.maximum.accumulate(second)[:-1]])
    front = np.zeros(len(worth), dtype=bool)
    front[order] = second > before
    return front
