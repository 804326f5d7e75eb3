"""What comes of leaving values of facts out of training, before it is a table of a report."""

from collections.abc import Sequence
from dataclasses import dataclass

from mmml.bundle.samples import Judged


@dataclass(frozen=True)
class Unseen:
    """The samples of one value of a fact, judged by models that have learned from others like them or not.

    Args:
        value: of the fact: ``motion``.
        seen: as they are judged out of fold.
        unseen: the same samples, row by row, of models that were fitted without any of this value.
        ranked: these, and where they are all of one of two classes also samples of the other one, of the same
            models.
    """

    value: str
    seen: Judged
    unseen: Judged
    ranked: Judged


@dataclass(frozen=True)
class LeftOut:
    """What came of leaving out each value of a fact in turn.

    Args:
        fact: its name.
        values: those that could be left out.
        others: which could not, and why; a line for each reason.
    """

    fact: str
    values: Sequence[Unseen]
    others: Sequence[str]
