"""Training: a dataset goes in, a bundle comes out. Read `train` from top to bottom: that is the flow."""

import hashlib
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from mmml.bundle.manifest import DataEntry, Manifest
from mmml.bundle.write import GoldenRow, Trained, write_bundle
from mmml.dataset.sample import Sample
from mmml.dataset.split import fold_numbers
from mmml.engine.divide import divided, folds_of
from mmml.engine.experiment import Experiment
from mmml.engine.fit import (
    check_columns,
    fit,
    is_scored,
    one_thread,
    out_of_fold,
    predict_out_of_fold,
    settle,
)
from mmml.engine.importances import importances
from mmml.engine.judging import confusion_of, metrics_of
from mmml.engine.leave_out import check_facts, leave_out
from mmml.engine.measured import Measured, measure_again, measure_dataset
from mmml.engine.reporting import left_out, report, write_pages
from mmml.engine.tune import tune
from mmml.errors import MmmlError
from mmml.judge.interval import Interval
from mmml.report.page import PAGE
from mmml.task.base import Task
from mmml.task.decision import Decision
from mmml.task.prediction import Prediction
from mmml.tracker.base import Tracker
from mmml.tracker.none import NoTracker
from mmml.tuner.study import STUDY

log = logging.getLogger(__name__)

NO_TRACKER = NoTracker()

_GOLDEN_ROWS = 8
# Inputs up to this size, bytes, are carried along in the bundle, so that `verify` can measure them again.
_GOLDEN_BYTES = 150_000


@dataclass(frozen=True)
class Result:
    """What a training ended with.

    Args:
        bundle: the folder that was written.
        manifest: what it says.
        estimator: the fitted estimator, in words.
        unreadable: path and reason of samples that were left out.
        merged: how many samples share a group because they look alike.
        confusion: number of samples of the test split by true and said class; empty where no class is said.
        report: the page that shows all this; the bundle has it too.
        version: the number that the store gave it; None where it was not published.
        tracked: where the tracker has kept it; empty where it is not tracked.
    """

    bundle: Path
    manifest: Manifest
    estimator: str
    unreadable: Sequence[tuple[str, str]]
    merged: int
    confusion: Mapping[str, Mapping[str, int]]
    report: Path
    version: int | None = None
    tracked: Mapping[str, str] = field(default_factory=dict)

    @property
    def metrics(self) -> dict[str, dict[str, Interval]]:
        """Metrics with intervals, by split (``validation``, ``test``) and name."""
        return self.manifest.metrics


