"""Data on stdout: a table where a person looks, JSON Lines in a pipe. Errors on stderr."""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer


class Format(StrEnum):
    """How a list is printed."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


FormatOption = Annotated[
    Format | None,
    typer.Option("--format", "-f", help="By default a table on a terminal, JSON Lines in a pipe."),
]


def chosen(form: Format | None) -> Format:
    """Return the format; by default a table where a person looks, else JSON Lines."""
    return form or (Format.TABLE if sys.stdout.isatty() else Format.JSONL)


def print_rows(rows: Sequence[Mapping[str, Any]], form: Format | None, title: str | None = None) -> None:
    """Print rows of the same keys on stdout.

    Args:
        rows: what to print; nested values are kept in JSON and written as text elsewhere.
        form: None for a table on a terminal and JSON Lines elsewhere.
        title: of the table.
    """
    form = chosen(form)
    if form is Format.JSONL:
        for row in rows:
            print(json.dumps(row, default=str))
    elif form is Format.CSV:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        if rows:
            writer.writerow(rows[0])
        writer.writerows([_text(value) for value in row.values()] for row in rows)
    else:
        print_table(rows, title)


def print_table(rows: Sequence[Mapping[str, Any]], title: str | None = None) -> None:
    """Print a table as wide as the terminal allows."""
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=title, title_justify="left", header_style="bold", box=box.SIMPLE_HEAD)
    for name in rows[0] if rows else ():
        numbers = all(isinstance(row[name], int | float) for row in rows)
        table.add_column(name, justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(_text(value)) for value in row.values()))
    Console().print(table)


def tell(message: str, hint: str | None = None) -> None:
    """Say on stderr what is wrong and what to do."""
    print(f"error: {message}", file=sys.stderr)
    if hint:
        print(f"hint: {hint}", file=sys.stderr)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(_text(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_text(item)}" for key, item in value.items())
    return str(value)
