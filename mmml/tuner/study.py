"""A study: the trials of a search, as a bundle keeps them and a report draws them."""

from typing import Any

import msgspec

#: The file of a bundle that holds its study.
STUDY = "study.json"


class Trial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One set of values that was tried.

    Args:
        number: its number in the study, from 0.
        state: ``complete``, or ``pruned``: given up after some folds.
        values: what was tried, by dotted path of the config.
        scores: mean over the folds of each metric; of a pruned one over the folds that it saw.
        folds: the first metric on each fold that was seen; None where it is not defined.
        seconds: how long it took.
    """

    number: int
    state: str
    values: dict[str, Any]
    scores: list[float]
    folds: list[float | None]
    seconds: float | None = None


class Study(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a search tried and what it chose.

    Args:
        name: of the study in its storage.
        metrics: what was scored: one, or two for a trade-off.
        trials: those that are complete or pruned, by number.
        chosen: number of the trial whose values the model was trained with.
        choice: why this one, in words.
        importances: by path, the share (0 to 1) of each value in how the first metric varied; empty where
            there were too few trials to tell.
    """

    name: str
    metrics: list[str]
    trials: list[Trial]
    chosen: int
    choice: str
    importances: dict[str, float]

    def __post_init__(self) -> None:
        if self.chosen not in {trial.number for trial in self.trials}:
            raise ValueError("the trial that was chosen is none of the trials")

    @property
    def values(self) -> dict[str, Any]:
        """The values of the chosen trial, by dotted path."""
        return next(trial.values for trial in self.trials if trial.number == self.chosen)
