"""Thresholds: from which probability on a sample is called positive."""

import numpy as np
from numpy.typing import NDArray

from mmml.judge.metrics import OF_CONFUSION, check_metric


def best_threshold(truth: NDArray[np.bool_], probability: NDArray[np.float64], metric: str) -> float:
    """Return the threshold that makes ``metric`` greatest; the middle of the gap where it lies.

    Args:
        truth: True for the positive class, shape (n,), both classes present.
        probability: scores of samples that the model was not fitted on, shape (n,).
        metric: a metric of the confusion matrix: ``balanced_accuracy``, ``f1``, ``accuracy``…

    Raises:
        UsageError: the metric does not depend on a threshold.
    """
    check_metric(metric, tuple(OF_CONFUSION))
    levels, member = np.unique(probability, return_inverse=True)
    up = np.bincount(member, weights=truth)
    down = np.bincount(member, weights=~truth)
    # Calling everything from level i on positive, for each i and for "nothing at all".
    caught = np.append(np.cumsum(up[::-1])[::-1], 0.0)
    alarms = np.append(np.cumsum(down[::-1])[::-1], 0.0)
    confusion = np.stack(
        [np.stack([down.sum() - alarms, alarms], axis=1), np.stack([up.sum() - caught, caught], axis=1)],
        axis=1,
    )
    reached = OF_CONFUSION[metric](confusion, 1)
    # Below all and above all too: not 0 and 1 themselves, which no raw score reaches.
    bounded = np.concatenate([[0.0], levels, [1.0]])
    edges = (bounded[1:] + bounded[:-1]) / 2
    best = np.flatnonzero(reached >= np.nanmax(reached) - 1e-12)
    # Among equals the middle one: far from the samples on either side.
    return float(edges[best[len(best) // 2]])
