"""Transformers by name: which classes a bundle may ask for."""

import importlib
from collections.abc import Sequence
from typing import Any

from mmml.bundle.manifest import TransformerEntry
from mmml.errors import MmmlError
from mmml.features import SideBySide, Transformer
from mmml.trust import vouched_for


def kind_of(transformer: Transformer) -> str:
    """Return the dotted name that a manifest keeps of a transformer's class."""
    return f"{type(transformer).__module__}.{type(transformer).__qualname__}"


def rebuild(entries: Sequence[TransformerEntry], trust: Sequence[str] = ()) -> SideBySide:
    """Build the transformers of a bundle.

    A class is taken from mmml itself, from what an installed package announces, or from a module that the
    user trusts by name; no other module is even imported.

    Raises:
        MmmlError: a class is none of these, or does not take its parameters.
    """
    parts: dict[str, Transformer] = {}
    for entry in entries:
        kind = _find(entry.kind, trust)
        try:
            parts[entry.name] = kind(**entry.parameters)
        except (TypeError, ValueError, AttributeError) as error:
            raise MmmlError(f"{entry.kind} cannot be set up as the bundle says: {error}") from None
    return SideBySide(parts)


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
