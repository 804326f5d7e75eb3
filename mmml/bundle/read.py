"""Reading a bundle: checked whole before anything of it is used."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmml.bundle.manifest import EXPERIMENT as EXPERIMENT
from mmml.bundle.manifest import Manifest, read_checked, read_manifest, task_of
from mmml.bundle.transformers import rebuild
from mmml.errors import MmmlError
from mmml.estimator import stored
from mmml.features import SideBySide
from mmml.plain_yaml import ERRORS, values_of
from mmml.task.base import Task
from mmml.task.prediction import Prediction
from mmml.trust import vouched_for

# Libraries whose classes an experiment may name besides those that somebody vouches for.
_KNOWN = ("sklearn", "numpy", "scipy")


@dataclass(frozen=True)
class Bundle:
    """A trained experiment, loaded.

    Args:
        folder: where it lies.
        manifest: what it says of itself; every file was checked against it.
        files: the contents of its files.
        trust: modules outside mmml that the user trusts.
        version: the store's number; None outside a store.
        built_in: whether it comes with mmml.
    """

    folder: Path
    manifest: Manifest
    files: dict[str, bytes]
    trust: tuple[str, ...] = ()
    version: int | None = None
    built_in: bool = False

    @property
    def name(self) -> str:
        """The name of the experiment."""
        return self.manifest.name

    @property
    def reference(self) -> str:
        """What a person calls it: ``name@3``; outside of a store, its folder."""
        if self.version is None:
            return str(self.folder)
        return f"{self.name}@{self.version}{' (built in)' if self.built_in else ''}"

    @cached_property
    def task(self) -> Task:
        """What is predicted."""
        return task_of(self.manifest)

    @cached_property
    def features(self) -> SideBySide:
        """The transformers, side by side."""
        features = rebuild(self.manifest.transformers, self.trust)
        stated = tuple(entry.name for entry in self.manifest.features)
        if features.names != stated:
            raise MmmlError(
                f"the transformers of {self.folder} measure {', '.join(features.names)}, "
                f"but its model was trained on {', '.join(stated)}",
                "train it again with this version of mmml",
            )
        return features

    @cached_property
    def estimator(self) -> Any:
        """The fitted estimator."""
        estimator = stored.load(self.manifest.model, self.files[self.manifest.model], self.trust)
        columns = getattr(estimator, "n_features_in_", len(self.manifest.features))
        if columns != len(self.manifest.features):
            raise MmmlError(
                f"the model of {self.folder} takes {columns} features, its manifest names "
                f"{len(self.manifest.features)}"
            )
        return estimator

    def predict(self, features: NDArray[np.float64]) -> Prediction:
        """Predict from features, float64 of shape (n, f)."""
        decision = self.manifest.decision
        return self.task.predict(self.task.score(self.estimator, features, decision.classes), decision)

    def versioned(self, version: int | None, built_in: bool = False) -> "Bundle":
        """Return the bundle with the version that a store knows it by."""
        return replace(self, version=version, built_in=built_in)


def read_bundle(folder: Path, trust: tuple[str, ...] = ()) -> Bundle:
    """Read a bundle and check every file of it.

    Args:
        folder: the bundle.
        trust: dotted names of modules outside mmml whose classes it may use.

    Raises:
        MmmlError: it is no bundle, or was cut short or changed, or names code that nobody vouches for.
            Nothing of it has run.
    """
    manifest = read_manifest(folder)
    files = {name: read_checked(folder, name, entry) for name, entry in manifest.files.items()}
    _refuse_foreign_code(folder, files[EXPERIMENT], trust)
    return Bundle(folder, manifest, files, trust)


def _refuse_foreign_code(folder: Path, data: bytes, trust: tuple[str, ...]) -> None:
    """Refuse an experiment that names classes from unknown modules, though none is ever built from it."""
    try:
        targets = values_of(data, "_target_")
    except ERRORS as error:
        raise MmmlError(f"the {EXPERIMENT} of {folder} is broken: {error}") from None
    for target in targets:
        if not vouched_for(target, (*_KNOWN, *trust)):
            raise MmmlError(
                f"the {EXPERIMENT} of {folder} names code from outside mmml: {target}",
                f"if you know and trust it: --trust {target.rpartition('.')[0] or target}",
            )
