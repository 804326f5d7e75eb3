"""``mmml predict``: what the models say of files, as rows that stream while work goes on."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmml.cli import complete
from mmml.errors import Exit, MmmlError, UsageError, did_you_mean, worst

if TYPE_CHECKING:
    from mmml.bundle.read import Bundle
    from mmml.engine.inputs import Inputs
    from mmml.engine.predict import Predictor
    from mmml.engine.rows import Row


class RowFormat(StrEnum):
    """How rows are written."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


def predict(
    inputs: Annotated[
        list[str],
        typer.Argument(help="Files, folders, patterns; - reads paths from stdin.", show_default=False),
    ],
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            "-m",
            help="name, name@3, name@production or a bundle's folder; by default every model of the store, "
            "and every one that is built in (MMML_BUILTIN=off leaves these out).",
            autocompletion=complete.models,
            show_default=False,
        ),
    ] = None,
    form: Annotated[
        RowFormat | None,
        typer.Option("--format", "-f", help="By default a table on a terminal, JSON Lines in a pipe."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file; its ending tells the format.")
    ] = None,
    features: Annotated[bool, typer.Option("--features", help="Add the features to the rows.")] = False,
    probabilities: Annotated[
        bool, typer.Option("--probabilities", help="Add the probability of every class.")
    ] = False,
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain",
            help="Draw into this folder, for each input, where what is seen and which features decided.",
            show_default=False,
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first input that fails.")] = False,
    fail_on: Annotated[
        list[str] | None,
        typer.Option("--fail-on", help="Exit with 4 where an input gets this label.", show_default=False),
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", help="Inputs worked on at once; -1: one a processor.")
    ] = -1,
    store: Annotated[str | None, typer.Option("--store", help="Folder of the store.")] = None,
    trust: Annotated[
        list[str] | None,
        typer.Option("--trust", help="A module outside mmml whose code a model may use.", show_default=False),
    ] = None,
) -> int:
    """Say of each input what the models say: `mmml predict site/`."""
    from mmml.cli.write import writer
    from mmml.engine.explain import Explainer
    from mmml.engine.inputs import Inputs
    from mmml.engine.models import all_models, load_model, open_store
    from mmml.engine.predict import Predictor
    from mmml.value import known_suffixes

    chosen = form or _by_ending(output)
    if jobs < 1 and jobs != -1:
        raise UsageError(f"--jobs is {jobs}", "give a number from 1 on, or -1 for one a processor")
    if explain == "":
        raise UsageError("--explain names no folder", "name one: --explain explained/")
    place = open_store(store)
    models = (
        [load_model(ref, place, trust or ()) for ref in model] if model else all_models(place, trust or ())
    )
    _check_labels(fail_on or (), models)
    found = Inputs(inputs, sys.stdin.buffer if "-" in inputs else ())
    # One file needs no workers, whose library takes longer to import than the photo to predict.
    single = len(inputs) == 1 and os.path.isfile(inputs[0])  # noqa: PTH113  # pathlib raises behind a closed folder
    explainer = Explainer(Path(explain)) if explain is not None else None
    predictor = Predictor(
        models,
        n_jobs=1 if single else jobs,
        features=features,
        probabilities=probabilities,
        explainer=explainer,
    )
    extras = [name for name, wanted in (("features", features), ("probabilities", probabilities)) if wanted]
    codes: set[Exit] = set()
    count = 0
    with closing(predictor.rows(found)) as rows, writer(chosen, output, extras) as write:
        hidden = chosen is RowFormat.TABLE or output is not None or not sys.stdout.isatty()
        for row in _watched(rows, hidden and not single):
            write(row)
            count += 1
            if row.error is not None:
                if strict:
                    raise MmmlError(
                        f"{row.path}: {row.error}", "without --strict the others are still predicted"
                    )
                codes.add(Exit.SOME_INPUTS_FAILED)
            if row.label is not None and row.label in (fail_on or ()):
                codes.add(Exit.GATE_NOT_MET)
    _tell_passed_over(found, predictor)
    if explainer is not None:
        pictures = "1 picture" if explainer.written == 1 else f"{explainer.written:,} pictures"
        print(f"wrote {pictures} to {explainer.folder}", file=sys.stderr)
    if not count:
        # A gate that looked at nothing must not be taken for one that was met.
        raise MmmlError("there was nothing to predict", "known are: " + " ".join(known_suffixes()))
    return worst(codes)


def _by_ending(output: Path | None) -> RowFormat:
    if output is None:
        return RowFormat.TABLE if sys.stdout.isatty() else RowFormat.JSONL
    endings = {".jsonl": RowFormat.JSONL, ".ndjson": RowFormat.JSONL, ".csv": RowFormat.CSV}
    endings |= {".parquet": RowFormat.PARQUET, ".txt": RowFormat.TABLE}
    if output.suffix not in endings:
        raise UsageError(
            f"{output} does not tell a format", f"end it in {', '.join(endings)}, or give --format"
        )
    return endings[output.suffix]


def _check_labels(labels: Sequence[str], models: "Sequence[Bundle]") -> None:
    known = {name for model in models for name in model.manifest.decision.classes}
    for label in labels:
        if label not in known:
            raise UsageError(f"--fail-on {label}: no model says that", did_you_mean(label, known))


def _watched(rows: "Iterator[Row]", hidden: bool) -> "Iterator[Row]":
    """Show on stderr how many rows have passed, where the rows themselves do not show it."""
    if not hidden:
        return rows
    from mmml.progress import progress

    return progress(rows, "predicting")


def _tell_passed_over(found: "Inputs", predictor: "Predictor") -> None:
    for reason, counted in (
        ("files of no known kind", found.passed_over),
        ("files that no model here takes", predictor.passed_over),
    ):
        if counted:
            kinds = ", ".join(f"{count} {kind}" for kind, count in counted.most_common(5))
            print(f"passed over {counted.total()} {reason} ({kinds})", file=sys.stderr)
    for hint in predictor.hints:
        print(f"hint: {hint}", file=sys.stderr)
