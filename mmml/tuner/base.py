"""What every tuner offers, and what it is asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from mmml.tuner.study import Study

#: Takes the number of a fold and the first metric on it; raises where the trial is to be given up.
Report = Callable[[int, float], None]


@dataclass(frozen=True)
class Scores:
    """What some values are worth.

    Args:
        means: each metric, its mean over the folds.
        folds: the first metric on each fold; None where it is not defined.
    """

    means: Sequence[float]
    folds: Sequence[float | None]


class Objective(Protocol):
    """Tells what values of a config are worth; can be sent to another process."""

    def __call__(self, values: Mapping[str, Any], report: Report) -> Scores:
        """Score values, by dotted path of the config.

        Args:
            values: what to try.
            report: told each fold as soon as it is scored.

        Raises:
            MmmlError: nothing can be fitted with these values.
        """
        ...


@dataclass(frozen=True)
class Question:
    """What a tuner is asked.

    Args:
        name: of the experiment.
        less_is_better: for each metric, whether its smaller values are the better ones.
        current: the values of the config as it stands, by dotted path of the space.
        identity: what makes two searches the same one, in digests: data, folds, config.
        objective: what some values are worth.
        seed: of all draws.
    """

    name: str
    less_is_better: Sequence[bool]
    current: Mapping[str, Any]
    identity: Mapping[str, str]
    objective: Objective
    seed: int


class Tuner(Protocol):
    """Searches for values that make a model best."""

    @property
    def paths(self) -> Sequence[str]:
        """The dotted paths of the config that it sets; none where it does not search."""
        ...

    @property
    def metrics(self) -> Sequence[str]:
        """What it makes best: one metric, or two."""
        ...

    def search(self, question: Question) -> Study | None:
        """Search; None where there is nothing to search.

        Raises:
            MmmlError: nothing could be scored, or the study cannot be used.
        """
        ...
