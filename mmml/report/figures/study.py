"""The history of a search: what was tried, and the best so far."""

from typing import TYPE_CHECKING

import numpy as np

from mmml.report.describe import metric_in_words
from mmml.report.figures.style import COLOURS, PAPER, TEST, canvas, legend, ring
from mmml.report.material import Material
from mmml.tuner.study import Study, Trial

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "History of the search"


def caption(material: Material) -> str:
    """Say how to read it."""
    assert material.study is not None
    return (
        f"The {metric_in_words(material.study.metrics[0])} of each trial, a mean over folds of the training "
        "split; the line is the best so far. Pruned trials were given up after some folds."
    )


def draw(material: Material) -> "Figure | None":
    """Draw a point a trial; nothing where no trial was completed."""
    study = material.study
    if study is None or not (complete := finished(study)):
        return None
    pruned = [t for t in study.trials if t.state == "pruned" and t.scores and np.isfinite(t.scores[0])]
    numbers, scores = [t.number for t in complete], [t.scores[0] for t in complete]
    less = material.task.less_is_better(study.metrics[0])
    best = np.minimum if less else np.maximum
    figure, (axes,) = canvas()
    if pruned:
        given_up = [t.number for t in pruned], [t.scores[0] for t in pruned]
        axes.plot(*given_up, "x", color=COLOURS["slate"], markersize=4.5, markeredgewidth=1, label="pruned")
    axes.plot(numbers, scores, "o", color=TEST, markeredgecolor=PAPER, markersize=5, label="complete")
    axes.step(numbers, best.accumulate(scores), where="post", color=TEST, linewidth=1.2, label="best so far")
    for trial in complete:
        if trial.number == study.chosen:
            ring(axes, trial.number, trial.scores[0], "chosen")
    axes.set(xlabel="trial", ylabel=metric_in_words(study.metrics[0]))
    axes.xaxis.get_major_locator().set_params(integer=True)  # type: ignore[call-arg]  # MaxNLocator
    legend(axes, loc="best")
    return figure


def finished(study: Study) -> list[Trial]:
    """Return the trials that were completed and have numbers for scores."""
    wanted = len(study.metrics)
    return [
        trial
        for trial in study.trials
        if trial.state == "complete" and len(trial.scores) == wanted and np.isfinite(trial.scores).all()
    ]
