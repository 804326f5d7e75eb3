"""The manifest: everything about a bundle that can be said in JSON, and the hashes of its files."""

import hashlib
import re
from pathlib import Path
from typing import Any

import msgspec

from mmml.errors import MmmlError
from mmml.judge.interval import Interval
from mmml.task.decision import Decision

MANIFEST = "manifest.json"
FORMAT = 1

#: Largest manifest that is read, bytes.
_LARGEST = 10_000_000

# No path may lead out of the bundle: one optional folder, plain names.
_FILE = re.compile(r"(?:[A-Za-z0-9_][\w.-]*/)?[A-Za-z0-9_][\w.-]*")


class FileEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Size (bytes) and SHA-256 (hex) of a file of the bundle."""

    size: int
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


class DataEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the bundle was trained on.

    Args:
        name: the dataset's name in the config.
        fingerprint: SHA-256 over the sorted content hashes and labels of all samples.
        labels: number of samples of each label.
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
        decision: classes, positive class, calibration, threshold.
        transformers: in the order of their features.
        features: the columns of the model.
        metrics: by split (``validation``: out of fold, ``test``), then by name.
        data: what it was trained on.
        model: the file that holds the estimator.
        versions: of Python and the libraries that the numbers depend on.
        commit: git commit of the working directory, where there is one.
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


def read_manifest(folder: Path) -> Manifest:
    """Read and check the manifest of a bundle.

    Raises:
        MmmlError: there is none, it is broken, of another format, or names files outside the bundle.
    """
    path = folder / MANIFEST
    try:
        if path.stat().st_size > _LARGEST:
            raise MmmlError(f"{path} is no manifest: it has over {_LARGEST:,} bytes")
        data = path.read_bytes()
    except FileNotFoundError:
        raise MmmlError(f"{folder} is no bundle: it has no {MANIFEST}") from None
    except OSError as error:
        raise MmmlError(f"cannot read {path}: {error.strerror}") from None
    try:
        stated = msgspec.json.decode(data)
        if isinstance(stated, dict) and stated.get("format") != FORMAT:
            raise MmmlError(
                f"{folder} has the bundle format {stated.get('format')}; this mmml reads format {FORMAT}",
                "train it again, or use the version of mmml that wrote it",
            )
        manifest = msgspec.convert(stated, Manifest)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
        raise MmmlError(f"the manifest of {folder} is broken: {error}") from None
    for name in manifest.files:
        if not _FILE.fullmatch(name) or ".." in name or name == MANIFEST:
            raise MmmlError(f"the manifest of {folder} names the file {name!r}, which is not allowed")
    if manifest.model not in manifest.files:
        raise MmmlError(f"the manifest of {folder} does not list its model {manifest.model!r}")
    return manifest


def read_checked(folder: Path, name: str, entry: FileEntry) -> bytes:
    """Read a file of a bundle and hold it against the manifest.

    Raises:
        MmmlError: the file is missing, no regular file, or differs in size or hash.
    """
    path = folder / name
    try:
        if path.is_symlink() or not path.is_file():
            raise MmmlError(f"the bundle {folder} lacks its file {name}", "fetch or train it again")
        size = path.stat().st_size
        data = path.read_bytes() if size == entry.size else b""
    except OSError as error:
        raise MmmlError(f"cannot read {path}: {error.strerror}") from None
    if size != entry.size:
        raise MmmlError(
            f"{path} has {size:,} bytes, the manifest says {entry.size:,}: cut short or changed",
            "do not use this bundle; fetch or train it again",
        )
    if hashlib.sha256(data).hexdigest() != entry.sha256:
        raise MmmlError(
            f"{path} does not have the hash that the manifest says: it was changed",
            "do not use this bundle; fetch or train it again",
        )
    return data
