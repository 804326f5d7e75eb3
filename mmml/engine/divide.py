"""Dividing a dataset: test split and folds, balanced as the task asks."""

import numpy as np
from numpy.typing import NDArray

from mmml.dataset.split import Indices, folds, split
from mmml.engine.measured import Measured
from mmml.task.base import Task


def divided(data: Measured, task: Task, seed: int) -> NDArray[np.bool_]:
    """Choose the test split.

    Returns:
        Bool, shape (n,): True for the samples of the test split.

    Raises:
        MmmlError: the data cannot be divided; see `mmml.dataset.split.split`.
    """
    return split(
        task.strata(data.labels, data.groups),
        data.groups,
        [sample.split for sample in data.samples],
        task.test_size,
        seed,
        whole=task.needs_all_strata,
    )


def folds_of(data: Measured, task: Task, seed: int) -> list[tuple[Indices, Indices]]:
    """Deal the training split into folds; pairs (train, held out) of sample numbers.

    Raises:
        MmmlError: there are too few groups; see `mmml.dataset.split.folds`.
    """
    strata = task.strata(data.labels, data.groups)
    return folds(strata, data.groups, task.folds, seed, whole=task.needs_all_strata)
