"""What is said of samples: a class with its probability, or a number."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from mmml.task.decision import Decision

Floats = NDArray[np.float64]

#: Parts of a row by name: numbers and texts.
Fields = Mapping[str, float | str | None]


class Prediction(ABC):
    """What is said of n samples."""

    #: What a bundle's table of samples keeps of it, column by column.
    columns: ClassVar[tuple[str, ...]]

    @property
    @abstractmethod
    def known(self) -> NDArray[np.bool_]:
        """Of which samples something is said; shape (n,)."""

    @property
    @abstractmethod
    def table(self) -> Floats:
        """All numbers that are said, float64, shape (n, `Decision.width`); NaN where nothing is."""

    @abstractmethod
    def at(self, places: NDArray[np.intp]) -> Self:
        """Return what is said of the samples at these places, in their order."""

    def rows(self, mask: NDArray[np.bool_]) -> Self:
        """Return what is said of the samples where ``mask`` (n,) is True."""
        return self.at(np.flatnonzero(mask))

    @classmethod
    @abstractmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return what is said of the samples of all parts, one part after the other."""

    @abstractmethod
    def fields(self, place: int, decision: Decision) -> Fields:
        """Return what a row says of one sample of which something is `known`."""

    def chances(self, place: int, decision: Decision) -> dict[str, float]:
        """Return the probability of every class for one sample; none where no class is said."""
        return {}

    @abstractmethod
    def alike(self, other: Self) -> NDArray[np.bool_]:
        """Tell of which samples another prediction says the same; shape (n,)."""

    @abstractmethod
    def written(self) -> dict[str, list[Any]]:
        """Return the `columns` with their values."""

    @classmethod
    @abstractmethod
    def read(cls, column: Mapping[str, Sequence[Any]], decision: Decision) -> Self:
        """Return the prediction that `written` gave, from a bundle of whomever.

        Raises:
            ValueError: the columns do not fit the decision.
        """


@dataclass(frozen=True)
class ClassPrediction(Prediction):
    """A class for each of n samples.

    Args:
        labels: the class said of each; None where its raw score is NaN.
        scores: probability of the positive class, or of the class said where there are more than two; (n,).
        probabilities: of every class, shape (n, k).
    """

    labels: list[str | None]
    scores: Floats
    probabilities: Floats

    columns = ("said", "score", "probabilities")

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which samples have a score; shape (n,)."""
        return ~np.isnan(self.scores)

    @property
    def table(self) -> Floats:
        """The probabilities."""
        return self.probabilities

    def at(self, places: NDArray[np.intp]) -> Self:
        """Return what is said of the samples at these places, in their order."""
        labels = [self.labels[i] for i in places.tolist()]
        return type(self)(labels, self.scores[places], self.probabilities[places])

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return what is said of the samples of all parts, one part after the other."""
        return cls(
            [label for part in parts for label in part.labels],
            np.concatenate([part.scores for part in parts]),
            np.concatenate([part.probabilities for part in parts]),
        )

    def fields(self, place: int, decision: Decision) -> Fields:
        """Return label, score and threshold."""
        return {
            "label": self.labels[place],
            "score": float(self.scores[place]),
            "threshold": decision.threshold,
        }

    def chances(self, place: int, decision: Decision) -> dict[str, float]:
        """Return the probability of every class for one sample."""
        return dict(zip(decision.classes, self.probabilities[place].tolist(), strict=True))

    def alike(self, other: Self) -> NDArray[np.bool_]:
        """Tell which samples get the same class."""
        return np.array([a == b for a, b in zip(self.labels, other.labels, strict=True)], dtype=bool)

    def written(self) -> dict[str, list[Any]]:
        """Return the `columns` with their values."""
        return dict(
            zip(self.columns, (self.labels, self.scores.tolist(), self.probabilities.tolist()), strict=True)
        )

    @classmethod
    def read(cls, column: Mapping[str, Sequence[Any]], decision: Decision) -> Self:
        """Return the prediction that `written` gave; see `Prediction.read`."""
        said = list(column["said"])
        scores = np.array(column["score"], dtype=np.float64)
        probabilities = np.array(column["probabilities"], dtype=np.float64)
        if scores.shape != (len(said),) or probabilities.shape != (len(said), decision.width):
            raise ValueError("its scores do not fit the classes of the model")
        if not set(said) <= {*decision.classes, None}:
            raise ValueError("it holds labels that cannot be")
        return cls(said, scores, probabilities)


@dataclass(frozen=True)
class NumberPrediction(Prediction):
    """A number for each of n samples.

    Args:
        values: float64, shape (n,); NaN where nothing is said.
    """

    values: Floats

    columns = ("value",)

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which samples have a number; shape (n,)."""
        return ~np.isnan(self.values)

    @property
    def table(self) -> Floats:
        """The numbers as a column, shape (n, 1)."""
        return self.values[:, None]

    def at(self, places: NDArray[np.intp]) -> Self:
        """Return what is said of the samples at these places, in their order."""
        return type(self)(self.values[places])

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return what is said of the samples of all parts, one part after the other."""
        return cls(np.concatenate([part.values for part in parts]))

    def fields(self, place: int, decision: Decision) -> Fields:
        """Return value and unit."""
        return {"value": float(self.values[place]), "unit": decision.unit}

    def alike(self, other: Self) -> NDArray[np.bool_]:
        """Tell which samples get the same number, but for rounding."""
        return np.isclose(self.values, other.values, rtol=1e-9, atol=0)

    def written(self) -> dict[str, list[Any]]:
        """Return the `columns` with their values."""
        return {"value": self.values.tolist()}

    @classmethod
    def read(cls, column: Mapping[str, Sequence[Any]], decision: Decision) -> Self:
        """Return the prediction that `written` gave; see `Prediction.read`."""
        values = np.array(column["value"], dtype=np.float64)
        if values.shape != (len(column["value"]),) or np.isinf(values).any():
            raise ValueError("its numbers are no numbers")
        return cls(values)
