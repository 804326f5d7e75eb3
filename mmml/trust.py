"""Whose code a bundle may name."""

from collections.abc import Iterable
from importlib.metadata import entry_points

#: Packages announce their transformers in this group, as ``name = "module:Class"``.
GROUP = "mmml.transformers"


def is_trusted(dotted: str, modules: Iterable[str]) -> bool:
    """Tell whether a dotted name is one of ``modules`` or lies in one of them."""
    return any(dotted == module or dotted.startswith(f"{module}.") for module in modules)


def vouched_for(dotted: str, trust: Iterable[str] = ()) -> bool:
    """Tell whether a name is mmml's own, of a module that announces itself, or trusted by the user."""
    if is_trusted(dotted, ("mmml", *trust)):
        return True
    announced = (*entry_points(group=GROUP), *entry_points(group="mmml.modalities"))
    return is_trusted(dotted, (entry.module for entry in announced))
