"""Writing a bundle: all files first, the manifest last, so that half a bundle is never taken for a whole."""

import errno
import hashlib
import os
import platform
import shutil
import subprocess
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
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
    Importance,
    Manifest,
    TaskEntry,
    TransformerEntry,
    written,
)
from mmml.bundle.manifest import GOLDEN as GOLDEN
from mmml.bundle.manifest import SAMPLES as SAMPLES
from mmml.bundle.samples import Judged, to_parquet
from mmml.estimator import stored
from mmml.features import SideBySide, kind_of
from mmml.judge.interval import Interval
from mmml.task.base import Task
from mmml.task.decision import Decision
from mmml.value import modality

_QUANTILES = (0, 0.05, 0.25, 0.5, 0.75, 0.95, 1)
_LIBRARIES = ("mmml", "numpy", "scikit-learn", "scipy", "skops")


class GoldenRow(msgspec.Struct, frozen=True):
    """What a model said of one test sample when it was made; `verify` asks it again.

    Args:
        input: the sample's file inside the bundle; None where it is too large to carry along.
        features: the features, None for NaN.
        said: the probability of each class, or the number; None where a feature that the model needs is
            missing. In the file it is called ``probabilities``, as before there were numbers.
    """

    input: str | None
    features: list[float | None]
    said: list[float | None] = msgspec.field(name="probabilities")


@dataclass(frozen=True)
class Trained:
    """Everything that a bundle is written from.

    Args:
        name: name of the experiment.
        config: the composed config, unresolved.
        modality: what is read.
        task: what is predicted.
        features: the transformers.
        estimator: fitted.
        decision: calibration and threshold.
        metrics: by split, then by name.
        data: what it was trained on.
        columns: features of the training samples, shape (n, f).
        splits: the samples of the training and of the test split, as they were judged.
        golden: rows to verify by, and the files that they speak of.
        tuned: values that a tuner chose, by dotted path of the config.
        importances: permutation importance by feature.
        notes: what people must know of it, a sentence each.
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
    splits: Sequence[Judged]
    golden: tuple[Sequence[GoldenRow], Mapping[str, bytes]]
    tuned: Mapping[str, Any] = field(default_factory=dict)
    importances: Mapping[str, Importance] = field(default_factory=dict)
    notes: Sequence[str] = ()


#: What is made of a manifest and kept beside it: the report and its figures, by file name.
Pages = Callable[[Manifest], Mapping[str, bytes]]


def write_bundle(folder: Path, trained: Trained, pages: Pages = lambda manifest: {}) -> Manifest:
    """Write a bundle into a new folder: whole, or not at all.

    Args:
        folder: where it goes.
        trained: what it is written from.
        pages: further files, made of the manifest, which does not list any files yet.

    Raises:
        MmmlError: the estimator cannot be stored without foreign code.
        OSError: the folder exists, or the disk is full.
    """
    model, model_data = stored.dump(trained.estimator)
    golden, inputs = trained.golden
    files = {
        model: model_data,
        EXPERIMENT: yaml.safe_dump(dict(trained.config), sort_keys=False, allow_unicode=True).encode(),
        SAMPLES: to_parquet(trained.splits),
        GOLDEN: golden_file(golden),
        **inputs,
    }
    manifest = Manifest(
        format=FORMAT,
        name=trained.name,
        created=_now(),
        task=TaskEntry(trained.task.name, trained.task.get_params()),
        modality=trained.modality,
        decision=trained.decision,
        transformers=[
            TransformerEntry(name, kind_of(part), part.plain_parameters())
            for name, part in trained.features.parts.items()
        ],
        features=_ranges(trained.features.names, trained.columns),
        metrics=trained.metrics,
        data=trained.data,
        model=model,
        versions=_versions(trained.modality),
        commit=_commit(),
        files={},
        tuned=dict(trained.tuned),
        importances=dict(trained.importances),
        notes=list(trained.notes),
    )
    return write_files(folder, manifest, {**files, **pages(manifest)})


def golden_file(rows: Sequence[GoldenRow]) -> bytes:
    """Return golden rows as they are written to a file."""
    return msgspec.json.format(msgspec.json.encode(list(rows)))


def restamped(manifest: Manifest, **changes: Any) -> Manifest:
    """Return a manifest with changes, as made now and from the commit that is checked out here."""
    return msgspec.structs.replace(manifest, created=_now(), commit=_commit(), **changes)


def write_files(folder: Path, manifest: Manifest, files: Mapping[str, bytes]) -> Manifest:
    """Write a manifest and its files into a new folder; returns the manifest, which lists them now.

    Raises:
        OSError: the folder exists, or the disk is full; then nothing is left behind.
    """
    entries = {name: FileEntry(len(data), hashlib.sha256(data).hexdigest()) for name, data in files.items()}
    whole = msgspec.structs.replace(manifest, files=entries)
    if folder.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    coming = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
    try:
        coming.mkdir()
        for name, data in files.items():
            (coming / name).parent.mkdir(exist_ok=True)
            (coming / name).write_bytes(data)
        (coming / MANIFEST).write_bytes(written(whole))
        coming.rename(folder)
    except BaseException:
        shutil.rmtree(coming, ignore_errors=True)
        raise
    return whole


def _ranges(names: Sequence[str], columns: NDArray[np.float64]) -> list[FeatureEntry]:
    ranges = []
    for name, column in zip(names, columns.T, strict=True):
        measured = column[~np.isnan(column)]
        quantiles = np.quantile(measured, _QUANTILES).tolist() if measured.size else None
        ranges.append(FeatureEntry(name, quantiles))
    return ranges


def _versions(kind: str) -> dict[str, str]:
    """Return the versions of Python and of what a model of this modality is measured and scored with."""
    found = {"python": platform.python_version()}
    for name in sorted({*_LIBRARIES, *modality(kind).libraries}):
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _commit() -> str | None:
    try:
        asked = subprocess.run(
            ["git", "rev-parse", "HEAD"], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return asked.stdout.strip() or None
