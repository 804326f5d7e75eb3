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

_ROOT = Path(__file__).parents[1]


@cache
def code_version(kind: type) -> str | None:
    """Return a digest of the sources that a class is made of, and of the libraries that these import.

    Taken in are all files beside the one of the class and beside those of its bases, and the folders of mmml
    that these import from: rather measure once more than keep what older code has measured.

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
    ahead, seen = sorted(sources), set(sources)
    while ahead:
        source = ahead.pop()
        content = source.read_bytes()
        digest.update(source.name.encode() + b"\0" + content)
        for name in sorted(set(_imported(content)) - libraries):
            # What lies at the root of mmml imports, where it is needed, from all over mmml.
            if source.parent == _ROOT and name.startswith("mmml."):
                continue
            libraries.add(name)
            digest.update(f"{name} {_version(name)}\n".encode())
            # What the user has written beside, all of it, for it may be part of what measures.
            news = sorted(set(_own_sources(name)) - seen)
            ahead, seen = ahead + news, seen | set(news)
    return digest.hexdigest()


def library_or_code(kind: type) -> str | None:
    """Return name and version of the library that a class comes from; of other classes `code_version`."""
    name = kind.__module__.partition(".")[0]
    stated = None if name == "mmml" else _version(name)
    return code_version(kind) if stated is None else f"{name} {stated}"


def _own_sources(name: str) -> Iterator[Path]:
    """Yield the sources of a module or package that is no installed library, or of a folder of mmml."""
    if name.startswith("mmml."):
        yield from (_ROOT / name.removeprefix("mmml.")).glob("*.py")
        return
    module = sys.modules.get(name)
    file = getattr(module, "__file__", None)
    places = [Path(file)] if file else [Path(place) for place in getattr(module, "__path__", ())]
    for place in places:
        if not {"site-packages", "dist-packages"} & set(place.parts):
            home = place.parent if place.name == "__init__.py" else place
            yield from home.rglob("*.py") if home.is_dir() else [home]


def _imported(source: bytes) -> Iterator[str]:
    """Yield the top-level names of the libraries that a source imports; of mmml's own, ``mmml.image``."""
    try:
        with _PARSING:
            tree = ast.parse(source)
    except SyntaxError:
        return  # a neighbour that is no part of what runs
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        own = {".".join(name.split(".")[:2]) for name in names if name.startswith("mmml.")}
        yield from own | ({name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"mmml"})


def _version(name: str) -> str | None:
    try:
        # Told without an import, and so the same before a library is first used and after it.
        return version(name)
    except PackageNotFoundError:
        stated = getattr(sys.modules.get(name), "__version__", None)
        return stated if isinstance(stated, str) else None
