"""A row of the report: what was measured, against what target."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measurement.

    Args:
        what: in words.
        measured: with its unit.
        target: in words; empty where the number is there for context only.
        met: whether the target is met; None without a target, or where nothing can be said of it.
    """

    what: str
    measured: str
    target: str = ""
    met: bool | None = None


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    answer = {True: "yes", False: "**no**", None: "not judged: the machine is busy"}
    cells = [("what", "measured", "target", "met"), ("---", "---", "---", "---")]
    cells += [(row.what, row.measured, row.target, answer[row.met] if row.target else "") for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)
