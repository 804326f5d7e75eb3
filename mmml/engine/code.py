"""The version of the code that measures: what was measured by other code must not be taken for the same."""

import ast
import hashlib
import platform
import sys
import threading
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

# Samples are measured by threads. Where two of them parse at once, ast of Python 3.11 loses count of its
# depth and raises SystemError: the sample would be left out as one that cannot be read.
_PARSING = threading.Lock()


@cache
def code_version(kind: type) -> str | None:
    """Return a digest of the sources that a class is made of, and of the libraries that these import.

    Taken in are all files beside the one of the class and beside those of its bases: rather measure once
    more than keep what older code has measured.

    Returns:
        SHA-256 (hex); None for a class without a file, such as one of an interactive session.
    """
    sources: set[Path] = set()
    for base in kind.__mro__:
        if base.__module__.partition(".")[0] in sys.stdlib_module_names:
            continue
        file = getattr(sys.modules.get(base.__module__), "__file__", None)
        if file is None or base.__module__ == "__main__":
            return None
        sources.update(Path(file).parent.glob("*.py"))
    digest = hashlib.sha256(platform.python_version().encode())
    libraries: set[str] = set()
    for source in sorted(sources):
        content = source.read_bytes()
        digest.update(source.name.encode() + b"\0" + content)
        libraries.update(_imported(content))
    for name in sorted(libraries):
        digest.update(f"{name} {_version(name)}\n".encode())
    return digest.hexdigest()


def _imported(source: bytes) -> Iterator[str]:
    """Yield the top-level names of the libraries that a source imports."""
    try:
        with _PARSING:
            tree = ast.parse(source)
    except SyntaxError:
        return  # a neighbour that is no part of what runs
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        yield from {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"mmml"}


def _version(name: str) -> str | None:
    try:
        # Told without an import, and so the same before a library is first used and after it.
        return version(name)
    except PackageNotFoundError:
        stated = getattr(sys.modules.get(name), "__version__", None)
        return stated if isinstance(stated, str) else None
