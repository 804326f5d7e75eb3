"""Where configs are: those that come with mmml, and the user's own in ``./conf``."""

import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from mmml.errors import UsageError

#: The user's settings, next to the groups in ``./conf``.
SETTINGS = "mmml.yaml"


@cache
def packaged() -> Path:
    """Return the folder of the configs that come with mmml."""
    inside = Path(__file__).parents[1] / "conf"
    # In a checkout the configs lie beside the package; a wheel has them inside.
    return inside if inside.is_dir() else Path(__file__).parents[2] / "conf"


def users_own() -> Path | None:
    """Return ``./conf``, where there is one and it is not mmml's own."""
    folder = Path.cwd() / "conf"
    return folder if folder.is_dir() and folder.resolve() != packaged().resolve() else None


def folders() -> list[Path]:
    """Return the folders that configs are looked up in, first one first."""
    own = users_own()
    return [packaged()] if own is None else [own, packaged()]


def groups() -> list[str]:
    """Return the config groups: ``dataset``, ``estimator``…"""
    found = {item.name for folder in folders() for item in folder.iterdir() if item.is_dir()}
    return sorted(name for name in found if name != "hydra" and not name.startswith("."))


def choices(group: str) -> list[str]:
    """Return the configs of a group, by name."""
    found = {item.stem for folder in folders() for item in (folder / group).glob("*.yaml")}
    return sorted(found)


def find(group: str, name: str) -> Path | None:
    """Return the file of a config; the user's own comes first."""
    files = (folder / group / f"{name}.yaml" for folder in folders())
    return next((file for file in files if file.is_file()), None)


def whole(group: str, name: str, above: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a config as it is written, completed by the configs of its group that it takes over.

    Args:
        group: its group.
        name: of the config.
        above: configs that take it over; one that is among them takes over itself.

    Returns:
        Its values, unresolved; empty where there is no such config.

    Raises:
        yaml.YAMLError: a file is no YAML.
    """
    file = find(group, name)
    node = yaml.safe_load(file.read_bytes()) if file else None
    if not isinstance(node, dict):
        return {}
    completed: dict[str, Any] = {}
    for one in node.pop("defaults", None) or ():
        if isinstance(one, str) and one not in (name, *above):
            completed = _merged(completed, whole(group, one, (name, *above)))
    return _merged(completed, node)


def _merged(below: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    both = {
        key: _merged(below[key], value)
        for key, value in over.items()
        if isinstance(value, dict) and isinstance(below.get(key), dict)
    }
    return {**below, **over, **both}


def commands_of(file: Path) -> list[str]:
    """Return the commands that the first comment lines of a config show."""
    shown: list[str] = []
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        if not line.startswith("#"):
            break
        text = line.lstrip("# ").rstrip()
        if text.startswith("mmml "):
            shown.append(text)
    return shown


def importable() -> Iterator[Path]:
    """Make the folders in ``python_path`` of the user's ``conf/mmml.yaml`` importable, and yield them.

    Raises:
        UsageError: the file cannot be read, or says something else.
    """
    own = users_own()
    file = own / SETTINGS if own else None
    if own is None or file is None or not file.is_file():
        return
    try:
        settings = yaml.safe_load(file.read_bytes()) or {}
    except (OSError, yaml.YAMLError) as error:
        raise UsageError(f"cannot read {file}: {error}") from None
    stated = settings.get("python_path", []) if isinstance(settings, dict) else None
    stated = [stated] if isinstance(stated, str) else stated
    if not isinstance(stated, list) or set(settings) - {"python_path"}:
        raise UsageError(f"{file} may only set python_path", "python_path: [checks]")
    for item in stated:
        folder = (own.parent / str(item)).resolve()
        if not folder.is_dir():
            raise UsageError(f"{file} names the python_path {item}, which is no folder in {own.parent}")
        if str(folder) not in sys.path:
            # At the end: a folder of the user's must not hide an installed library.
            sys.path.append(str(folder))
        yield folder
