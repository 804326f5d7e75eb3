"""A sample, and what every kind of dataset offers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

#: The values of a ``split`` column.
SPLITS = ("train", "test")


@dataclass(frozen=True, slots=True)
class Sample:
    """Where a value comes from and what is known of it.

    Args:
        path: the file.
        label: class name; for regression, the number as text.
        group: samples of one group never fall on both sides of a split; None for a group of its own.
        split: ``train`` or ``test`` where the dataset prescribes it, else None.
        facts: what is known of how the sample came to be (kind and strength of a degradation, say).
    """

    path: Path
    label: str
    group: str | None = None
    split: str | None = None
    facts: dict[str, float | str] = field(default_factory=dict)


class Dataset(Protocol):
    """A table of samples of one modality. It knows labels, never features."""

    modality: str

    def samples(self) -> Sequence[Sample]:
        """Return all samples, in an order that is the same on every machine.

        Raises:
            MmmlError: the data is missing, or its description contradicts itself.
        """
        ...
