"""What makes the samples of a made set: one maker a kind of demo data, in its modality's ``make.py``."""

from typing import Any, Protocol

import numpy as np

from mmml.value import Value

Facts = dict[str, float | str]


class Maker(Protocol):
    """Makes labelled values of one modality: what the ``make.py`` of every modality offers.

    One whose sources are of another modality (clips out of photos, say) names it as ``source_modality``.
    """

    @property
    def modality(self) -> str:
        """The modality of the values."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels that it makes."""
        ...

    @property
    def suffix(self) -> str:
        """The ending of its files, with the dot."""
        ...

    def __call__(self, rng: np.random.Generator, source: Any, label: str) -> tuple[Value, Facts]:
        """Make one value with this label out of a good one, or of nothing (None), and tell its facts.

        A fact ``label`` takes the place of the label: so a maker whose labels are numbers has one label,
        which names the folder (``decay``), and tells of each value the number that was drawn for it.
        """
        ...

    def get_params(self) -> dict[str, Any]:
        """Return all that decides, beside ``rng`` and the source, what is made."""
        ...
