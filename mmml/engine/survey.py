"""Looking a dataset over before anything is trained on it: every sample is read once, nothing is measured."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmml.dataset.sample import Dataset
from mmml.engine.divide import divided, folds_of
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
        labels: number of samples of each label, or of each range of numbers; in the order to show them.
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
    kinds = task.kinds(data.labels)
    sides = [] if in_test is None else list(zip(kinds, in_test.tolist(), strict=True))
    return Survey(
        labels=Counter(task.counted(data.labels)),
        groups=Counter(kind for kind, _ in set(zip(kinds, data.groups, strict=True))),
        train=Counter(kind for kind, test in sides if not test),
        test=Counter(kind for kind, test in sides if test),
        group_total=len(set(data.groups)),
        merged=data.merged,
        unreadable=data.unreadable,
        flaw=flaw,
    )


def _divided(data: Measured, task: Task, seed: int) -> NDArray[np.bool_]:
    task.check(data.labels)
    in_test = divided(data, task, seed)
    folds_of(data.rows(~in_test), task, seed)
    return in_test
