"""Evaluation: what a stored model is worth on data that it has not learned from."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmml.bundle.read import Bundle
from mmml.bundle.samples import Judged, read_samples
from mmml.dataset.sample import Dataset
from mmml.engine.extract import Extractor
from mmml.engine.judging import confusion_of, metrics_of
from mmml.engine.measured import Measured, measure_dataset
from mmml.errors import MmmlError
from mmml.judge.interval import Interval
from mmml.task.decision import Decision
from mmml.value import shown

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Evaluation:
    """What came out of an evaluation.

    Args:
        judged: the samples and what was said of each.
        decision: how the model turns scores into what it says.
        metrics: with their intervals, by name.
        labels: number of samples that were judged, by label or range of numbers.
        confusion: number of samples by true and predicted class; empty where no class is said.
        left_out: samples that were left out because the model, or their group, was trained on them.
        unscored: samples that the model can say nothing of.
        unreadable: path and reason of samples that cannot be read.
        report: the page that shows all this; None where none was written.
    """

    judged: Judged
    decision: Decision
    metrics: Mapping[str, Interval]
    labels: Mapping[str, int]
    confusion: Mapping[str, Mapping[str, int]]
    left_out: int
    unscored: int
    unreadable: Sequence[tuple[str, str]]
    report: Path | None = None


def evaluate(
    bundle: Bundle,
    dataset: Dataset,
    data_name: str,
    extractor: Extractor,
    seed: int = 0,
) -> Evaluation:
    """Judge a bundle on a dataset.

    Samples that the bundle was trained on (by content hash) are left out, with all of their groups; on the
    dataset of the training also everything else of the groups that it was trained on.

    Args:
        bundle: the model.
        dataset: what it is judged on.
        data_name: the dataset's name in the config.
        extractor: how its samples are read and measured.
        seed: of the bootstrap.

    Raises:
        MmmlError: nothing is left to judge on, or the data has labels that the model does not know.
    """
    data = measure_dataset(dataset, bundle.features, extractor)
    kept = _unseen(bundle, data, data_name)
    left_out = len(data.samples) - len(kept.samples)
    if not kept.samples:
        raise MmmlError(
            f"all {left_out} samples, or others of their groups, were used to train {bundle.name}",
            "name data that it has not seen: dataset=folder dataset.path=…",
        )
    if left_out:
        log.info(
            "%d of %d samples left out: the model has seen them or their group", left_out, len(data.samples)
        )
    decision = bundle.manifest.decision
    raw = bundle.task.score(bundle.estimator, kept.features, decision.classes)
    judged = kept.judged("eval", raw, bundle.task.predict(raw, decision))
    scored = judged.rows(judged.scored)
    if not scored.path:
        raise MmmlError("the model can score none of the samples: a feature that it needs was never measured")
    return Evaluation(
        judged=judged,
        decision=decision,
        metrics=metrics_of(bundle.task, judged, decision, seed),
        labels=bundle.task.counted(scored.label),
        confusion=confusion_of(bundle.task, judged, decision),
        left_out=left_out,
        unscored=len(judged.path) - len(scored.path),
        unreadable=data.unreadable,
    )


def _unseen(bundle: Bundle, data: Measured, data_name: str) -> Measured:
    known = read_samples(bundle, ["sha256", "split", "group"])
    learned = [i for i, split in enumerate(known["split"]) if split == "train"]
    hashes = {known["sha256"][i] for i in learned}
    # Another picture of a scene that the model has learned from is not unseen. Names of groups mean
    # something within one dataset only.
    scenes = {known["group"][i] for i in learned} if data_name == bundle.manifest.data.name else set()
    touched = {
        group
        for sample, sha256, group in zip(data.samples, data.sha256, data.groups, strict=True)
        if sha256 in hashes or shown(group) in scenes or shown(sample.group) in scenes
    }
    return data.rows(np.array([group not in touched for group in data.groups], dtype=bool))
