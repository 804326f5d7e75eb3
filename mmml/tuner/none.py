"""The tuner that leaves a config as it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from mmml.tuner.base import Question
from mmml.tuner.study import Study


class NoTuner:
    """Searches nothing: the values of the config are taken as they are.

    Args:
        space: what another tuner would search; an experiment may name it for whoever wants to tune.
    """

    def __init__(self, space: Mapping[str, Any] | None = None) -> None:
        self.space = space

    @property
    def paths(self) -> Sequence[str]:
        """None at all."""
        return ()

    @property
    def metrics(self) -> Sequence[str]:
        """None at all."""
        return ()

    def search(self, question: Question) -> Study | None:
        """Return None."""
        return None
