"""Finding and loading models: by name in a store, or a bundle in a folder."""

import os
from collections.abc import Sequence
from pathlib import Path

from mmml.bundle.read import Bundle, read_bundle
from mmml.config.folders import importable
from mmml.errors import MmmlError, UsageError
from mmml.store import built_in
from mmml.store.base import Entry, Ref, Store, parse_ref
from mmml.store.built_in import WithBuiltIn
from mmml.store.local import LocalStore

# What `MMML_BUILTIN` may say.
_ANSWERS = {"": True, "on": True, "off": False}


def open_store(path: str | None = None) -> Store:
    """Return the user's own store in front of the models that come with mmml.

    Args:
        path: of the user's own; by default that of ``MMML_STORE``, else ``outputs/models``.
    """
    return with_built_in(own_store(path))


def own_store(path: str | None = None) -> LocalStore:
    """Return the store at a path; by default that of ``MMML_STORE``, else ``outputs/models``."""
    return LocalStore(path or os.environ.get("MMML_STORE") or "outputs/models")


def with_built_in(store: Store) -> Store:
    """Return a store in front of the models that come with mmml, unless these are left out."""
    behind = built_in_store()
    return store if behind is None else WithBuiltIn(store, behind)


def built_in_store() -> LocalStore | None:
    """Return the models that come with mmml; None where ``MMML_BUILTIN=off`` leaves them out.

    Raises:
        UsageError: ``MMML_BUILTIN`` is neither ``on`` nor ``off``.
    """
    said = os.environ.get("MMML_BUILTIN", "")
    if said not in _ANSWERS:
        raise UsageError(f"MMML_BUILTIN is {said}", "set it to on or off")
    return LocalStore(built_in.FOLDER) if _ANSWERS[said] else None


def trusted(named: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the modules that the user trusts: those named, and those in ``MMML_TRUST`` (comma-separated)."""
    listed = os.environ.get("MMML_TRUST", "").split(",")
    return tuple(dict.fromkeys(name.strip() for name in (*named, *listed) if name.strip()))


def load_model(ref: str, store: Store, trust: Sequence[str] = ()) -> Bundle:
    """Load a bundle.

    Args:
        ref: ``name``, ``name@3``, ``name@production``, or the path of a bundle's folder.
        store: where names are looked up.
        trust: modules outside mmml whose classes the bundle may use; ``MMML_TRUST`` adds to them.

    Raises:
        UsageError: there is no such bundle.
        MmmlError: it is broken, changed, or needs code that nobody vouches for.
    """
    modules = trusted(trust)
    if modules:
        # Whoever trusts a module of their own wants it found where training found it.
        list(importable())
    folder, version = find_folder(ref, store)
    return read_bundle(folder, modules).versioned(version, folder.is_relative_to(built_in.FOLDER))


def find_folder(ref: str, store: Store) -> tuple[Path, int | None]:
    """Return the folder of a bundle, and its version where it is in the store.

    Raises:
        UsageError: there is no such bundle.
    """
    if os.sep in ref:
        if not Path(ref).is_dir():
            raise UsageError(f"there is no bundle {ref}", "name a folder that holds a manifest.json")
        return Path(ref), None
    return store.fetch(parse_ref(ref))


def all_models(store: Store, trust: Sequence[str] = ()) -> list[Bundle]:
    """Load every model of a store, also those built in that it does not hide: production, else the newest.

    Raises:
        UsageError: the store is empty.
        MmmlError: a bundle is broken; it is named, so that it can be mended or removed.
    """
    entries = {entry.name: entry for entry in store.entries()}
    if not entries:
        raise UsageError(
            "there is no model yet in this store",
            "train one: mmml train +experiment=blur_gradients, or without photos: dataset=blur_drawn",
        )
    return [_load_one_of_all(entry, store, trust) for _, entry in sorted(entries.items())]


def _load_one_of_all(entry: Entry, store: Store, trust: Sequence[str]) -> Bundle:
    try:
        return load_model(str(Ref(entry.name)), store, trust)
    except MmmlError as error:
        # None is left out in silence: it may be the one that would have found something.
        mend = "install mmml again, or MMML_BUILTIN=off" if entry.built_in else error.hint
        ways = (mend, "name the models to ask: --model NAME")
        raise type(error)(error.message, "; or ".join(way for way in ways if way)) from None