def train(experiment: Experiment, folder: Path, tracker: Tracker = NO_TRACKER) -> Result:
    """Train, judge and write a bundle.

    Args:
        experiment: what to train on what.
        folder: where the bundle is written, as ``folder/bundle``. Publishing is the caller's.
        tracker: hears of what only a training knows; its beginning and end are the caller's.

    Raises:
        MmmlError: the data cannot be learned from; nothing has been written.
    """
    task, seed = experiment.task, experiment.seed

    def check(samples: Sequence[Sample]) -> None:
        task.check([sample.label for sample in samples])
        check_facts(experiment.leave_out, samples)

    data = measure_dataset(experiment.dataset, experiment.features, experiment.extractor, check)
    # Again, for samples that cannot be read were left out.
    task.check(data.labels)
    in_test = divided(data, task, seed)
    learning, test = data.rows(~in_test), data.rows(in_test)
    check_columns(learning.features, experiment.features.names)
    parts = folds_of(learning, task, seed)
    log.info("%d samples to learn from, %d to test on", len(learning.labels), len(test.labels))

    study = tune(experiment, learning, parts)
    if study is not None:
        tracker.tuned(study)
        experiment = experiment.with_values(study.values)
        learning = measure_again(learning, experiment.features, experiment.extractor)
        test = measure_again(test, experiment.features, experiment.extractor)
        check_columns(learning.features, experiment.features.names)

    raw = out_of_fold(task, experiment.estimator, learning.features, learning.labels, parts)
    decision = _decide(experiment, raw, learning)
    numbers = fold_numbers(parts)
    judged = learning.judged("validation", raw, task.predict(raw, decision), numbers)
    unseen = leave_out(
        experiment.leave_out, task, experiment.estimator, learning.features, judged, parts, decision
    )
    with one_thread():
        fitted = fit(task, experiment.estimator, learning.features, learning.labels)
    estimator, decision, settled = settle(fitted, decision, raw)

    said = predict_out_of_fold(task, fitted, raw, learning.labels, parts)
    final_raw = task.score(estimator, test.features, decision.classes)
    final = task.predict(final_raw, decision)
    splits = [
        learning.judged("validation", settled, said, numbers),
        test.judged("test", final_raw, final),
    ]

    def pages(manifest: Manifest) -> Mapping[str, bytes]:
        drawn = report(
            manifest,
            estimator,
            splits,
            study=study,
            unseen=unseen,
            notes=left_out(data.unreadable, data.merged),
            extractor=experiment.extractor,
            seed=seed,
        )
        return drawn if study is None else {**drawn, STUDY: msgspec.json.format(msgspec.json.encode(study))}

    manifest = write_bundle(
        folder / "bundle",
        Trained(
            name=experiment.name,
            config=experiment.config,
            modality=experiment.dataset.modality,
            task=task,
            features=experiment.features,
            estimator=estimator,
            decision=decision,
            metrics={one.split: metrics_of(task, one, decision, experiment.seed) for one in splits},
            data=_described(experiment, data, in_test),
            columns=learning.features,
            splits=splits,
            golden=_golden(task, test, final),
            tuned={} if study is None else study.values,
            importances=importances(
                task, estimator, decision, test.features, test.labels, experiment.features.names, seed
            ),
            notes=experiment.notes,
        ),
        pages,
    )
    write_pages(folder, {PAGE: (folder / "bundle" / PAGE).read_bytes()})
    return Result(
        bundle=folder / "bundle",
        manifest=manifest,
        estimator=repr(estimator),
        unreadable=data.unreadable,
        merged=data.merged,
        confusion=confusion_of(task, splits[-1], decision),
        report=folder / PAGE,
    )


def _decide(experiment: Experiment, raw: NDArray[np.float64], learning: Measured) -> Decision:
    scored = is_scored(raw)
    if not scored.any():
        raise MmmlError("the model can score no sample: a feature that it needs was never measured")
    labels = [label for label, ok in zip(learning.labels, scored, strict=True) if ok]
    experiment.task.check(labels)
    return experiment.task.decision(raw[scored], labels)


def _described(experiment: Experiment, data: Measured, in_test: NDArray[np.bool_]) -> DataEntry:
    return DataEntry(
        name=experiment.data_name,
        fingerprint=data.fingerprint(),
        labels=experiment.task.counted(data.labels),
        groups=len(set(data.groups)),
        train=int((~in_test).sum()),
        test=int(in_test.sum()),
    )


def _golden(task: Task, test: Measured, final: Prediction) -> tuple[list[GoldenRow], dict[str, bytes]]:
    """Choose the test samples that are cheapest to carry along, of every class or bin in turn."""
    sizes = [sample.path.stat().st_size if sample.path.is_file() else 0 for sample in test.samples]
    kinds = task.kinds(test.labels)
    rank: Counter[str] = Counter()
    order: list[tuple[int, int]] = []
    for i in np.argsort(sizes, kind="stable"):
        rank[kinds[i]] += 1
        order.append((rank[kinds[i]], int(i)))
    rows: list[GoldenRow] = []
    files: dict[str, bytes] = {}
    for number, (_, i) in enumerate(sorted(order)[:_GOLDEN_ROWS]):
        path = test.samples[i].path
        suffix = path.suffix.lower() if path.suffix[1:].isascii() and path.suffix[1:].isalnum() else ""
        name = f"golden/{number}{suffix}"
        content = path.read_bytes() if sizes[i] <= _GOLDEN_BYTES and path.is_file() else b""
        # A file that was changed or taken away meanwhile must not undo the training.
        carried = hashlib.sha256(content).hexdigest() == test.sha256[i]
        if carried:
            files[name] = content
        features = [None if np.isnan(x) else float(x) for x in test.features[i]]
        rows.append(GoldenRow(name if carried else None, features, final.table[i].tolist()))
    return rows, files
