"""``mmml models``: what is in the store, whether it can be relied on, and which version is in use."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mmml.cli import complete
from mmml.cli.output import Format, FormatOption, chosen, print_rows
from mmml.errors import Exit, MmmlError, UsageError

if TYPE_CHECKING:
    from mmml.store.base import Entry, Ref, Store

app = typer.Typer(
    help="List, show, verify, compare, name and remove trained models; set their thresholds.",
    no_args_is_help=True,
)

RefArgument = Annotated[
    str,
    typer.Argument(
        metavar="REF", help="name, name@3, name@production or a folder.", autocompletion=complete.models
    ),
]
StoreOption = Annotated[
    str | None,
    typer.Option("--store", help="Folder of the models.", show_default="$MMML_STORE or outputs/models"),
]
TrustOption = Annotated[
    list[str] | None,
    typer.Option(
        "--trust", metavar="MODULE", help="A module of your own that the model may use; repeatable."
    ),
]


@app.command("list")
def list_models(store: StoreOption = None, form: FormatOption = None) -> None:
    """List every version in the store, and what is built in, with the test result of the main metric."""
    from mmml.engine.models import open_store

    opened = open_store(store)
    entries = list(opened.entries())
    if not entries:
        _say_how_to_get_one()
    rows = [_listed(opened, entry) for entry in entries]
    print_rows([_in_words(row) for row in rows] if _for_people(form) else rows, form)


@app.command()
def show(
    ref: RefArgument, store: StoreOption = None, trust: TrustOption = None, form: FormatOption = None
) -> None:
    """Show what a model was trained on, how it decides and how good it is; as JSON, its whole manifest."""
    import msgspec

    from mmml.engine.models import load_model, open_store
    from mmml.report.describe import (
        described,
        estimator_in_words,
        metrics_in_numbers,
        metrics_in_words,
    )

    bundle = load_model(ref, open_store(store), trust or ())
    if form is Format.CSV:
        print_rows(metrics_in_numbers(bundle.manifest), form)
    elif _for_people(form):
        files = bundle.manifest.files.items()
        known = {
            **described(bundle.manifest, estimator_in_words(bundle.estimator)),
            "files": ", ".join(f"{name} ({entry.size:,} bytes)" for name, entry in files),
            "folder": str(bundle.folder),
        }
        entries = [{"entry": entry, "says": says} for entry, says in known.items()]
        print_rows(entries, Format.TABLE, bundle.reference if bundle.version else bundle.name)
        print_rows(metrics_in_words(bundle.manifest), Format.TABLE, "metrics (95 % intervals over groups)")
    else:
        print(msgspec.json.encode(bundle.manifest).decode())


@app.command()
def verify(
    refs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="REF", help="By default every version in the store.", autocompletion=complete.models
        ),
    ] = None,
    store: StoreOption = None,
    trust: TrustOption = None,
    form: FormatOption = None,
) -> Exit:
    """Check every file of a model, and measure and score its golden rows again; exit 1 where one fails."""
    from mmml.engine.models import open_store
    from mmml.progress import progress

    opened = open_store(store)
    chosen = refs or [f"{entry.name}@{entry.version}" for entry in opened.entries()]
    if not chosen:
        _say_how_to_get_one()
    rows = [_verified(ref, opened, trust or ()) for ref in progress(chosen, "verifying", len(chosen))]
    print_rows(rows, form)
    return Exit.FAILED if any(row["error"] for row in rows) else Exit.DONE


@app.command()
def remove(
    ref: RefArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    store: StoreOption = None,
) -> Exit:
    """Remove a version, or all versions where REF names none."""
    from mmml.engine.models import open_store
    from mmml.store.base import parse_ref

    opened, parsed = open_store(store), parse_ref(ref)
    doomed = _meant(opened, parsed)
    names = ", ".join(_with_aliases(entry) for entry in doomed)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError(f"this would remove {names}, and nobody can be asked", "add --yes")
        if not typer.confirm(f"Remove {names}?", err=True):
            print("nothing was removed", file=sys.stderr)
            return Exit.FAILED
    gone = opened.remove(parsed)
    print(f"removed {', '.join(_with_aliases(entry) for entry in gone)}", file=sys.stderr)
    return Exit.DONE


@app.command()
def alias(
    ref: RefArgument,
    name: Annotated[str, typer.Argument(metavar="ALIAS", help="A word, such as production.")],
    store: StoreOption = None,
) -> None:
    """Let an alias point to a version; `production` is the one that predictions use."""
    from mmml.engine.models import open_store
    from mmml.store.base import parse_ref

    opened, parsed = open_store(store), parse_ref(ref)
    _, version = opened.fetch(parsed)
    opened.alias(parsed, name)
    print(f"{parsed.name}@{name} is version {version}", file=sys.stderr)
    newest = max(entry.version for entry in opened.entries() if entry.name == parsed.name)
    if parsed.version is None and newest > version:
        # A bare name means the production version, which may not be what was just trained.
        print(f"hint: version {newest} is newer: mmml models alias {ref}@{newest} {name}", file=sys.stderr)


def _for_people(form: Format | None) -> bool:
    return chosen(form) is Format.TABLE


def _say_how_to_get_one() -> None:
    print(
        "there is no model yet; train one: mmml train +experiment=blur_gradients dataset=blur_drawn "
        "(mmml config list shows more)",
        file=sys.stderr,
    )


def _listed(store: "Store", entry: "Entry") -> dict[str, Any]:
    """Return the row of a version; a broken one is a row with its error."""
    from mmml.bundle.manifest import read_manifest
    from mmml.store.base import Ref

    known = {"name": entry.name, "version": entry.version, "aliases": entry.aliases}
    told = dict.fromkeys(("task", "modality", "metric", "test", "low", "high", "created", "error"))
    row: dict[str, Any] = {**known, "built_in": entry.built_in, **told}
    try:
        manifest = read_manifest(store.fetch(Ref(entry.name, entry.version))[0])
    except MmmlError as error:
        return row | {"error": error.message}
    metric = manifest.task.parameters.get("metric")
    interval = manifest.metrics.get("test", {}).get(str(metric))
    row |= {"task": manifest.task.name, "modality": manifest.modality, "created": manifest.created}
    if interval is not None:
        row |= {"metric": metric, "test": interval.value, "low": interval.low, "high": interval.high}
    return row


def _in_words(row: dict[str, Any]) -> dict[str, str]:
    """Return the row in few columns, so that it fits a small terminal."""
    from mmml.judge.interval import Interval

    known = row["error"] is None
    judged = Interval(row["test"], row["low"], row["high"])
    marks = ["(built in)"] if row["built_in"] else []
    return {
        "model": " ".join((f"{row['name']}@{row['version']}", *row["aliases"], *marks)),
        "predicts": f"{row['task']} of {row['modality']}" if known else f"error: {row['error']}",
        "test": f"{row['metric']} {judged}" if row["metric"] else "",
        "created": row["created"][:16].replace("T", " ") if known else "",
    }


def _verified(ref: str, store: "Store", trust: list[str] | tuple[str, ...]) -> dict[str, Any]:
    from mmml.bundle.verify import verify
    from mmml.engine.models import load_model

    row: dict[str, Any] = {"model": ref, "status": "ok", "scored": 0, "measured": 0, "error": None}
    try:
        return row | verify(load_model(ref, store, trust))
    except UsageError:
        raise  # a misspelt reference is no broken bundle
    except MmmlError as error:
        reason = f"{error.message}; {error.hint}" if error.hint else error.message
        return row | {"status": "failed", "error": reason}


def _meant(store: "Store", ref: "Ref") -> "list[Entry]":
    from mmml.store.built_in import fixed

    _, version = store.fetch(ref)
    every = ref.version is None
    meant = [e for e in store.entries() if e.name == ref.name and (every or e.version == version)]
    if any(entry.built_in for entry in meant):
        # Refused before anybody is asked.
        raise fixed(ref.name, "cannot be removed")
    return meant


def _with_aliases(entry: "Entry") -> str:
    aliases = f" ({', '.join(entry.aliases)})" if entry.aliases else ""
    return f"{entry.name}@{entry.version}{aliases}"
