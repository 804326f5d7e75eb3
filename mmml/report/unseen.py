"""Values that were left out of training: how the model fares on them, seen and never seen."""

from dataclasses import dataclass

import numpy as np

from mmml.judge.interval import Interval, bootstrap
from mmml.report.left_out import LeftOut, Unseen
from mmml.report.material import Material
from mmml.report.slices import Cell, cell_of


@dataclass(frozen=True)
class Row:
    """A value of a fact.

    Args:
        value: as samples have it: ``motion``.
        seen: how models fare on it that have learned from others like it.
        unseen: how models fare on the same samples that have never seen the like.
        roc_auc: how well the latter rank these samples against the other class; None where there is no
            positive class.
    """

    value: str
    seen: Cell
    unseen: Cell
    roc_auc: Interval | None


@dataclass(frozen=True)
class Table:
    """The values of one fact.

    Args:
        fact: its name.
        rows: the weak first.
        others: which values are not among them, and why; a line for each reason.
    """

    fact: str
    rows: list[Row]
    others: list[str]

    @property
    def ranked(self) -> bool:
        """Whether a value is ranked against the other class."""
        return any(row.roc_auc is not None for row in self.rows)


def tables(material: Material) -> list[Table]:
    """Return a table for each fact whose values were left out."""
    return [_table(material, one) for one in material.unseen]


def _table(material: Material, left_out: LeftOut) -> Table:
    rows = [_row(material, one) for one in left_out.values]
    return Table(left_out.fact, sorted(rows, key=lambda row: row.unseen.weakness), list(left_out.others))


def _row(material: Material, one: Unseen) -> Row:
    seen, unseen = (
        cell_of(material.shown_of(judged), np.ones(len(judged.path), dtype=bool), material.seed)
        for judged in (one.seen, one.unseen)
    )
    if material.decision.positive is None:
        return Row(one.value, seen, unseen, None)
    ranked = material.shown_of(one.ranked)
    auc = bootstrap(
        lambda weights: ranked.outcome.metric("roc_auc", weights), ranked.judged.group, material.seed
    )
    return Row(one.value, seen, unseen, auc)
