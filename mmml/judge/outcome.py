"""What was true and what was said, as metrics, slices and comparisons ask for it, whatever is predicted."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mmml.errors import UsageError, did_you_mean

Floats = NDArray[np.float64]


class Outcome(ABC):
    """What was true of n samples, and what was said."""

    #: The metrics that are reported, by name; the docstring of each says what it measures.
    metrics: ClassVar[Mapping[str, Callable[..., Floats]]]
    #: Of these, less is better.
    less_is_better: ClassVar[frozenset[str]] = frozenset()
    #: Of these, some are in the unit of the number that is said.
    in_unit: ClassVar[frozenset[str]] = frozenset()
    #: Whether `quality` is 1 for right and 0 for wrong, and every metric a share from 0 to 1. Otherwise
    #: `quality` is an error: 0 for right, and more is worse.
    shares: ClassVar[bool]

    @abstractmethod
    def metric(self, name: str, weights: Floats) -> Floats:
        """Return a metric for each row of ``weights`` (b, n): shape (b,), NaN where it is not defined.

        Raises:
            UsageError: there is no such metric.
        """

    @property
    @abstractmethod
    def quality(self) -> Floats:
        """How each sample fared, float64, shape (n,); its mean tells good parts of the data from bad ones."""

    @classmethod
    def measures(cls, name: str) -> str:
        """Return what a metric measures, in a few words; empty for an unknown one."""
        told: Any = getattr(cls.metrics.get(name), "__doc__", None) or ""
        return str(told).partition(";")[0].partition("\n")[0].rstrip(".")


def check_metric(name: str, known: Mapping[str, Any] | tuple[str, ...], whose: str = "") -> None:
    """Refuse a metric that is not one of ``known``.

    Args:
        name: of the metric.
        known: names.
        whose: which task they belong to, where that is worth a word.

    Raises:
        UsageError: with the nearest known name.
    """
    if name not in known:
        of = f" of {whose}" if whose else ""
        raise UsageError(f"there is no metric {name}{of}", did_you_mean(name, known))


def ratio(part: Floats, whole: Floats) -> Floats:
    """Return ``part / whole``, NaN where ``whole`` is not above zero."""
    found = np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=np.asarray(whole) > 0)
    return np.asarray(found)
