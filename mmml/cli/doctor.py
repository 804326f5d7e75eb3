"""``mmml doctor``: is everything in place on this machine and in this folder?"""

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, metadata, requires, version
from pathlib import Path
from typing import TYPE_CHECKING

from mmml.cli.models import StoreOption
from mmml.cli.output import FormatOption, print_rows
from mmml.errors import Exit, MmmlError

if TYPE_CHECKING:
    from mmml.store.base import Entry
    from mmml.store.local import LocalStore

_LIBRARIES = ("numpy", "opencv-python-headless", "pillow", "scikit-learn", "scipy", "skops", "hydra-core")

# These install the same folder, cv2: of two, the files of the later one lie over those of the first.
_OPENCV = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)

# Below so many free bytes the next data set or model may not fit.
_LITTLE_SPACE = 1 << 30


class Status(StrEnum):
    """How a thing stands."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it stands, and what to do about it."""

    check: str
    status: Status
    detail: str
    to_do: str = ""


def doctor(store: StoreOption = None, form: FormatOption = None) -> Exit:
    """Look whether libraries, models, data, configs and disk are in order; exit 1 if there is a problem."""
    findings = [
        *_versions(),
        *_announced("mmml.modalities", "modality"),
        *_announced("mmml.transformers", "transformer"),
        _byte_code(),
        *_store(store),
        _built_in(),
        _data(),
        _configs(),
        _machine(),
    ]
    print_rows([asdict(finding) for finding in findings], form)
    return Exit.FAILED if any(f.status is Status.PROBLEM for f in findings) else Exit.DONE


def _versions() -> Iterator[Finding]:
    yield Finding("mmml", Status.OK, f"{version('mmml')}, Python {platform.python_version()}")
    installed = {name: found for name in _LIBRARIES if (found := _version(name))}
    missing = [name for name in _LIBRARIES if name not in installed]
    listed = ", ".join(f"{name} {found}" for name, found in installed.items())
    if missing:
        yield Finding("libraries", Status.PROBLEM, f"missing: {', '.join(missing)}", "install mmml again")
    else:
        yield Finding("libraries", Status.OK, listed)
    yield from _extras()
    wheels = [name for name in _OPENCV if _version(name)]
    if len(wheels) > 1:
        yield Finding(
            "opencv",
            Status.PROBLEM,
            f"{' and '.join(wheels)} overwrite each other",
            f"pip uninstall {' '.join(wheels)}; pip install opencv-python-headless",
        )


def _extras() -> Iterator[Finding]:
    """Tell what of the parts that not every machine needs is installed."""
    from packaging.requirements import Requirement

    wanted = [Requirement(line) for line in requires("mmml") or ()]
    only_extra = [one for one in wanted if one.marker and not one.marker.evaluate({"extra": ""})]
    for extra in sorted(set(metadata("mmml").get_all("Provides-Extra") or ()) - {"all"}):
        # Some are for other machines than this one.
        names = [one.name for one in only_extra if one.marker and one.marker.evaluate({"extra": extra})]
        missing = [name for name in names if not _version(name)]
        listed = ", ".join(f"{name} {_version(name)}" for name in names if name not in missing)
        if missing:
            detail = f"not installed: {', '.join(missing)}"
            yield Finding(
                f"extra {extra}", Status.OK, detail, f"where you need it: pip install 'mmml[{extra}]'"
            )
        else:
            yield Finding(f"extra {extra}", Status.OK, listed)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _announced(group: str, kind: str) -> Iterator[Finding]:
    """Import what installed packages announce; what cannot be imported is what a model would miss."""
    for entry in sorted(entry_points(group=group), key=lambda entry: entry.name):
        reason = _import(entry)
        if reason is None:
            yield Finding(f"{kind} {entry.name}", Status.OK, entry.value)
        else:
            package = entry.dist.name if entry.dist else "its package"
            yield Finding(
                f"{kind} {entry.name}", Status.WARNING, reason, f"install what {package} needs for it"
            )


def _import(entry: EntryPoint) -> str | None:
    try:
        entry.load()
    except (ImportError, AttributeError, OSError) as error:
        return str(error)
    return None


def _byte_code() -> Finding:
    import importlib.util
    import sysconfig

    import numpy

    compiled = Path(importlib.util.cache_from_source(numpy.__file__)).is_file()
    if compiled or not sys.dont_write_bytecode:
        return Finding("byte code", Status.OK, "compiled" if compiled else "compiled on first use")
    return Finding(
        "byte code",
        Status.WARNING,
        "PYTHONDONTWRITEBYTECODE is set and nothing is compiled: every start takes 2 to 3 times longer",
        f"{sys.executable} -m compileall -q {sysconfig.get_paths()['purelib']}",
    )


