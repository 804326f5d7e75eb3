"""Looking a dataset over before anything is trained on it: every sample is read once, nothing is measured."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmml.dataset.sample import Dataset
from mmml.dataset.split import folds, split
from mmml.engine.extract import Extractor
from mmml.engine.measured import Measured, measure_dataset
from mmml.errors import MmmlError
from mmml.features import Features, SideBySide, Transformer
from mmml.task.base import Task
from mmml.value import Value


class Nothing(Transformer):
    """Measures nothing.

    Args:
        modality: whose values it takes.
    """

    def __init__(self, modality: str) -> None:
        self.modality = modality  # type: ignore[misc]  # it fits every modality

    @property
    def names(self) -> tuple[str, ...]:
        """None at all."""
        return ()

    def extract(self, value: Value) -> Features:
        """Return float64 of shape (0,)."""
        return np.empty(0)


@dataclass(frozen=True)
class Survey:
    """What a dataset holds, and how a training would divide it.

    Args:
        labels: number of samples of each label.
        groups: number of groups of each label.
        train: number of samples of each label to learn from; empty where the data cannot be divided.
        test: the same, to test on.
        group_total: number of groups over all labels.
        merged: how many samples share a group because they look alike.
        unreadable: path and reason of samples that cannot be read.
        flaw: why nothing could be trained on this data; None where it can.
    """

    labels: Counter[str]
    groups: Counter[str]
    train: Counter[str]
    test: Counter[str]
    group_total: int
    merged: int
    unreadable: Sequence[tuple[str, str]]
    flaw: MmmlError | None


def survey(dataset: Dataset, task: Task, extractor: Extractor, seed: int = 0) -> Survey:
    """Read every sample of a dataset once and divide it as a training with this task and seed would.

    Raises:
        MmmlError: the data is missing or contradicts itself, or no sample can be read.
    """
    nothing = SideBySide({"nothing": Nothing(dataset.modality)})
    data = measure_dataset(dataset, nothing, extractor)
    flaw: MmmlError | None = None
    in_test: NDArray[np.bool_] | None = None
    try:
        in_test = _divided(data, task, seed)
    except MmmlError as error:
        flaw = error
    return Survey(
        labels=Counter(data.labels),
        groups=Counter(label for label, _ in set(zip(data.labels, data.groups, strict=True))),
        train=Counter() if in_test is None else Counter(data.rows(~in_test).labels),
        test=Counter() if in_test is None else Counter(data.rows(in_test).labels),
        group_total=len(set(data.groups)),
        merged=data.merged,
        unreadable=data.unreadable,
        flaw=flaw,
    )


def _divided(data: Measured, task: Task, seed: int) -> NDArray[np.bool_]:
    task.check(data.labels)
    prescribed = [sample.split for sample in data.samples]
    in_test = split(task.strata(data.labels), data.groups, prescribed, task.test_size, seed)
    learning = data.rows(~in_test)
    folds(task.strata(learning.labels), learning.groups, task.folds, seed)
    return in_test
