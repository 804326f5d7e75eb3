"""Judging samples: metrics with intervals, by task; also where not all of them have a score."""

import logging

from mmml.bundle.samples import Judged
from mmml.judge.interval import Interval
from mmml.task.base import Task
from mmml.task.decision import Decision

log = logging.getLogger(__name__)


def metrics_of(task: Task, judged: Judged, decision: Decision, seed: int) -> dict[str, Interval]:
    """Return every metric of the task on the samples that have a score; none where no sample has one."""
    scored = judged.scored
    if not scored.all():
        log.warning("%d of %d samples have no score and are not judged", (~scored).sum(), len(scored))
    if not scored.any():
        return {}
    rows = judged.rows(scored)
    return task.judge(rows.prediction, rows.label, rows.group, decision, seed)


def confusion_of(task: Task, judged: Judged, decision: Decision) -> dict[str, dict[str, int]]:
    """Return the number of samples by true and said class, where the task says one; of those with a score."""
    rows = judged.rows(judged.scored)
    return task.confusion(rows.prediction, rows.label, decision)
