"""Transformers by name: which classes a bundle may ask for."""

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

from mmml.bundle.manifest import TransformerEntry
from mmml.errors import MmmlError
from mmml.features import NESTED, SideBySide, Transformer
from mmml.trust import vouched_for


def rebuild(entries: Sequence[TransformerEntry], trust: Sequence[str] = ()) -> SideBySide:
    """Build the transformers of a bundle.

    A class is taken from mmml itself, from what an installed package announces, or from a module that the
    user trusts by name; no other module is even imported.

    Raises:
        MmmlError: a class is none of these, or does not take its parameters.
    """
    return SideBySide({entry.name: _built(entry.kind, entry.parameters, trust) for entry in entries})


def _built(dotted: str, parameters: Mapping[str, Any], trust: Sequence[str]) -> Transformer:
    kind = _find(dotted, trust)
    try:
        return kind(**{name: _restored(value, trust) for name, value in parameters.items()})
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        raise MmmlError(f"{dotted} cannot be set up as the bundle says: {error}") from None


def _restored(value: Any, trust: Sequence[str]) -> Any:
    """Return a parameter; what `Transformer.plain_parameters` has written of a transformer is built again."""
    if isinstance(value, list):
        return [_restored(item, trust) for item in value]
    if not isinstance(value, dict):
        return value
    if NESTED not in value:
        return {name: _restored(item, trust) for name, item in value.items()}
    dotted, parameters = value[NESTED], value.get("parameters")
    if not isinstance(dotted, str) or not isinstance(parameters, dict) or len(value) != 2:
        raise MmmlError("the bundle names a transformer among the parameters in a way that is not known")
    return _built(dotted, parameters, trust)


def _find(dotted: str, trust: Sequence[str]) -> type[Transformer]:
    module, _, name = dotted.rpartition(".")
    if not all(part.isidentifier() for part in dotted.split(".")) or not module:
        raise MmmlError(f"the bundle names the transformer {dotted!r}, which is no class")
    if not vouched_for(dotted, trust):
        raise MmmlError(
            f"the bundle needs code from outside mmml: {dotted}",
            f"if you know and trust it: --trust {module}, or MMML_TRUST={module}",
        )
    try:
        kind: Any = getattr(importlib.import_module(module), name, None)
    except ImportError as error:
        raise MmmlError(
            f"the bundle needs {dotted}, which cannot be imported: {error}",
            "install its package, or set python_path in your conf/mmml.yaml",
        ) from None
    if not (isinstance(kind, type) and issubclass(kind, Transformer) and kind.__module__ == module):
        raise MmmlError(f"the bundle names {dotted}, which is no transformer")
    return kind
