"""Writing rows: each format keeps whole rows on disk whatever happens."""

import csv
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec
from rich.markup import escape

from mmml.engine.rows import Row
from mmml.errors import MmmlError, UsageError

Write = Callable[[Row], None]

# The parts of a row that hold names and numbers.
_NESTED = ("features", "probabilities")


@contextmanager
def writer(form: str, output: Path | None, extras: Sequence[str] = ()) -> Iterator[Write]:
    """Open a writer of rows; use as a context manager.

    JSON Lines and CSV are written row by row, so that what is there when the run is stopped is whole. A
    table and Parquet are written at the end; Parquet goes to a temporary name first.

    Args:
        form: ``table``, ``jsonl``, ``csv`` or ``parquet``.
        output: the file; None for stdout.
        extras: which parts on request (``features``, ``probabilities``) the rows hold.

    Raises:
        MmmlError: the file cannot be written.
    """
    try:
        with _WRITERS[form](output, extras) as write:
            yield write
    except BrokenPipeError:
        raise
    except OSError as error:
        if output is None or (isinstance(error, FileNotFoundError) and error.filename != str(output)):
            raise
        raise MmmlError(f"cannot write {output}: {error.strerror or error}") from None


@contextmanager
def _stream(output: Path | None) -> Iterator[IO[str]]:
    if output is None:
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # stdout is a text stream
        yield sys.stdout
        sys.stdout.flush()
        return
    with output.open("w", encoding="utf-8", newline="") as file:
        yield file


@contextmanager
def _jsonl(output: Path | None, extras: Sequence[str]) -> Iterator[Write]:
    encode = msgspec.json.Encoder().encode
    with _stream(output) as file:

        def write(row: Row) -> None:
            file.write(encode(row).decode() + "\n")
            file.flush()

        yield write


@contextmanager
def _csv(output: Path | None, extras: Sequence[str]) -> Iterator[Write]:
    with _stream(output) as file:
        # Models differ in their features: these stay one JSON column, so that all rows have one shape.
        names = [name for name in Row.__struct_fields__ if name not in _NESTED or name in extras]
        table = csv.DictWriter(file, names, lineterminator="\n")
        table.writeheader()

        def write(row: Row) -> None:
            plain = msgspec.to_builtins(row)
            nested = {name: plain[name] for name in _NESTED if name in plain}
            table.writerow(
                {**plain, **{name: msgspec.json.encode(part).decode() for name, part in nested.items()}}
            )
            file.flush()

        yield write


@contextmanager
def _parquet(output: Path | None, extras: Sequence[str]) -> Iterator[Write]:
    import pyarrow
    import pyarrow.parquet

    if output is None:
        raise UsageError("Parquet is not for a terminal or a pipe", "name a file: --output rows.parquet")
    rows: list[Mapping[str, Any]] = []
    yield lambda row: rows.append(_flat(row))
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = pyarrow.table({name: [row.get(name) for row in rows] for name in names})
    coming = output.with_name(f".{output.name}.{uuid.uuid4().hex}")
    try:
        pyarrow.parquet.write_table(table, coming)
        coming.replace(output)
    finally:
        coming.unlink(missing_ok=True)


def _flat(row: Row) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(row)
    for part in _NESTED:
        for name, number in plain.pop(part, {}).items():
            plain[f"{part}.{name}"] = number
    return plain


@contextmanager
def _table(output: Path | None, extras: Sequence[str]) -> Iterator[Write]:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    rows: list[Row] = []
    yield rows.append
    table = Table(header_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1))
    said_by = _said_by(rows)
    for name in ("path", "model", *said_by, "ms", *extras):
        table.add_column(name, justify="right" if name in ("score", "ms") else "left", overflow="fold")
    above = None
    for row in rows:
        said = f"[red]{escape(row.error)}[/red]" if row.error else _label(row)
        model = f"{row.model or ''}{f'@{row.version}' if row.version else ''}"
        score = ["" if row.score is None else f"{row.score:.3f}"] if "score" in said_by else []
        took = "" if row.ms is None else f"{row.ms:.1f}"
        listed = (_listed(_named(row, name)) for name in extras)
        # A path that several models speak of stands once, on top of its rows.
        first = row.path != above
        table.add_row(
            escape(row.path) if first else "", escape(model), said, *score, took if first else "", *listed
        )
        above = row.path
    with _stream(output) as file:
        Console(file=file).print(table)


def _said_by(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return the columns for what is said: labels with their scores, values, or both in one."""
    if not any(row.value is not None for row in rows):
        return "label", "score"
    return ("says", "score") if any(row.label is not None for row in rows) else ("value",)


def _label(row: Row) -> str:
    label = row.label if row.value is None else f"{row.value:.4g}{f' {row.unit}' if row.unit else ''}"
    said = escape(f"{label} ({row.warning})" if row.warning else str(label))
    found = row.score is not None and row.threshold is not None and row.score >= row.threshold
    return f"[bold yellow]{said}[/bold yellow]" if found else said


def _named(row: Row, part: str) -> dict[str, float | None]:
    numbers = getattr(row, part)
    return numbers if isinstance(numbers, dict) else {}


def _listed(numbers: dict[str, float | None]) -> str:
    return "\n".join(f"{name} {'-' if x is None else f'{x:.4g}'}" for name, x in numbers.items())


_WRITERS = {"table": _table, "jsonl": _jsonl, "csv": _csv, "parquet": _parquet}
