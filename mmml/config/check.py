"""Checking a composed config before any work starts: classes exist, arguments fit, nothing is missing."""

import dataclasses
import importlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

from mmml.errors import UsageError, did_you_mean

TARGET = "_target_"

# Hydra's own words inside a node with a target.
_HYDRA = frozenset({TARGET, "_convert_", "_recursive_", "_partial_", "_args_"})


def resolved(config: DictConfig, schema: type) -> dict[str, Any]:
    """Return the config as plain dicts and lists, checked.

    Args:
        config: composed.
        schema: the dataclass that names its keys; Hydra lets ``+key=value`` add others.

    Raises:
        UsageError: a key is unknown, a value is missing, an interpolation fails, a class cannot be found, or
            an argument of a class is unknown or missing.
    """
    try:
        plain = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except MissingMandatoryValue as error:
        key = str(error.full_key)
        raise UsageError(f"{key} is missing", f"give it: {key}=…") from None
    except OmegaConfBaseException as error:
        raise UsageError(f"the config cannot be resolved: {_first_line(error)}") from None
    assert isinstance(plain, dict)
    _check_keys("", plain, schema)
    for path, node in _nodes(plain, ""):
        if TARGET in node:
            _check_call(path, node)
    return {str(key): value for key, value in plain.items()}


def locate(dotted: str, path: str) -> Callable[..., Any]:
    """Import what a target names.

    Args:
        dotted: ``package.module.Class``.
        path: where the config says so, for the message.

    Raises:
        UsageError: there is no such module or class.
    """
    module_name, _, name = dotted.rpartition(".")
    try:
        module = importlib.import_module(module_name)
    except (ImportError, ValueError) as error:
        raise UsageError(
            f"{path}.{TARGET} names {dotted}, which cannot be imported: {error}",
            "check the spelling; for your own modules set python_path in conf/mmml.yaml",
        ) from None
    if not callable(found := getattr(module, name, None)):
        public = [n for n in vars(module) if not n.startswith("_")]
        raise UsageError(f"{path}.{TARGET}: {module_name} has no {name}", did_you_mean(name, public))
    return found  # type: ignore[no-any-return]  # mypy takes what getattr gives for Any even after callable()


def _check_keys(path: str, node: Mapping[Any, Any], schema: type) -> None:
    known: dict[str, Any] = {field.name: field.default_factory for field in dataclasses.fields(schema)}
    for key, value in node.items():
        if key not in known:
            raise UsageError(f"there is no config key {path}{key}", did_you_mean(str(key), known))
        if dataclasses.is_dataclass(known[key]):
            _check_keys(f"{path}{key}.", value, known[key])


def _nodes(node: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        yield path, node
        for key, item in node.items():
            yield from _nodes(item, f"{path}.{key}" if path else str(key))
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _nodes(item, f"{path}[{index}]")


def _check_call(path: str, node: dict[str, Any]) -> None:
    called = locate(str(node[TARGET]), path)
    try:
        arguments = inspect.signature(called).parameters
    except (TypeError, ValueError):
        return  # built in; it checks its arguments itself
    takes_any = any(argument.kind is argument.VAR_KEYWORD for argument in arguments.values())
    given = set(node) - _HYDRA
    for name in sorted(given - set(arguments)):
        if not takes_any:
            raise UsageError(
                f"{path}.{name}: {node[TARGET]} has no argument {name}", did_you_mean(name, arguments)
            )
    for name, argument in arguments.items():
        needed = argument.default is argument.empty and argument.kind in (
            argument.POSITIONAL_OR_KEYWORD,
            argument.KEYWORD_ONLY,
        )
        if needed and name not in given and "_partial_" not in node and "_args_" not in node:
            raise UsageError(
                f"{path}.{name} is missing: {node[TARGET]} needs it", f"give it: {path}.{name}=…"
            )


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
