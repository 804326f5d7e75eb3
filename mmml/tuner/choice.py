"""Which trial of a study is taken, and why."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mmml.tuner.study import Trial


def choose(
    trials: Sequence[Trial], metrics: Sequence[str], less_is_better: Sequence[bool]
) -> tuple[Trial, str]:
    """Return the trial whose values are taken, and the reason in words.

    With one metric it is the best trial, of equals the first. With two it is, of those that no other beats in
    both (the Pareto front), the one nearest to the best of both, where each metric is scaled to its range
    over the front: the knee of the trade-off.

    Args:
        trials: at least one, all complete.
        metrics: their names.
        less_is_better: for each metric.
    """
    signs = np.where(less_is_better, -1.0, 1.0)
    scores = np.array([trial.scores for trial in trials]) * signs
    if len(metrics) == 1:
        best = trials[int(scores[:, 0].argmax())]
        return best, f"the best {metrics[0]} over the folds, {best.scores[0]:.4f}"
    front = np.flatnonzero(pareto(scores))
    reach = scores[front].max(axis=0) - scores[front].min(axis=0)
    short = (scores[front].max(axis=0) - scores[front]) / np.where(reach > 0, reach, 1.0)
    best = trials[front[int(np.linalg.norm(short, axis=1).argmin())]]
    both = " and ".join(f"{name} {score:.4f}" for name, score in zip(metrics, best.scores, strict=True))
    number = "the only trial" if len(front) == 1 else f"of {len(front)} trials"
    return best, f"{number} that no other beats in both, the one nearest to the best of both: {both}"


def pareto(scores: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which rows no other row beats; more is better.

    Args:
        scores: float64, shape (n, m).

    Returns:
        Bool, shape (n,). Of equal rows all are on the front.
    """
    no_worse = (scores[:, None] >= scores[None]).all(axis=2)
    better = (scores[:, None] > scores[None]).any(axis=2)
    return np.asarray(~(no_worse & better).any(axis=0))
