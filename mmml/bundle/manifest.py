"""The manifest: everything about a bundle that can be said in JSON, and the hashes of its files."""

import hashlib
import re
from pathlib import Path
from typing import Annotated, Any

import msgspec

from mmml.bundle.files import AGAIN, read_file
from mmml.errors import MmmlError
from mmml.judge.interval import Interval
from mmml.task.base import Task, task_named
from mmml.task.decision import Decision

MANIFEST = "manifest.json"
EXPERIMENT = "experiment.yaml"
SAMPLES = "samples.parquet"
GOLDEN = "golden.json"
FORMAT = 3
# Format 1 had no tuned values and no importances, format 2 no numbers with a unit and no notes.
_READABLE = (1, 2, 3)

# Largest files that are read, bytes: those with a name, the model, and the others (golden inputs).
_LARGEST = {
    MANIFEST: 10_000_000,
    EXPERIMENT: 1_000_000,
    "rule.yaml": 1_000_000,
    "formula.yaml": 1_000_000,
    SAMPLES: 256_000_000,
}
_LARGEST_MODEL = 2_000_000_000
_LARGEST_OTHER = 16_000_000
# All files of a bundle are held in memory at once.
_LARGEST_SUM = 3_000_000_000

# No path may lead out of the bundle: one optional folder, plain names.
_FILE = re.compile(r"(?:[A-Za-z0-9_][\w.-]*/)?[A-Za-z0-9_][\w.-]*")


class FileEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Size (bytes) and SHA-256 (hex) of a file of the bundle."""

    size: Annotated[int, msgspec.Meta(ge=0)]
    sha256: str


class TaskEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A task: its name and its parameters."""

    name: str
    parameters: dict[str, Any]


class TransformerEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A transformer: its name in the config, its class (dotted) and its parameters."""

    name: str
    kind: str
    parameters: dict[str, Any]


class FeatureEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A feature: its name and its training quantiles (0, 5, 25, 50, 75, 95 and 100 %; None if unmeasured)."""

    name: str
    quantiles: list[float] | None


class Importance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much worse the main metric gets on the test split when a feature is shuffled.

    Args:
        mean: over the shuffles; in the unit of the metric, above 0 where the feature helps.
        deviation: standard deviation over the shuffles.
    """

    mean: float
    deviation: float


class DataEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the bundle was trained on.

    Args:
        name: the dataset's name in the config.
        fingerprint: SHA-256 over the sorted content hashes and labels of all samples.
        labels: number of samples of each label, or of each range of numbers.
        groups: number of groups.
        train: number of training samples.
        test: number of test samples.
    """

    name: str
    fingerprint: str
    labels: dict[str, int]
    groups: int
    train: int
    test: int


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A bundle in words and numbers.

    Args:
        format: version of this layout.
        name: name of the experiment.
        created: UTC, ISO 8601.
        task: what is predicted.
        modality: what is read.
        decision: classes, positive class, calibration, threshold; of a number, its unit.
        transformers: in the order of their features.
        features: the columns of the model.
        metrics: by split (``validation``: out of fold, ``test``), then by name.
        data: what it was trained on.
        model: the file that holds the estimator.
        versions: of Python and the libraries that the numbers depend on.
        commit: git commit of the working directory, where there is one.
        tuned: values that a tuner chose, by dotted path of the config.
        importances: permutation importance by feature; empty where it was not measured.
        notes: what people must know of it, a sentence each: what it has learned from, where it fails.
        files: every other file of the bundle, by its path inside.
    """

    format: int
    name: str
    created: str
    task: TaskEntry
    modality: str
    decision: Decision
    transformers: list[TransformerEntry]
    features: list[FeatureEntry]
    metrics: dict[str, dict[str, Interval]]
    data: DataEntry
    model: str
    versions: dict[str, str]
    commit: str | None
    files: dict[str, FileEntry]
    tuned: dict[str, Any] = {}
    importances: dict[str, Importance] = {}
    notes: list[str] = []


def task_of(manifest: Manifest) -> Task:
    """Return the task of a bundle.

    Raises:
        MmmlError: there is no such task, or its decision is that of another.
    """
    task = task_named(manifest.task.name, manifest.task.parameters)
    task.check_decision(manifest.decision)
    return task


def written(manifest: Manifest) -> bytes:
    """Return a manifest as it is written to a file."""
    return msgspec.json.format(msgspec.json.encode(manifest))


def read_manifest(folder: Path) -> Manifest:
    """Read and check the manifest of a bundle.

    Raises:
        MmmlError: there is none, it is broken, of another format, or names files outside the bundle.
    """
    try:
        data = read_file(folder, MANIFEST, _LARGEST[MANIFEST])
    except FileNotFoundError:
        raise MmmlError(f"{folder} is no bundle: it has no {MANIFEST}") from None
    if len(data) > _LARGEST[MANIFEST]:
        raise MmmlError(f"{folder / MANIFEST} is no manifest: it has over {_LARGEST[MANIFEST]:,} bytes")
    try:
        stated = msgspec.json.decode(data)
        if isinstance(stated, dict) and stated.get("format") not in _READABLE:
            raise MmmlError(
                f"{folder} has the bundle format {stated.get('format')}; this mmml reads format 1-{FORMAT}",
                "train it again, or use the version of mmml that wrote it",
            )
        manifest = msgspec.convert(stated, Manifest)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
        raise MmmlError(f"the manifest of {folder} is broken: {error}") from None
    _check_files(folder, manifest)
    return manifest


def _check_files(folder: Path, manifest: Manifest) -> None:
    for name, entry in manifest.files.items():
        if not _FILE.fullmatch(name) or ".." in name or name == MANIFEST:
            raise MmmlError(f"the manifest of {folder} names the file {name!r}, which is not allowed")
        largest = _LARGEST.get(name, _LARGEST_MODEL if name == manifest.model else _LARGEST_OTHER)
        if entry.size > largest:
            raise MmmlError(f"{name} of {folder} has {entry.size:,} bytes, more than {largest:,}")
    if sum(entry.size for entry in manifest.files.values()) > _LARGEST_SUM:
        raise MmmlError(f"the files of {folder} have more than {_LARGEST_SUM:,} bytes")
    if manifest.model not in manifest.files:
        raise MmmlError(f"the manifest of {folder} does not list its model {manifest.model!r}")
    for name in (EXPERIMENT, SAMPLES, GOLDEN):
        if name not in manifest.files:
            raise MmmlError(f"the manifest of {folder} does not list {name}")


def read_checked(folder: Path, name: str, entry: FileEntry) -> bytes:
    """Read a file of a bundle and hold it against the manifest.

    Raises:
        MmmlError: the file is missing, no regular file, or differs in size or hash.
    """
    try:
        data = read_file(folder, name, entry.size)
    except FileNotFoundError:
        raise MmmlError(f"the bundle {folder} lacks its file {name}", AGAIN) from None
    if len(data) != entry.size:
        raise MmmlError(
            f"{folder / name} does not have the {entry.size:,} bytes that the manifest says: "
            "cut short or changed",
            f"do not use this bundle; {AGAIN}",
        )
    if hashlib.sha256(data).hexdigest() != entry.sha256:
        raise MmmlError(
            f"{folder / name} does not have the hash that the manifest says: it was changed",
            f"do not use this bundle; {AGAIN}",
        )
    return data
