"""Writing a bundle: all files first, the manifest last, so that half a bundle is never taken for a whole."""

import hashlib
import io
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import yaml
from numpy.typing import NDArray

from mmml.bundle.manifest import EXPERIMENT as EXPERIMENT
from mmml.bundle.manifest import (
    FORMAT,
    MANIFEST,
    DataEntry,
    FeatureEntry,
    FileEntry,
    Manifest,
    TaskEntry,
    TransformerEntry,
    written,
)
from mmml.bundle.manifest import GOLDEN as GOLDEN
from mmml.bundle.manifest import SAMPLES as SAMPLES
from mmml.bundle.transformers import kind_of
from mmml.estimator import stored
from mmml.features import SideBySide
from mmml.judge.interval import Interval
from mmml.task.base import Task
from mmml.task.decision import Decision

_QUANTILES = (0, 0.05, 0.25, 0.5, 0.75, 0.95, 1)
_LIBRARIES = ("mmml", "numpy", "opencv-python-headless", "scikit-learn", "scipy", "skops")


class GoldenRow(msgspec.Struct, frozen=True):
    """What a model said of one test sample when it was made; `verify` asks it again.

    Args:
        input: the sample's file inside the bundle; None where it is too large to carry along.
        features: the features, None for NaN.
        probabilities: of each class, None where a feature that the model needs is missing.
    """

    input: str | None
    features: list[float | None]
    probabilities: list[float | None]


@dataclass(frozen=True)
class Trained:
    """Everything that a bundle is written from.

    Args:
        name: name of the experiment.
        config: the composed config, resolved.
        modality: what is read.
        task: what is predicted.
        features: the transformers.
        estimator: fitted.
        decision: calibration and threshold.
        metrics: by split, then by name.
        data: what it was trained on.
        columns: features of the training samples, shape (n, f).
        samples: one column a name: content hash, group, split, label, score.
        golden: rows to verify by, and the files that they speak of.
    """

    name: str
    config: Mapping[str, Any]
    modality: str
    task: Task
    features: SideBySide
    estimator: Any
    decision: Decision
    metrics: dict[str, dict[str, Interval]]
    data: DataEntry
    columns: NDArray[np.float64]
    samples: Mapping[str, Sequence[Any]]
    golden: tuple[Sequence[GoldenRow], Mapping[str, bytes]]


def write_bundle(folder: Path, trained: Trained) -> Manifest:
    """Write a bundle into a new folder.

    Raises:
        MmmlError: the estimator cannot be stored without foreign code.
        FileExistsError: the folder exists.
    """
    model, model_data = stored.dump(trained.estimator)
    golden, inputs = trained.golden
    files = {
        model: model_data,
        EXPERIMENT: yaml.safe_dump(dict(trained.config), sort_keys=False, allow_unicode=True).encode(),
        SAMPLES: _parquet(trained.samples),
        GOLDEN: msgspec.json.format(msgspec.json.encode(list(golden))),
        **inputs,
    }
    manifest = Manifest(
        format=FORMAT,
        name=trained.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        task=TaskEntry(trained.task.name, trained.task.get_params()),
        modality=trained.modality,
        decision=trained.decision,
        transformers=[
            TransformerEntry(name, kind_of(part), part.get_params())
            for name, part in trained.features.parts.items()
        ],
        features=_ranges(trained.features.names, trained.columns),
        metrics=trained.metrics,
        data=trained.data,
        model=model,
        versions={"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
        commit=_commit(),
        files={name: FileEntry(len(data), hashlib.sha256(data).hexdigest()) for name, data in files.items()},
    )
    folder.mkdir(parents=True)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    (folder / MANIFEST).write_bytes(written(manifest))
    return manifest


def _parquet(columns: Mapping[str, Sequence[Any]]) -> bytes:
    import pyarrow
    import pyarrow.parquet

    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(dict(columns)), buffer)
    return buffer.getvalue()


def _ranges(names: Sequence[str], columns: NDArray[np.float64]) -> list[FeatureEntry]:
    ranges = []
    for name, column in zip(names, columns.T, strict=True):
        measured = column[~np.isnan(column)]
        quantiles = np.quantile(measured, _QUANTILES).tolist() if measured.size else None
        ranges.append(FeatureEntry(name, quantiles))
    return ranges


def _commit() -> str | None:
    try:
        asked = subprocess.run(
            ["git", "rev-parse", "HEAD"], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return asked.stdout.strip() or None
