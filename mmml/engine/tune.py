"""Tuning: what values of the config are worth, on folds of the training split alone."""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmml.dataset.split import fold_numbers
from mmml.engine.code import library_or_code
from mmml.engine.experiment import Experiment
from mmml.engine.fit import Fold, check_columns, fit, one_thread, predict_held_out
from mmml.engine.measured import Measured, measure_again
from mmml.engine.steps import FittedSteps
from mmml.errors import MmmlError
from mmml.features import SideBySide
from mmml.task.base import Task
from mmml.tracker.none import NoTracker
from mmml.tuner.base import Question, Report, Scores
from mmml.tuner.study import Study

# Features of so many sets of transformer parameters are kept in memory.
_MOST = 4


def tune(experiment: Experiment, learning: Measured, parts: Sequence[Fold]) -> Study | None:
    """Search for better values, where the experiment asks for it.

    Args:
        experiment: whose tuner is asked.
        learning: the training split.
        parts: its folds.

    Returns:
        What was tried and what was chosen; None where nothing was searched.

    Raises:
        MmmlError: nothing could be scored, or the study cannot be used.
    """
    tuner = experiment.tuner
    question = Question(
        name=experiment.name,
        less_is_better=[experiment.task.less_is_better(metric) for metric in tuner.metrics],
        current={path: experiment.value_at(path) for path in tuner.paths},
        identity={
            "data": learning.fingerprint(),
            "folds": _digest([learning.groups, fold_numbers(parts).tolist(), learning.sha256]),
            "config": _digest(experiment.fixed_config()),
            "code": _digest(_code(experiment)),
        },
        objective=FoldScores(experiment, learning, parts),
        seed=experiment.seed,
    )
    return tuner.search(question)


class FoldScores:
    """Scores values of the config on the folds of the training split.

    Each fold is scored by a model that was fitted on the others, with a calibration and a threshold that were
    chosen on the others' out-of-fold scores: as the validation metrics of a training are.

    Args:
        experiment: whose config is changed.
        learning: the training split, measured with the transformers of the config as it stands.
        parts: its folds.
    """

    def __init__(self, experiment: Experiment, learning: Measured, parts: Sequence[Fold]) -> None:
        # A tracker has threads, which no other process can be sent.
        self._experiment = replace(experiment, tracker=NoTracker())
        self._measured = {_key(experiment.features): learning}
        self._parts = parts
        self._steps = FittedSteps()

    def __call__(self, values: Mapping[str, Any], report: Report) -> Scores:
        """Return the mean of every metric over the folds; see `mmml.tuner.base.Objective`."""
        with one_thread():
            return self._scored(values, report)

    def _scored(self, values: Mapping[str, Any], report: Report) -> Scores:
        tried = self._experiment.with_values(values)
        data = self._data(tried)
        task, metrics = tried.task, tried.tuner.metrics
        labels, classes = data.labels, task.classes(data.labels)
        estimator = tried.estimator
        if "memory" in estimator.get_params(deep=False):
            estimator.set_params(memory=self._steps)
        raw = np.full((len(labels), len(classes)) if len(classes) > 2 else len(labels), np.nan)
        seen = np.empty(0, dtype=np.intp)
        for number, (fitted_on, held_out) in enumerate(self._parts):
            model = fit(task, estimator, data.features[fitted_on], [labels[i] for i in fitted_on])
            raw[held_out] = task.score(model, data.features[held_out], classes)
            if task.decidable([labels[i] for i in seen], labels):
                first = _scores(task, estimator, raw, labels, seen, held_out, metrics[:1])[0]
                if not np.isnan(first):
                    report(number, first)
            seen = np.concatenate([seen, held_out])
        table = np.array(
            [_scores(task, estimator, raw, labels, rest, held_out, metrics) for rest, held_out in self._parts]
        )
        # A fold may lack a class, so that a metric is not defined on it.
        if np.isnan(table).all(axis=0).any():
            raise MmmlError(f"{' and '.join(metrics)} cannot be worked out on any of the folds")
        folds = [None if np.isnan(score) else float(score) for score in table[:, 0]]
        return Scores(np.nanmean(table, axis=0).tolist(), folds)

    def _data(self, tried: Experiment) -> Measured:
        key = _key(tried.features)
        if key not in self._measured:
            first = next(iter(self._measured.values()))
            data = measure_again(first, tried.features, tried.extractor)
            check_columns(data.features, tried.features.names)
            self._measured[key] = data
            if len(self._measured) > _MOST:
                # The config as it stands is kept; of the others the oldest goes.
                del self._measured[list(self._measured)[1]]
        return self._measured[key]


def _scores(
    task: Task,
    estimator: Any,
    raw: NDArray[np.float64],
    labels: Sequence[str],
    others: NDArray[np.intp],
    held_out: NDArray[np.intp],
    metrics: Sequence[str],
) -> list[float]:
    """Return metrics on one fold, NaN where undefined."""
    prediction, decision = predict_held_out(task, estimator, raw, labels, others, held_out)
    scored = prediction.known
    if not scored.any():
        return [np.nan] * len(metrics)
    truth = [labels[i] for i in held_out[scored]]
    outcome = task.outcome(prediction.rows(scored), truth, decision)
    once = np.ones((1, int(scored.sum())))
    return [float(outcome.metric(metric, once)[0]) for metric in metrics]


def _code(experiment: Experiment) -> list[str]:
    """Return what tells the code of an experiment from that of an earlier day."""
    estimator = experiment.estimator
    steps = [step for _, step in estimator.steps] if hasattr(estimator, "steps") else [estimator]
    kinds = [type(part) for part in (*experiment.features.parts.values(), *steps)]
    # Code that nothing tells from other code is never the same.
    return [f"mmml {version('mmml')}", *(library_or_code(kind) or uuid.uuid4().hex for kind in kinds)]


def _key(features: SideBySide) -> tuple[str, ...]:
    return tuple(part.key() for part in features.parts.values())


def _digest(what: Any) -> str:
    return hashlib.sha256(json.dumps(what, sort_keys=True, default=str).encode()).hexdigest()