def _store(path: str | None) -> Iterator[Finding]:
    from mmml.bundle.manifest import read_manifest
    from mmml.engine.models import own_store

    opened = own_store(path)
    where = str(opened.root)
    try:
        entries = list(opened.entries())
    except OSError as error:
        yield Finding(
            "models", Status.PROBLEM, f"{where} cannot be read: {error.strerror}", "mend its rights"
        )
        return
    if broken := _broken(opened, entries, read_manifest):
        yield Finding("models", Status.PROBLEM, "; ".join(broken), "mmml models remove NAME@VERSION")
    elif entries:
        yield Finding("models", Status.OK, f"{len(entries)} in {where}")
    else:
        yield Finding(
            "models",
            Status.OK,
            f"none in {where}",
            "mmml train +experiment=blur_gradients dataset=blur_drawn",
        )
    if not os.access(_existing(opened.root), os.W_OK):
        yield Finding(
            "store", Status.WARNING, f"{where} cannot be written to", "set MMML_STORE to a folder of yours"
        )


def _built_in() -> Finding:
    from mmml.bundle.read import read_bundle
    from mmml.engine.models import built_in_store

    try:
        store = built_in_store()
    except MmmlError as error:
        return Finding("built-in models", Status.PROBLEM, error.message, error.hint or "")
    if store is None:
        return Finding("built-in models", Status.OK, "left out: MMML_BUILTIN is off")
    entries = list(store.entries())
    if broken := _broken(store, entries, read_bundle):
        return Finding("built-in models", Status.PROBLEM, "; ".join(broken), "install mmml again")
    if not entries:
        return Finding("built-in models", Status.WARNING, "none came with mmml", "install mmml again")
    return Finding("built-in models", Status.OK, ", ".join(entry.name for entry in entries))


def _broken(store: "LocalStore", entries: "Iterable[Entry]", read: Callable[[Path], object]) -> list[str]:
    from mmml.store.base import Ref

    broken = []
    for entry in entries:
        ref = Ref(entry.name, entry.version)
        try:
            read(store.fetch(ref)[0])
        except MmmlError as error:
            broken.append(f"{ref}: {error.message}")
    return broken


def _existing(path: Path) -> Path:
    """Return the folder itself, or the nearest one above it that exists."""
    return next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())


def _data() -> Finding:
    from mmml.dataset.recipe import RECIPE

    home = Path("data")
    made = sorted(recipe.parent.name for recipe in home.glob(f"*/{RECIPE}"))
    photos = sum(1 for item in (home / "photos").glob("*.jpg"))
    detail = f"{photos} photos in {home / 'photos'}; made: {', '.join(made) or 'nothing yet'}"
    if photos or "blur_demo" in made:
        return Finding("data", Status.OK, detail, "" if made else "mmml data make")
    return Finding(
        "data",
        Status.WARNING,
        f"{detail}; without photos blur_demo cannot be made",
        "use dataset=blur_drawn, which needs none, or your own photos: mmml data check folder dataset.path=…",
    )


def _configs() -> Finding:
    from mmml.config.folders import importable, users_own

    own = users_own()
    if own is None:
        return Finding("configs", Status.OK, "only those of mmml", "your own: mmml new check NAME")
    try:
        modules = [str(folder) for folder in importable()]
    except MmmlError as error:
        return Finding("configs", Status.PROBLEM, error.message, error.hint or "")
    files = sorted(own.glob("**/*.yaml"))
    broken = [f"{file}: {reason}" for file in files if (reason := _flaw(file))]
    if broken:
        return Finding("configs", Status.PROBLEM, "; ".join(broken), "mend what is no YAML")
    return Finding(
        "configs",
        Status.OK,
        f"{len(files)} of your own in {own}; modules in {', '.join(modules) or 'no folder'}",
        "mmml config check",
    )


def _flaw(file: Path) -> str | None:
    import yaml

    try:
        yaml.safe_load(file.read_bytes())
    except (OSError, yaml.YAMLError) as error:
        return " ".join(str(error).split())
    return None


def _machine() -> Finding:
    from mmml.engine.predict import processors

    free = shutil.disk_usage(Path.cwd()).free
    detail = f"{processors()} processors, {free / (1 << 30):.1f} GB free here"
    if free < _LITTLE_SPACE:
        return Finding("machine", Status.WARNING, detail, "make room before you make data or train")
    return Finding("machine", Status.OK, detail)
