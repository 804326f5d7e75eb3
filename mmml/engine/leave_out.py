"""Leaving out: how samples of a kind are judged by models that have never seen one like them.

A score out of fold tells what a model is worth on new samples of the kinds that it has learned. In the field
there are others. So each value of a fact is left out of training in turn, as in leave-one-group-out
cross-validation, on top of the grouped folds: no other shot of the same scene helps either.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmml.bundle.samples import Judged
from mmml.dataset.sample import Sample
from mmml.engine.fit import Fold, out_of_fold
from mmml.errors import MmmlError, UsageError, did_you_mean
from mmml.progress import progress
from mmml.report.left_out import LeftOut, Unseen
from mmml.task.base import Task
from mmml.task.decision import Decision

log = logging.getLogger(__name__)

# Of fewer samples, one mistake would be more than a tenth.
_FEWEST = 10


def check_facts(names: Sequence[str], samples: Sequence[Sample]) -> None:
    """Refuse facts that have no values to leave out.

    Where no sample has a fact there is only a warning: an experiment names the facts of its own dataset, and
    may be trained on another.

    Raises:
        UsageError: a fact is a number; names those that are none.
    """
    stated = {name for sample in samples for name in sample.facts}
    in_words = sorted({name for one in samples for name, fact in one.facts.items() if isinstance(fact, str)})
    if names and not stated:
        log.warning("leave_out=[%s]: the dataset tells no facts of its samples", ",".join(names))
        return
    for name in names:
        if name not in stated:
            log.warning("leave_out: no sample has the fact %s; %s", name, _hint(name, in_words))
        elif name not in in_words:
            raise UsageError(
                f"leave_out: the fact {name} is a number, which has no values to leave out",
                f"the report has slices by {name} without it; {_hint(name, in_words)}",
            )


def _hint(name: str, in_words: Sequence[str]) -> str:
    known = did_you_mean(name, in_words) if in_words else "the dataset has no fact in words"
    return f"{known}; to leave out nothing: leave_out=[]"


def leave_out(
    facts: Sequence[str],
    task: Task,
    estimator: Any,
    features: NDArray[np.float64],
    judged: Judged,
    folds: Sequence[Fold],
    decision: Decision,
) -> list[LeftOut]:
    """Judge the samples of each value of some facts by models that have never seen this value.

    Each value takes a fit for each fold, and nothing is measured again. Samples without the fact are learned
    from. Not left out are values of few samples, those that training does not learn from anyway, those
    without which it could not learn, and all where no score depends on them.

    Args:
        facts: their names.
        task: what is predicted.
        estimator: unfitted.
        features: of the training split, shape (n, f).
        judged: the same samples, out of fold, as the decision judges them.
        folds: as given to `mmml.engine.fit.out_of_fold`.
        decision: of the model, before a rule's cut has moved. It judges what was never seen as well, so that
            both differ by what was learned and not by where a threshold happened to lie.

    Returns:
        A record for each fact.
    """
    found = []
    for fact in dict.fromkeys(facts):
        column = [None if (told := row.get(fact)) is None else str(told) for row in judged.facts]
        known = sorted({value for value in column if value is not None})
        values: list[Unseen] = []
        others: dict[str, list[str]] = {} if known else {"no sample to learn from has this fact": []}
        for value in progress(known, f"leaving out by {fact}", len(known)):
            of_value = np.array([one == value for one in column], dtype=bool)
            try:
                _check(task, judged, of_value, folds)
                values.append(_unseen(task, estimator, features, judged, folds, decision, value, of_value))
            except MmmlError as error:
                # The model itself is fitted to all values: it must not be lost for one of them.
                others.setdefault(error.message, []).append(value)
        lines = [f"{', '.join(names)} ({why})" if names else why for why, names in others.items()]
        for line in lines:
            log.log(logging.INFO if values else logging.WARNING, "not left out by %s: %s", fact, line)
        found.append(LeftOut(fact, values, lines))
    return found


def _check(task: Task, judged: Judged, of_value: NDArray[np.bool_], folds: Sequence[Fold]) -> None:
    """Refuse a value that cannot be left out.

    Raises:
        MmmlError: says why.
    """
    if of_value.sum() < _FEWEST:
        raise MmmlError(f"fewer than {_FEWEST} samples to learn from")
    if not task.learns_from(judged.label)[of_value].any():
        raise MmmlError("never learned from, so that leaving it out would change nothing")
    classes = set(task.strata(judged.label)) if task.needs_all_strata else set()
    for fitted_on, _ in folds:
        rest = [judged.label[i] for i in fitted_on[~of_value[fitted_on]].tolist()]
        if missing := sorted(classes - set(task.strata(rest))):
            raise MmmlError(f"without it no sample of {', '.join(missing)} would be left to learn from")
        task.check(rest)


def _unseen(
    task: Task,
    estimator: Any,
    features: NDArray[np.float64],
    judged: Judged,
    folds: Sequence[Fold],
    decision: Decision,
    value: str,
    of_value: NDArray[np.bool_],
) -> Unseen:
    labels = judged.label
    reduced = [(fitted_on[~of_value[fitted_on]], held_out) for fitted_on, held_out in folds]
    raw = out_of_fold(task, estimator, features, labels, reduced)
    if np.array_equal(raw, judged.raw, equal_nan=True):
        # Of a rule, whose cut the threshold is, the table would say that it knows what it has never seen.
        raise MmmlError("no score changes without it, for the estimator itself learns nothing")
    rows = np.flatnonzero(of_value | _other_class(task, labels, decision, of_value))
    ranked = replace(judged.at(rows), raw=raw[rows], prediction=task.predict(raw[rows], decision))
    seen, unseen = judged.rows(of_value), ranked.rows(of_value[rows])
    scored = seen.scored & unseen.scored
    if not scored.any():
        raise MmmlError("none of its samples has a score")
    return Unseen(value, seen.rows(scored), unseen.rows(scored), ranked)


def _other_class(
    task: Task, labels: Sequence[str], decision: Decision, of_value: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Tell which samples are of the other of two classes; none where the value has samples of both."""
    truth = np.array(task.truth(labels, decision), dtype=object)
    own = set(truth[of_value])
    one = decision.positive is not None and len(own) == 1
    return np.array([one and name not in own for name in truth], dtype=bool)
