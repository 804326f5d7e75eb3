"""Building objects from a checked config. Only ever from configs that the user wrote: this runs code."""

from collections.abc import Mapping
from typing import Any

from mmml.config.check import TARGET
from mmml.errors import MmmlError, UsageError
from mmml.features import SideBySide, Transformer


def build(node: Mapping[str, Any], path: str) -> Any:
    """Return the object that a node with a ``_target_`` describes; nodes inside it first.

    Args:
        node: plain and resolved.
        path: where it stands in the config, for messages.

    Raises:
        MmmlError: the class refuses its arguments.
    """
    if TARGET not in node:
        raise UsageError(f"{path} has no {TARGET}", f"choose a config: {path}=…")
    import hydra.utils
    from hydra.errors import InstantiationException

    try:
        return hydra.utils.instantiate(dict(node), _convert_="all")
    except InstantiationException as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, MmmlError):
            cause = cause.__cause__ or (cause.__context__ if not cause.__suppress_context__ else None)
        if isinstance(cause, MmmlError):
            raise UsageError(f"{path}: {cause.message}", cause.hint) from None
        reason = error.__cause__ or error
        raise UsageError(f"{path} cannot be built: {str(reason).splitlines()[0]}") from None


def build_features(node: Mapping[str, Any]) -> SideBySide:
    """Return the transformers of a config, side by side under their names.

    Raises:
        MmmlError: one of them is no transformer, or they are of several modalities.
    """
    parts = {name: build(part, f"transformer.{name}") for name, part in node.items()}
    for name, part in parts.items():
        if not isinstance(part, Transformer):
            raise UsageError(f"transformer.{name} is a {type(part).__name__}, which is no transformer")
    return SideBySide(parts)


def build_estimator(node: Mapping[str, Any], feature_names: tuple[str, ...]) -> Any:
    """Return the estimator of a config: one object, or a pipeline of the named steps.

    An estimator that asks for ``feature_names`` is told them.

    Raises:
        MmmlError: it is no estimator, or a class refuses its arguments.
    """
    if TARGET in node:
        estimator = build(node, "estimator")
    else:
        if not node:
            raise UsageError("no estimator is given", "choose one: estimator=logistic")
        from sklearn.pipeline import Pipeline

        steps = {name: build(part, f"estimator.{name}") for name, part in node.items()}
        estimator = Pipeline(list(steps.items()))
    if not (hasattr(estimator, "fit") and hasattr(estimator, "get_params")):
        raise UsageError(f"estimator is a {type(estimator).__name__}, which cannot be fitted")
    asked = [name for name in estimator.get_params() if name.rpartition("__")[2] == "feature_names"]
    told = {name: list(feature_names) for name in asked if estimator.get_params()[name] is None}
    if told:
        estimator.set_params(**told)
        _recheck(estimator)
    return estimator


def _recheck(estimator: Any) -> None:
    # Only now can a condition be held against the features: names that do not exist are refused here,
    # before any work, not when the first sample is scored.
    steps = [step for _, step in estimator.steps] if hasattr(estimator, "steps") else [estimator]
    for step in steps:
        if hasattr(step, "check_names"):
            step.check_names()
