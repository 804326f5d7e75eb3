"""What a report is made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from mmml.bundle.manifest import Manifest, task_of
from mmml.bundle.samples import Judged
from mmml.judge.interval import Interval
from mmml.judge.metrics import Classified
from mmml.judge.outcome import Outcome
from mmml.judge.regression import Estimated
from mmml.report.left_out import LeftOut
from mmml.task.base import Task
from mmml.task.decision import Decision
from mmml.tuner.study import Study

# How a split is called where people read of it.
_IN_WORDS = {"validation": "out of fold", "test": "test", "eval": "evaluation"}


def in_words(split: str) -> str:
    """Return how a split is called on the page: ``validation`` is said out of fold."""
    return _IN_WORDS.get(split, split)


@dataclass(frozen=True)
class Shown:
    """The samples of a split that have a score, as figures draw them.

    Args:
        name: of the split, in words.
        judged: the samples.
        outcome: truth and prediction as numbers, row by row.
    """

    name: str
    judged: Judged
    outcome: Outcome

    @property
    def classified(self) -> Classified:
        """The outcome where classes were said."""
        assert isinstance(self.outcome, Classified)
        return self.outcome

    @property
    def estimated(self) -> Estimated:
        """The outcome where numbers were said."""
        assert isinstance(self.outcome, Estimated)
        return self.outcome


@dataclass(frozen=True)
class Material:
    """What a report is made of.

    Args:
        title: of the page: the model's name and version.
        manifest: of the model.
        estimator: the fitted estimator, in words.
        splits: the samples that were judged: ``validation`` and ``test``, or ``eval``.
        metrics: with their intervals, by split and name.
        study: what a search tried, where there was one.
        unseen: what came of leaving out values of facts, fact by fact.
        notes: what else the reader must know: samples that were left out, say.
        thumbnail: takes path and content hash of a sample; returns a JPEG, or None where it is gone.
        data_name: what ``splits`` come from, where it is not what the model was trained on.
        seed: of the draws of the intervals.
    """

    title: str
    manifest: Manifest
    estimator: str
    splits: Sequence[Judged]
    metrics: Mapping[str, Mapping[str, Interval]]
    study: Study | None = None
    unseen: Sequence[LeftOut] = ()
    notes: Sequence[str] = ()
    thumbnail: Callable[[str, str], bytes | None] = lambda path, sha256: None
    data_name: str | None = None
    seed: int = 0

    @property
    def decision(self) -> Decision:
        """How raw scores become a prediction."""
        return self.manifest.decision

    @cached_property
    def task(self) -> Task:
        """What is predicted."""
        return task_of(self.manifest)

    @cached_property
    def shown(self) -> list[Shown]:
        """The splits in their order, without samples that have no score, and without empty splits."""
        found = [self.shown_of(judged) for judged in self.splits]
        return [one for one in found if one.judged.path]

    def shown_of(self, judged: Judged) -> Shown:
        """Return samples as figures draw them, without those that have no score."""
        rows = judged.rows(judged.scored)
        outcome = self.task.outcome(rows.prediction, rows.label, self.decision)
        return Shown(in_words(judged.split), rows, outcome)
