"""The samples of a split with what a model said of them: judged, drawn, compared, kept in a bundle."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmml.bundle.manifest import SAMPLES
from mmml.bundle.read import Bundle
from mmml.errors import MmmlError
from mmml.task.decision import Raw
from mmml.task.prediction import Prediction

Facts = Mapping[str, float | str]


@dataclass(frozen=True)
class Judged:
    """Samples of one split and what was said of them, row by row.

    Args:
        split: ``validation`` (the training split, each sample said out of fold), ``test`` or ``eval``.
        path: of each sample, as it is shown.
        sha256: content hash, hex.
        group: samples of one scene share it.
        label: as in the dataset.
        fold: in which fold a sample was held out; -1 outside of the training split.
        facts: what is known of each sample: source, kind and strength of a degradation, size, brightness…
        raw: scores before calibration, float64, shape (n,), or (n, k) for more than two classes; NaN where
            there is none.
        prediction: what was said.
    """

    split: str
    path: Sequence[str]
    sha256: Sequence[str]
    group: Sequence[str]
    label: Sequence[str]
    fold: NDArray[np.intp]
    facts: Sequence[Facts]
    raw: Raw
    prediction: Prediction

    @property
    def scored(self) -> NDArray[np.bool_]:
        """Of which samples something was said; bool, shape (n,)."""
        return self.prediction.known

    def rows(self, mask: NDArray[np.bool_]) -> "Judged":
        """Return the samples where ``mask`` (n,) is True."""
        return self.at(np.flatnonzero(mask))

    def at(self, places: NDArray[np.intp]) -> "Judged":
        """Return the samples at these places, in their order."""
        chosen = places.tolist()
        return replace(
            self,
            path=[self.path[i] for i in chosen],
            sha256=[self.sha256[i] for i in chosen],
            group=[self.group[i] for i in chosen],
            label=[self.label[i] for i in chosen],
            fold=self.fold[places],
            facts=[self.facts[i] for i in chosen],
            raw=self.raw[places],
            prediction=self.prediction.at(places),
        )


def to_parquet(splits: Sequence[Judged]) -> bytes:
    """Return the samples of all splits as one Parquet table."""
    import pyarrow
    import pyarrow.parquet

    columns: dict[str, list[Any]] = {}
    for judged in splits:
        rows = {
            "path": judged.path,
            "sha256": judged.sha256,
            "group": judged.group,
            "split": [_TRAIN if judged.split == _VALIDATION else judged.split] * len(judged.path),
            "fold": judged.fold.tolist(),
            "label": judged.label,
            **judged.prediction.written(),
            "raw": judged.raw.reshape(len(judged.raw), -1).tolist(),
            "facts": [json.dumps(dict(facts), sort_keys=True) for facts in judged.facts],
        }
        for name, values in rows.items():
            columns.setdefault(name, []).extend(values)
    buffer = io.BytesIO()
    # Few values repeat; a dictionary of hashes and scores would only hold them once more.
    repeated = ["group", "split", "fold", "label", "said"]
    pyarrow.parquet.write_table(
        pyarrow.table(columns), buffer, compression="zstd", compression_level=_EFFORT, use_dictionary=repeated
    )
    return buffer.getvalue()


def read_samples(bundle: Bundle, columns: Sequence[str]) -> dict[str, list[Any]]:
    """Return columns of a bundle's table of samples, by name.

    Raises:
        MmmlError: the table is broken, lacks a column, or has other rows than the manifest says.
    """
    import pyarrow
    import pyarrow.parquet

    data = bundle.files[SAMPLES]
    stated = bundle.manifest.data.train + bundle.manifest.data.test
    try:
        table = pyarrow.parquet.ParquetFile(
            io.BytesIO(data), read_dictionary=[name for name in _TEXTS if name in columns]
        )
        # Compression can make a few bytes stand for billions of rows; hashes do not compress.
        if table.metadata.num_rows != stated or stated > len(data):
            raise MmmlError(
                f"the {SAMPLES} of {bundle.folder} has {table.metadata.num_rows:,} rows, "
                f"its manifest speaks of {stated:,}"
            )
        _refuse_bomb(table.metadata, stated * bundle.manifest.decision.width)
        read = table.read(columns=list(columns))
        for name in columns:
            _refuse_long(read[name])
        return {name: read[name].to_pylist() for name in columns}
    except (pyarrow.ArrowException, OSError, ValueError, KeyError, MemoryError) as error:
        raise MmmlError(f"the {SAMPLES} of {bundle.folder} is broken: {error}") from None


def _refuse_bomb(metadata: Any, most: int) -> None:
    """Refuse a table whose lists hold more numbers than there can be: a few bytes can say billions."""
    for group in range(metadata.num_row_groups):
        for column in range(metadata.num_columns):
            if metadata.row_group(group).column(column).num_values > most:
                raise ValueError("it holds more values than its rows can have")


def _refuse_long(column: Any) -> None:
    """Refuse a column of texts that would take more than `_LARGEST` bytes; they come as numbers so far."""
    import pyarrow
    import pyarrow.compute

    total = 0
    for chunk in column.chunks:
        if isinstance(chunk, pyarrow.DictionaryArray):
            lengths = pyarrow.compute.binary_length(chunk.dictionary)
            total += pyarrow.compute.sum(lengths.take(chunk.indices)).as_py() or 0
    if total > _LARGEST:
        raise ValueError("it holds texts that are too long")


def read_judged(bundle: Bundle) -> list[Judged]:
    """Return the samples of a bundle as they were judged: ``validation``, then ``test``.

    Raises:
        MmmlError: the table is broken, or was written by an mmml that kept less in it.
    """
    try:
        table = read_samples(bundle, (*_COLUMNS, *bundle.task.predictions.columns))
    except MmmlError as error:
        raise MmmlError(error.message, "train it again with this version of mmml") from None
    try:
        return [
            _judged(bundle, table, split, [i for i, name in enumerate(table["split"]) if name == stored])
            for split, stored in ((_VALIDATION, _TRAIN), ("test", "test"))
        ]
    except (ValueError, TypeError, AttributeError) as error:
        raise MmmlError(f"the {SAMPLES} of {bundle.folder} is broken: {error}") from None


def _judged(bundle: Bundle, table: Mapping[str, list[Any]], split: str, rows: Sequence[int]) -> Judged:
    column = {name: [values[i] for i in rows] for name, values in table.items()}
    decision = bundle.manifest.decision
    raw = np.array(column["raw"], dtype=np.float64)
    if raw.shape != (len(rows), decision.raw_width):
        raise ValueError("its raw scores do not fit the model")
    for name in ("path", "sha256", "group", "label", "facts"):
        if not all(isinstance(text, str) for text in column[name]):
            raise ValueError(f"its column {name} holds what is no text")
    facts = [json.loads(text) for text in column["facts"]]
    if not all(isinstance(one, dict) for one in facts):
        raise ValueError("it holds facts that cannot be")
    return Judged(
        split=split,
        path=column["path"],
        sha256=column["sha256"],
        group=column["group"],
        label=column["label"],
        fold=np.array(column["fold"], dtype=np.intp),
        facts=facts,
        raw=raw if decision.raw_width > 1 else raw[:, 0],
        prediction=bundle.task.predictions.read(column, decision),
    )


# The columns of texts.
_TEXTS = ("path", "sha256", "group", "split", "label", "said", "facts")
# Of zstd, 1 to 22; beyond it a tenth is saved in ten times the time.
_EFFORT = 9
# All texts of a column together, bytes.
_LARGEST = 256_000_000

# In the table the training split has the name that it has in a dataset; what was said of it was said out
# of fold, hence the name that it has where it is judged.
_TRAIN, _VALIDATION = "train", "validation"
# What every task keeps; what was said has columns of its own.
_COLUMNS = ("path", "sha256", "group", "split", "fold", "label", "facts", "raw")
