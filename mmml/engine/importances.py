"""Permutation importance: how much worse a model gets when a feature is shuffled."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmml.bundle.manifest import Importance
from mmml.task.base import Task
from mmml.task.decision import Decision

_REPEATS = 5
# More samples cost time and tell hardly more.
_MOST = 2000


def importances(
    task: Task,
    estimator: Any,
    decision: Decision,
    features: NDArray[np.float64],
    labels: Sequence[str],
    names: Sequence[str],
    seed: int,
) -> dict[str, Importance]:
    """Measure how much the task's main metric falls when each feature is shuffled.

    L. Breiman, "Random Forests", Machine Learning 45, 2001, section 10, on samples that the model was not
    fitted to. Calibration and threshold of the decision are part of what is judged.

    Args:
        task: what is predicted.
        estimator: fitted.
        decision: as the bundle has it.
        features: of the test split, shape (n, f).
        labels: length n.
        names: of the features, length f.
        seed: of the shuffles, and of the draw where there are very many samples.

    Returns:
        By feature, for the larger the better also where less of the metric is better; empty where the metric
        is not defined on these samples.
    """
    from sklearn.inspection import permutation_importance

    metric = task.metric
    rows = np.random.default_rng(seed).permutation(len(labels))[:_MOST]
    known = np.asarray(labels, dtype=object)[rows].astype(str)

    def worth(model: Any, columns: Any, truth: Any) -> float:
        said = task.predict(task.score(model, np.asarray(columns), decision.classes), decision)
        scored = said.known
        if not scored.any():
            return float("nan")
        outcome = task.outcome(said.rows(scored), list(truth[scored]), decision)
        value = float(outcome.metric(metric, np.ones((1, int(scored.sum()))))[0])
        return -value if task.less_is_better(metric) else value

    if np.isnan(worth(estimator, features[rows], known)):
        return {}
    found = permutation_importance(
        estimator, features[rows], known, scoring=worth, n_repeats=_REPEATS, random_state=seed
    )
    pairs = zip(names, found.importances_mean, found.importances_std, strict=True)
    return {
        name: Importance(float(mean), float(deviation))
        for name, mean, deviation in pairs
        if np.isfinite(mean) and np.isfinite(deviation)
    }
