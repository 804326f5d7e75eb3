"""``mmml data``: making the data sets that mmml can make itself, and checking data before training."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mmml.cli import cache, complete
from mmml.cli.output import Format, FormatOption, chosen, print_rows
from mmml.errors import Exit, MmmlError, UsageError, did_you_mean

if TYPE_CHECKING:
    from mmml.dataset.made import Made
    from mmml.engine.survey import Survey

app = typer.Typer(help="Make the demo data sets, and check data before training.", no_args_is_help=True)
app.add_typer(cache.app, name="cache")

_MADE = "mmml.dataset.made.Made"


@app.command()
def make(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME|KEY=VALUE",
            help="Datasets, by default all that can be made; overrides such as dataset.count=80.",
            autocompletion=complete.datasets,
            show_default=False,
        ),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Replace a set that is there.")] = False,
    form: FormatOption = None,
) -> Exit:
    """Make data sets: `mmml data make blur_drawn`. One that is there already stays as it is."""
    from mmml.config.launch import prepare

    overrides = [word for word in words or () if "=" in word]
    names = [word for word in words or () if "=" not in word] or _makeable()
    prepare()
    # All configs are right before the first set, which may take minutes, is made.
    sets = {name: _made(name, overrides) for name in names}
    rows = [_make(name, made, again) for name, made in sets.items()]
    print_rows(rows, form)
    return Exit.FAILED if any(row["error"] for row in rows) else Exit.DONE


@app.command()
def check(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="A dataset: mmml config list dataset.", autocompletion=complete.datasets
        ),
    ],
    overrides: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="OVERRIDES",
            help="Such as dataset.path=my_photos or task.test_size=0.3.",
            autocompletion=complete.overrides,
            show_default=False,
        ),
    ] = None,
    form: FormatOption = None,
) -> Exit:
    """Read every sample once: labels, groups, broken files, look-alikes, and how the split would fall."""
    from mmml.config.build import build
    from mmml.config.launch import prepare
    from mmml.engine.extract import Extractor
    from mmml.engine.survey import survey

    prepare()
    plain = _composed(name, overrides or [])
    found = survey(
        build(plain["dataset"], "dataset"),
        build(plain["task"], "task"),
        # Every file is really looked at: a broken one must not hide behind what was measured before.
        replace(Extractor.from_config(plain), cache=None),
        seed=plain["seed"],
    )
    _print_survey(name, found, form)
    if found.flaw is not None:
        # Told last, after what was found: it is why a training would stop.
        raise found.flaw
    return Exit.SOME_INPUTS_FAILED if found.unreadable else Exit.DONE


def _makeable() -> list[str]:
    from mmml.config.folders import choices

    return [name for name in choices("dataset") if _target(name) == _MADE]


def _target(name: str) -> str | None:
    """Return the class that a dataset config names, or takes over from another one."""
    import yaml

    from mmml.config.folders import whole

    try:
        return whole("dataset", name).get("_target_")
    except yaml.YAMLError:
        return None  # composing it says what is wrong


def _made(name: str, overrides: Sequence[str]) -> "Made":
    from mmml.config.build import build
    from mmml.dataset.made import Made

    # A dataset that reads the user's own files may lack its path here: that is not what is wrong.
    own = _target(name) not in (None, _MADE)
    dataset = None if own else build(_composed(name, overrides)["dataset"], "dataset")
    if not isinstance(dataset, Made):
        raise UsageError(
            f"{name} is no dataset that mmml makes: it reads files that are there",
            f"mmml data check {name} looks them over; {', '.join(_makeable())} can be made",
        )
    return dataset


def _composed(name: str, overrides: Sequence[str]) -> dict[str, Any]:
    from mmml.config.folders import choices
    from mmml.config.part import composed_part

    if name not in choices("dataset"):
        hint = did_you_mean(name, choices("dataset"))
        if Path(name).is_dir():
            hint = f"for a folder of your own: mmml data check folder dataset.path={name}"
        raise UsageError(f"there is no dataset {name}", hint)
    return composed_part(("dataset", "task"), [f"dataset={name}", *overrides])


def _make(name: str, made: "Made", again: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"dataset": name, "folder": str(made.folder), "samples": None, "error": None}
    try:
        made.make_all(again)
        return row | {"samples": len(made.samples())}
    except MmmlError as error:
        # The other sets are still made.
        return row | {"error": f"{error.message}; {error.hint}" if error.hint else error.message}


def _print_survey(name: str, found: "Survey", form: Format | None) -> None:
    rows = [
        {
            "label": label,
            "samples": found.labels[label],
            "groups": found.groups[label],
            "train": None if found.flaw else found.train[label],
            "test": None if found.flaw else found.test[label],
        }
        for label in found.labels
    ]
    unreadable = [{"path": path, "reason": reason} for path, reason in found.unreadable]
    whole = {"groups": found.group_total, "merged": found.merged, "unreadable": unreadable}
    if chosen(form) is Format.JSONL:
        print_rows(
            [{"dataset": name, "samples": found.labels.total(), **whole, "labels": rows}], Format.JSONL
        )
        return
    print_rows(rows, form, name)
    if form is Format.CSV:
        return
    print(f"{found.labels.total()} samples in {found.group_total} groups")
    if found.merged:
        print(f"{found.merged} samples look like others and joined their group")
    if unreadable:
        print_rows(unreadable, form, f"cannot be read: {len(unreadable)}")
