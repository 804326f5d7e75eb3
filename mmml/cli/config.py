"""``mmml config``: which configs there are, what they say, and whether they are right."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mmml.cli import complete
from mmml.cli.output import FormatOption, print_rows
from mmml.errors import Exit, MmmlError, UsageError, did_you_mean

if TYPE_CHECKING:
    from omegaconf import DictConfig

app = typer.Typer(help="List, show and check configs.", no_args_is_help=True)

_EXPERIMENT = "experiment"


@app.command("list")
def list_configs(
    group: Annotated[
        str | None,
        typer.Argument(
            metavar="GROUP", help="dataset, estimator, …; by default all.", autocompletion=complete.groups
        ),
    ] = None,
    form: FormatOption = None,
) -> None:
    """List the configs of every group, each with a command that uses it."""
    from mmml.config.folders import choices, commands_of, find, groups, users_own

    if group is not None and group not in groups():
        raise UsageError(f"there is no config group {group}", did_you_mean(group, groups()))
    own = users_own()
    rows = []
    for one in [group] if group else groups():
        for name in choices(one):
            file = find(one, name)
            assert file is not None
            rows.append(
                {
                    "config": f"{one}/{name}",
                    "from": "you" if own is not None and file.is_relative_to(own) else "mmml",
                    "command": next(iter(commands_of(file)), None),
                }
            )
    print_rows(rows, form)


@app.command()
def show(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="GROUP/NAME, or an experiment.", autocompletion=complete.configs),
    ],
    composed: Annotated[
        bool, typer.Option("--composed", help="With everything that it takes over from others.")
    ] = False,
) -> None:
    """Show a config as YAML: a start for one of your own."""
    from mmml.config.folders import find

    group, choice = _located(name)
    if not composed:
        file = find(group, choice)
        assert file is not None
        print(f"# {file}", file=sys.stderr)
        print(file.read_text(encoding="utf-8"), end="")
        return
    from omegaconf import OmegaConf

    from mmml.config.launch import prepare

    prepare()
    config = _compose(group, choice)[0]
    print(OmegaConf.to_yaml(config if group == _EXPERIMENT else config[group]), end="")


@app.command()
def check(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME",
            help="GROUP/NAME, or experiments; by default every experiment.",
            autocompletion=complete.configs,
            show_default=False,
        ),
    ] = None,
    form: FormatOption = None,
) -> Exit:
    """Compose configs, check every name and argument and build what they describe; reads no data."""
    from mmml.config.folders import choices
    from mmml.config.launch import prepare

    located = [_located(name) for name in names or choices(_EXPERIMENT)]
    prepare()
    rows = [_checked(group, name) for group, name in located]
    print_rows(rows, form)
    return Exit.USAGE if any(row["error"] for row in rows) else Exit.DONE


@app.command()
def path() -> None:
    """Print the folders that configs are read from, the first one first."""
    from mmml.config.folders import folders

    for folder in folders():
        print(folder)


def _located(text: str) -> tuple[str, str]:
    """Return group and name of a config that a user names.

    Raises:
        UsageError: there is none; the hint names the nearest.
    """
    from mmml.config.folders import choices, groups

    group, slash, name = text.removesuffix(".yaml").rpartition("/")
    if not slash:
        if name in choices(_EXPERIMENT):
            return _EXPERIMENT, name
        others = [f"{one}/{name}" for one in groups() if name in choices(one)]
        hint = f"did you mean {' or '.join(others)}?" if others else did_you_mean(name, choices(_EXPERIMENT))
        raise UsageError(f"there is no experiment {name}", hint)
    if group not in groups():
        raise UsageError(f"there is no config group {group}", did_you_mean(group, groups()))
    if name not in choices(group):
        raise UsageError(f"there is no {group} '{name}'", did_you_mean(name, choices(group)))
    return group, name


def _compose(group: str, name: str) -> "tuple[DictConfig, dict[str, str]]":
    from mmml.config.compose import compose_with_choices
    from mmml.config.explain import explained

    words = [f"{group}={name}"]
    with explained("train", words):
        return compose_with_choices("train", words)


def _checked(group: str, name: str) -> dict[str, Any]:
    row = {"config": f"{group}/{name}", "status": "ok", "error": None, "hint": None}
    try:
        if group == _EXPERIMENT:
            from mmml.engine.experiment import Experiment

            config, choices = _compose(group, name)
            Experiment.from_config(config, choices["dataset"])
        else:
            from mmml.config.part import composed_part

            _build(composed_part((group,), [f"{group}={name}"])[group], group)
    except MmmlError as error:
        return row | {"status": "error", "error": error.message, "hint": error.hint}
    return row


def _build(node: Any, path: str) -> None:
    """Build every object that a part of a config describes."""
    from mmml.config.build import build

    if not isinstance(node, dict):
        return
    if "_target_" in node:
        build(node, path)
        return
    for name, item in node.items():
        _build(item, f"{path}.{name}")
