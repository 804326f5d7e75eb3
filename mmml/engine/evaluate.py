"""Evaluation: what a stored model is worth on data that it has not learned from."""

import io
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mmml.bundle.read import Bundle
from mmml.bundle.write import SAMPLES
from mmml.dataset.sample import Dataset
from mmml.engine.measured import Measured, measure_dataset
from mmml.errors import MmmlError
from mmml.judge.interval import Interval
from mmml.value import Limits

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Evaluation:
    """What came out of an evaluation.

    Args:
        metrics: with their intervals, by name.
        labels: number of samples of each label that were judged.
        confusion: number of samples by true and predicted class.
        left_out: samples that were left out because the model, or their group, was trained on them.
        unscored: samples that the model can say nothing of.
        unreadable: path and reason of samples that cannot be read.
    """

    metrics: Mapping[str, Interval]
    labels: Mapping[str, int]
    confusion: Mapping[str, Mapping[str, int]]
    left_out: int
    unscored: int
    unreadable: Sequence[tuple[str, str]]


def evaluate(
    bundle: Bundle, dataset: Dataset, *, limits: Limits, n_jobs: int, backend: str, seed: int = 0
) -> Evaluation:
    """Judge a bundle on a dataset.

    Samples that the bundle was trained on (by content hash) are left out, with all of their groups.

    Raises:
        MmmlError: nothing is left to judge on, or the data has labels that the model does not know.
    """
    data = measure_dataset(dataset, bundle.features, limits=limits, n_jobs=n_jobs, backend=backend)
    kept = _unseen(bundle, data)
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
    prediction = bundle.predict(kept.features)
    scored = ~np.isnan(prediction.scores)
    if not scored.any():
        raise MmmlError("the model can score none of the samples: a feature that it needs was never measured")
    judged, said = kept.rows(scored), prediction.rows(scored)
    decision = bundle.manifest.decision
    metrics = bundle.task.judge(said, judged.labels, judged.groups, decision, seed)
    pairs = Counter(zip(bundle.task.truth(judged.labels, decision), said.labels, strict=True))
    return Evaluation(
        metrics=metrics,
        labels=dict(sorted(Counter(judged.labels).items())),
        confusion={t: {p: pairs[t, p] for p in decision.classes} for t in decision.classes},
        left_out=left_out,
        unscored=int((~scored).sum()),
        unreadable=data.unreadable,
    )


def _unseen(bundle: Bundle, data: Measured) -> Measured:
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(io.BytesIO(bundle.files[SAMPLES]), columns=["sha256", "split"])
    trained_on = {
        sha256
        for sha256, split in zip(table["sha256"].to_pylist(), table["split"].to_pylist(), strict=True)
        if split == "train"
    }
    touched = {group for sha256, group in zip(data.sha256, data.groups, strict=True) if sha256 in trained_on}
    return data.rows(np.array([group not in touched for group in data.groups], dtype=bool))
