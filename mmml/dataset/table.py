"""A dataset that is a table of paths and labels: CSV, Parquet or JSON Lines."""

import csv
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmml import value
from mmml.dataset.sample import SPLITS, Sample
from mmml.errors import MmmlError, UsageError, did_you_mean

#: Where a row stands ("line 4"), for messages, and what it says.
Row = tuple[str, dict[str, Any]]

REQUIRED = ("path", "label")
COLUMNS = (*REQUIRED, "group", "split")


class Table:
    """Reads samples from the rows of a table.

    Labels and groups are text as it stands in the file (``01`` stays ``01``). Columns other than path,
    label, group and split become facts: numbers where every entry is one, else text.

    Args:
        path: a file that ends in ``.csv``, ``.parquet``, ``.jsonl`` or ``.ndjson``; text is UTF-8.
        modality: what the files are: ``image``.
        root: the folder that relative paths in the table start from; None for the table's own.
        columns: the file's name for a column by ours: ``{label: quality}``.

    Raises:
        UsageError: an unknown modality, ending or column name.
    """

    def __init__(
        self,
        path: str | Path,
        modality: str = "image",
        root: str | Path | None = None,
        columns: Mapping[str, str] | None = None,
    ) -> None:
        self.path = Path(path).expanduser()
        self.modality = modality
        self.root = root
        self.columns = columns
        value.modality(modality)
        for ours in columns or {}:
            if ours not in COLUMNS:
                raise UsageError(f"dataset.columns has an unknown key {ours}", did_you_mean(ours, COLUMNS))
        if self.path.suffix.lower() not in _READERS:
            raise UsageError(
                f"{self.path} is no table that can be read",
                f"its ending must be one of: {', '.join(_READERS)}",
            )

    def samples(self) -> list[Sample]:
        """Return all samples, in the order of the rows.

        Raises:
            MmmlError: the table is missing, broken, empty or lacks a column; a row lacks its path or label,
                names an unknown split or a path for the second time; or none of the files exists.
        """
        rows = self._rows()
        names = self._names(rows)
        facts = _facts(rows, exclude=set(names.values()))
        root = self.path.parent if self.root is None else Path(self.root).expanduser()

        samples = []
        seen: dict[Path, str] = {}
        for (place, row), fact in zip(rows, facts, strict=True):
            known = {ours: _text(row.get(theirs)) for ours, theirs in names.items()}
            for ours in REQUIRED:
                if not known[ours]:
                    raise MmmlError(f"{self.path}, {place}: the column {names[ours]} is empty")
            file = root / Path(known["path"]).expanduser()
            if file in seen:
                raise MmmlError(f"{self.path}, {place}: {file} stands in {seen[file]} already")
            seen[file] = place
            split = known.get("split") or None
            if split is not None and split not in SPLITS:
                raise MmmlError(
                    f"{self.path}, {place}: there is no split {split}", did_you_mean(split, SPLITS)
                )
            samples.append(Sample(file, known["label"], known.get("group") or None, split, fact))
        if not any(sample.path.exists() for sample in samples):
            raise MmmlError(
                f"none of the {len(samples)} files named in {self.path} exists, say {samples[0].path}",
                "set dataset.root to the folder that the paths in the table start from",
            )
        return samples

    def _rows(self) -> list[Row]:
        try:
            rows = list(_READERS[self.path.suffix.lower()](self.path))
        except OSError as error:
            raise MmmlError(
                f"{self.path} cannot be read: {error.strerror or error}", "set dataset.path to the table"
            ) from None
        except UnicodeDecodeError as error:
            raise MmmlError(f"{self.path} is not UTF-8: {error.reason}", "save it again as UTF-8") from None
        except ValueError as error:
            raise MmmlError(f"{self.path} is broken: {error}") from None
        if not rows:
            raise MmmlError(f"{self.path} has no rows")
        return rows

    def _names(self, rows: Sequence[Row]) -> dict[str, str]:
        """Return the file's names of our columns; of the optional ones, of those that are there."""
        found = list(dict.fromkeys(name for _, row in rows for name in row))
        wanted = {ours: ours for ours in COLUMNS} | dict(self.columns or {})
        for ours, theirs in wanted.items():
            if theirs not in found and (ours in REQUIRED or ours in (self.columns or {})):
                raise MmmlError(
                    f"{self.path} has no column {theirs}; its columns are: {', '.join(found)}",
                    f"{did_you_mean(theirs, found)}; name it so: dataset.columns={{{ours}: NAME}}",
                )
        return {ours: theirs for ours, theirs in wanted.items() if theirs in found}


def _read_csv(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, skipinitialspace=True, strict=True)
        try:
            header = [name.strip() for name in next(reader, [])]
            if len(set(header)) < len(header):
                raise ValueError(f"a column name stands twice: {', '.join(header)}")
            for row in filter(None, reader):
                if len(row) != len(header):
                    raise ValueError(
                        f"line {reader.line_num} has {len(row)} entries, the header {len(header)}"
                    )
                yield f"line {reader.line_num}", dict(zip(header, row, strict=True))
        except csv.Error as error:
            raise ValueError(f"line {reader.line_num}: {error}") from None


def _read_jsonl(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise ValueError(f"line {number} is not JSON: {error.msg}") from None
            if not isinstance(row, dict):
                raise ValueError(f"line {number} is not a JSON object")
            yield f"line {number}", row


def _read_parquet(path: Path) -> Iterator[Row]:
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        for number, row in enumerate(file.read().to_pylist(), start=1):
            yield f"row {number}", row


_READERS = {".csv": _read_csv, ".parquet": _read_parquet, ".jsonl": _read_jsonl, ".ndjson": _read_jsonl}


def _facts(rows: Sequence[Row], exclude: set[str]) -> list[dict[str, float | str]]:
    """Return the other columns of every row; what is empty is left out."""
    facts: list[dict[str, float | str]] = [{} for _ in rows]
    for name in dict.fromkeys(name for _, row in rows for name in row if name not in exclude):
        column = {index: text for index, (_, row) in enumerate(rows) if (text := _text(row.get(name)))}
        # A column is of one type, so that a report can slice by it.
        kind = float if all(map(_is_number, column.values())) else str
        for index, text in column.items():
            facts[index][name] = kind(text)
    return facts


def _text(entry: Any) -> str:
    return "" if entry is None or entry != entry else str(entry).strip()


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
