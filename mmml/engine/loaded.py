"""Loaded models in Python: the same rows as ``mmml predict``, for paths and arrays."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmml.bundle.read import Bundle
from mmml.engine.extract import Input
from mmml.engine.models import all_models, load_model, open_store
from mmml.engine.predict import Predictor
from mmml.engine.rows import Row
from mmml.errors import MmmlError
from mmml.value import modality_of, shown

Given = str | Path | NDArray[Any]


class Model:
    """A model that was loaded from a store or a folder.

    Args:
        bundle: the loaded bundle.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle

    def predict(
        self, inputs: Given | Iterable[Given], *, features: bool = False, n_jobs: int = 1
    ) -> list[Row]:
        """Return a row for each input, in their order.

        Args:
            inputs: one or several paths, or arrays: for images uint8, gray (H, W) or RGB (H, W, 3).
            features: whether the rows shall hold the features.
            n_jobs: how many inputs are worked on at once; -1 for one a processor.
        """
        predictor = Predictor([self.bundle], features=features, n_jobs=n_jobs)
        return list(predictor.rows(_inputs(inputs, [self.bundle])))

    def __repr__(self) -> str:
        manifest = self.bundle.manifest
        return f"Model({manifest.name}@{self.bundle.version}, {manifest.task.name}, {manifest.modality})"


def load(ref: str, store: str | None = None, trust: Sequence[str] = ()) -> Model:
    """Load a stored model; see `mmml.load`."""
    return Model(load_model(ref, open_store(store), trust))


def predict(inputs: Given | Iterable[Given], models: Sequence[str] = ()) -> list[Row]:
    """Ask several models; see `mmml.predict`."""
    store = open_store()
    bundles = [load_model(ref, store) for ref in models] if models else all_models(store)
    return list(Predictor(bundles).rows(_inputs(inputs, bundles)))


def _inputs(given: Given | Iterable[Given], models: Sequence[Bundle]) -> Iterator[Input]:
    several = [given] if isinstance(given, str | Path | np.ndarray) else given
    for number, one in enumerate(several):
        if isinstance(one, np.ndarray):
            yield Input(f"array {number}", one, _modality_of_array(models))
        else:
            yield Input(shown(one), Path(one), modality_of(Path(one)))


def _modality_of_array(models: Sequence[Bundle]) -> str:
    found = {model.manifest.modality for model in models}
    if len(found) != 1:
        raise MmmlError(
            f"an array does not tell which of {', '.join(sorted(found))} it is",
            "name models of one modality, or pass paths",
        )
    return found.pop()
