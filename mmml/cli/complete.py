"""Shell completion. It answers within a blink and never fails: what it cannot read, it leaves out."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from typing import Any

import typer

from mmml.errors import MmmlError

# The flags of Hydra that people use; its full list is `mmml train --hydra-help`.
_FLAGS = ("--multirun", "--cfg", "--resolve", "--info", "--config-dir", "--help")

Completed = list[tuple[str, str]]


def _quiet(complete: Callable[..., Iterable[tuple[str, str]]]) -> Callable[[typer.Context, str], Completed]:
    """Answer nothing where something cannot be read: a message would land in the line being typed."""

    @wraps(complete)
    def answered(ctx: typer.Context, incomplete: str) -> Completed:
        try:
            return [item for item in complete(ctx, incomplete) if item[0].startswith(incomplete)]
        except (MmmlError, OSError, ValueError):
            return []

    # Typer looks the arguments up by their annotations, which `wraps` has replaced.
    answered.__annotations__ = {"ctx": typer.Context, "incomplete": str}
    return answered


@_quiet
def models(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Complete a reference: names, and after ``@`` versions and aliases."""
    from mmml.engine.models import open_store

    entries = list(open_store(ctx.params.get("store")).entries())
    if "@" not in incomplete:
        yield from dict.fromkeys((entry.name, "") for entry in entries)
        return
    for entry in entries:
        for version in (str(entry.version), *entry.aliases):
            yield f"{entry.name}@{version}", ""


@_quiet
def datasets(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Complete the name of a dataset config."""
    from mmml.config.folders import choices

    return ((name, "") for name in choices("dataset"))


@_quiet
def configs(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Complete ``GROUP/NAME``, or the name of an experiment."""
    from mmml.config.folders import choices, groups

    yield from ((name, "") for name in choices("experiment"))
    for group in groups():
        yield from ((f"{group}/{name}", "") for name in choices(group))


@_quiet
def groups(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Complete the name of a config group."""
    from mmml.config.folders import groups

    return ((group, "") for group in groups())


@_quiet
def overrides(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Complete a word of ``mmml train``: ``+experiment=…``, ``dataset=…`` (also lists), ``task.folds=``."""
    from mmml.config.folders import choices

    before = [word for value in ctx.params.values() if isinstance(value, list) for word in value]
    if before[-1:] == ["="]:
        # bash takes dataset=blur for three words and wants to hear of the last one only.
        yield from ((item, "") for item in _listed(incomplete, choices(before[-2].lstrip("+"))))
    elif "=" in incomplete:
        key, _, value = incomplete.partition("=")
        yield from ((f"{key}={item}", "") for item in _listed(value, choices(key.lstrip("+"))))
    elif "." in incomplete:
        yield from ((f"{key}=", "") for key in _keys(incomplete.partition(".")[0]))
    else:
        yield from _beginnings()


@_quiet
def judged(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Complete a word of ``mmml eval``: the model, then overrides."""
    yield from models(ctx, incomplete)
    yield from overrides(ctx, incomplete)


def _listed(value: str, names: Iterable[str]) -> Iterator[str]:
    """Complete the last item of a list, for a sweep (``a,b``) or several transformers (``[a,b]``)."""
    done = value[: max(value.rfind(","), value.rfind("[")) + 1]
    return (f"{done}{name}" for name in names)


def _beginnings() -> Iterator[tuple[str, str]]:
    from mmml.config.folders import groups

    for group in groups():
        if group == "experiment":
            yield "+experiment=", "what is trained on what"
        else:
            yield f"{group}=", f"choose another {group}"
            yield f"{group}.", f"set a value of the {group}"
    yield "name=", "of the experiment and its bundles"
    yield "seed=", "of everything that is drawn"
    yield from ((flag, "a flag of Hydra") for flag in _FLAGS)


def _keys(group: str) -> list[str]:
    """Return every key that some config of a group has: ``dataset.path``, ``estimator.clf.C``."""
    import yaml

    from mmml.config.folders import choices, find

    found: set[str] = set()
    for name in choices(group):
        file = find(group, name)
        try:
            node = yaml.safe_load(file.read_bytes()) if file else None
        except yaml.YAMLError:
            continue
        found.update(_below(group, node))
    return sorted(found)


def _below(path: str, node: Any) -> Iterator[str]:
    if not isinstance(node, Mapping):
        yield path
        return
    for name, item in node.items():
        if not str(name).startswith("_"):
            yield from _below(f"{path}.{name}", item)
