"""Train, judge, store and serve many small models that check what people capture in the field.

    >>> import mmml
    >>> result = mmml.train(["+experiment=blur_gradients"])
    >>> mmml.load("blur_gradients").predict(["photo.jpg"])

Importing mmml imports no library for learning; what a call needs is imported by the call.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mmml.engine.evaluate import Evaluation
    from mmml.engine.loaded import Model
    from mmml.engine.rows import Row
    from mmml.engine.train import Result

__all__ = ["evaluate", "load", "predict", "train"]


def train(overrides: Sequence[str]) -> Result:
    """Train what the overrides describe and publish the bundle; ``mmml train`` without the command line.

    Args:
        overrides: as on the command line: ``["+experiment=blur_gradients", "estimator=svc"]``. A sweep is
            not possible here.

    Returns:
        The bundle's folder, manifest, version and metrics.

    Raises:
        MmmlError: the config is wrong, or the data cannot be learned from.
    """
    from mmml.engine.api import train

    return train(overrides)


def evaluate(ref: str, dataset: str | None = None, overrides: Sequence[str] = ()) -> Evaluation:
    """Judge a stored model on data that it has not learned from.

    Args:
        ref: ``name``, ``name@3``, ``name@production`` or a bundle's folder.
        dataset: name of a dataset config; by default the one that the model was trained on, of which its
            training samples are left out.
        overrides: further ones: ``["dataset.path=my_photos"]``.

    Raises:
        MmmlError: there is no such model, it is broken, or nothing is left to judge on.
    """
    from mmml.engine.api import evaluate

    return evaluate(ref, dataset, overrides)


def load(ref: str, store: str | None = None, trust: Sequence[str] = ()) -> Model:
    """Load a stored model.

    Args:
        ref: ``name``, ``name@3``, ``name@production`` or a bundle's folder.
        store: folder of the store; by default ``MMML_STORE``, else ``outputs/models``.
        trust: modules outside mmml whose classes the bundle may use.

    Raises:
        MmmlError: there is no such model, or it is broken, changed or not trusted.
    """
    from mmml.engine.loaded import load

    return load(ref, store, trust)


def predict(inputs: Sequence[str | Path | Any], models: Sequence[str] = ()) -> list[Row]:
    """Ask several models about several inputs, each decoded once.

    Args:
        inputs: paths, or arrays in the layout of the models' modality.
        models: references; by default every model of the store, and every one that comes with mmml
            (``MMML_BUILTIN=off`` leaves these out).

    Returns:
        One row for each input and model that fits it; an input that cannot be read is a row with ``error``.
    """
    from mmml.engine.loaded import predict

    return predict(inputs, models)
