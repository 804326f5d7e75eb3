"""What every store offers, and how bundles are referred to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mmml.errors import UsageError

#: The alias that `predict` prefers to the newest version.
PRODUCTION = "production"

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True)
class Ref:
    """A reference to a bundle: ``name``, ``name@3``, ``name@production``.

    Args:
        name: name of the bundle.
        version: a number, an alias, or None for the production version, else the newest.
    """

    name: str
    version: int | str | None = None

    def __str__(self) -> str:
        return self.name if self.version is None else f"{self.name}@{self.version}"


def parse_ref(text: str) -> Ref:
    """Read a reference.

    Raises:
        UsageError: it is none.
    """
    name, at, version = text.partition("@")
    if not _NAME.fullmatch(name) or (at and not _NAME.fullmatch(version)):
        raise UsageError(f"'{text}' is no reference to a model", "write name, name@3 or name@production")
    if not at:
        return Ref(name)
    return Ref(name, int(version) if version.isdecimal() else version)


@dataclass(frozen=True)
class Entry:
    """A published version of a bundle.

    Args:
        name: of the bundle.
        version: its number.
        aliases: that point to it.
        built_in: whether it comes with mmml.
    """

    name: str
    version: int
    aliases: tuple[str, ...]
    built_in: bool = False


class Store(Protocol):
    """Where bundles are published."""

    def publish(self, folder: Path, name: str) -> int:
        """Copy a bundle into the store under the next free version and return the version."""
        ...

    def fetch(self, ref: Ref) -> tuple[Path, int]:
        """Return a local folder with the bundle, and its version.

        Raises:
            UsageError: there is no such bundle.
        """
        ...

    def entries(self) -> Iterable[Entry]:
        """Return all published versions, by name and version."""
        ...

    def alias(self, ref: Ref, alias: str) -> None:
        """Let an alias point to a version; one that points elsewhere is moved."""
        ...

    def remove(self, ref: Ref) -> list[Entry]:
        """Remove a version, or all versions where the reference names none; return what was removed."""
        ...
