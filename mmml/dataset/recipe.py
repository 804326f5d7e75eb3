"""What a made set was made from, kept beside it."""

import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

RECIPE = "recipe.json"

#: With other versions of these the same recipe may give other bytes.
_LIBRARIES = ("mmml", "numpy", "scipy", "opencv-python-headless", "av")


def write_recipe(folder: Path, recipe: dict[str, Any]) -> None:
    """Write the recipe of a set into its folder, for people to read as well."""
    (folder / RECIPE).write_text(json.dumps(recipe, indent=2) + "\n", encoding="utf-8")


def read_recipe(folder: Path) -> dict[str, Any] | None:
    """Return the recipe in a folder; None where there is none, or only the half of one."""
    try:
        recipe = json.loads((folder / RECIPE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return recipe if isinstance(recipe, dict) else None


def described(files: Iterable[Path]) -> dict[str, dict[str, int | str]]:
    """Return size in bytes and SHA-256 of files by their names; one that cannot be read has no hash."""
    found: dict[str, dict[str, int | str]] = {}
    for path in files:
        found[path.name] = {"bytes": path.stat().st_size, "sha256": ""}
        with suppress(OSError), path.open("rb") as file:
            found[path.name]["sha256"] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def versions() -> dict[str, str]:
    """Return the versions of the installed libraries that have a hand in what is made."""
    found = {}
    for library in _LIBRARIES:
        with suppress(PackageNotFoundError):
            found[library] = version(library)
    return found
