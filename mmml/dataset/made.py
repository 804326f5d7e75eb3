"""`Made`: a dataset that makes its own samples, out of good captures or out of nothing."""

import csv
import json
import logging
import shutil
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmml.dataset.duplicates import merge_near_duplicates
from mmml.dataset.journal import JOURNAL, alone, read_journal
from mmml.dataset.maker import Facts, Maker
from mmml.dataset.recipe import described, read_recipe, versions, write_recipe
from mmml.dataset.sample import Sample
from mmml.errors import MmmlError, UsageError
from mmml.parallel import side_by_side
from mmml.parameters import Parameters
from mmml.progress import progress
from mmml.value import modality, modality_of

log = logging.getLogger(__name__)

TABLE = "samples.csv"


@dataclass(frozen=True)
class _Batch:
    """The samples that one source gives."""

    source: Path | None
    group: str
    indices: Sequence[int]

    def without(self, done: Container[int]) -> "_Batch":
        return replace(self, indices=[index for index in self.indices if index not in done])


class Made(Parameters):
    """Labelled samples that a `Maker` makes; written once, then read like any other data.

    The folder holds ``LABEL/INDEX_GROUP.SUFFIX``, the table ``samples.csv`` and ``recipe.json``, which says
    what all was made from. A sample depends on the seed and its own index, not on what was made before it;
    labels take turns, so they are balanced within each source.

    Args:
        folder: where the set is written.
        make: makes one sample.
        source: folder of good captures; None where the maker draws each sample from nothing.
        per_source: samples per source file. They form one group, together with those of near-duplicates
            of the file; the group has the name of the file without its ending.
        count: how many of the source files to use, by name (None for all); where there is no source
            folder, how many samples to draw, each a group of its own.
        seed: of all chance.

    Raises:
        UsageError: the arguments do not say how many samples to make.
    """

    def __init__(
        self,
        folder: str | Path,
        make: Maker,
        source: str | Path | None = None,
        per_source: int = 10,
        count: int | None = None,
        seed: int = 0,
    ) -> None:
        self.folder = Path(folder)
        self.make = make
        self.source = None if source is None else Path(source)
        self.per_source = per_source
        self.count = count
        self.seed = seed
        self.modality = make.modality
        self._source_modality: str = getattr(make, "source_modality", make.modality)
        if per_source < 1 or (count is not None and count < 1):
            raise UsageError("no samples are asked for", "give per_source and count of at least 1")
        if source is None and count is None:
            raise UsageError("nothing says how many samples to draw", "set dataset.count or dataset.source")

    def samples(self) -> list[Sample]:
        """Return all samples in the order of their index; makes them first where they are missing.

        Raises:
            MmmlError: the folder holds something else, or the set cannot be made (see `make_all`).
        """
        self.make_all()
        try:
            with (self.folder / TABLE).open(newline="", encoding="utf-8") as file:
                return [self._sample(row) for row in csv.DictReader(file)]
        except OSError as error:
            raise MmmlError(f"{error.filename}: {error.strerror}", self._remedy()) from None

    def make_all(self, again: bool = False, jobs: int = -1) -> None:
        """Make the set where it is missing, in a folder beside its own that takes its place when complete.

        What a killed run left is continued. Of two processes that make one set, the second waits.

        Args:
            again: replace a set that is there, be it by the same recipe or another.
            jobs: threads; -1 for one per processor.

        Raises:
            MmmlError: the folder holds something else or a set by another recipe, the source folder is
                missing, or none of its files can be read.
        """
        if not again and self._is_made():
            return
        try:
            with alone(self._beside("lock")):
                # Another process may have made it while this one waited.
                if again or not self._is_made():
                    self._make(jobs)
        except OSError as error:
            raise MmmlError(f"{self.folder} cannot be made: {error}") from error

    def _found(self) -> dict[str, Any] | None:
        """Return the recipe of the set that is there, or None for nothing; anything else is not touched."""
        try:
            empty = not any(self.folder.iterdir())
        except FileNotFoundError:
            empty = True
        except OSError as error:
            raise MmmlError(f"{self.folder} cannot be read: {error.strerror or error}") from None
        recipe = read_recipe(self.folder)
        if recipe is None and not empty:
            raise MmmlError(f"{self.folder} exists and was not made by mmml", "choose another dataset.folder")
        return recipe

    def _is_made(self) -> bool:
        made = self._found()
        if made is None:
            return False
        wanted = self._settings()
        differing = [name for name in wanted if made.get(name) != wanted[name]]
        # A made set outlives its sources. Where these are here, a look at their sizes must do: this
        # happens at every start.
        if self.source is not None and self.source.is_dir():
            sizes = {path.name: path.stat().st_size for path in self._files()}
            if sizes != {name: source["bytes"] for name, source in made.get("sources", {}).items()}:
                differing.append("source files")
        if differing:
            raise MmmlError(
                f"{self.folder} was made by another recipe; these differ: {', '.join(differing)}",
                self._remedy(),
            )
        return True

    def _make(self, jobs: int) -> None:
        self._found()  # refuses to replace what mmml has not made
        files = self._files()
        recipe = {**self._settings(), "sources": described(files), "versions": versions()}
        partial = self._beside("partial")
        if read_recipe(partial) != recipe:
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            write_recipe(partial, recipe)
        for label in self.make.labels:
            (partial / label).mkdir(exist_ok=True)

        rows = read_journal(partial)
        batches = [batch.without(rows) for batch in self._batches(files, jobs)]
        total = sum(len(batch.indices) for batch in batches)
        with (partial / JOURNAL).open("a", encoding="utf-8") as journal:
            # A killed run may have left half a line.
            journal.write("\n")
            made = chain.from_iterable(
                side_by_side(self._make_batch, [(batch, partial) for batch in batches], n_jobs=jobs)
            )
            for index, row in progress(made, self.folder.name, total):
                rows[index] = row
                journal.write(json.dumps([index, row]) + "\n")
                journal.flush()
        _write_table(partial / TABLE, [rows[index] for index in sorted(rows)])

        old = self._beside("old")
        shutil.rmtree(old, ignore_errors=True)
        if self.folder.exists():
            self.folder.rename(old)
        partial.rename(self.folder)
        (self.folder / JOURNAL).unlink(missing_ok=True)
        shutil.rmtree(old, ignore_errors=True)

    def _batches(self, files: Sequence[Path], jobs: int) -> list[_Batch]:
        if self.source is None:
            return [
                _Batch(None, f"drawn-{self.seed}-{index:05d}", [index]) for index in range(self.count or 0)
            ]
        looked = list(side_by_side(self._look, [(path,) for path in files], n_jobs=jobs))
        # A file that cannot be read keeps its place, so that all others keep their indices.
        readable = [(place, *look) for place, look in enumerate(looked) if look is not None]
        if not readable:
            raise MmmlError(
                f"no file in {self.source} can be read as {self._source_modality}",
                "point dataset.source= to a folder of good captures",
            )
        radius = modality(self._source_modality).fingerprint_radius
        groups, changed = merge_near_duplicates(
            [path.stem for _, path, _ in readable], [fingerprint for _, _, fingerprint in readable], radius
        )
        if changed:
            log.info("%d source files look like another one and join its group", changed)
        return [
            _Batch(path, group, range(place * self.per_source, (place + 1) * self.per_source))
            for (place, path, _), group in zip(readable, groups, strict=True)
        ]

    def _look(self, path: Path) -> tuple[Path, NDArray[np.float32] | None] | None:
        try:
            return path, modality(self._source_modality).read(path).fingerprint()
        except MmmlError as error:
            log.warning("%s is left out: %s", path, error)
            return None

    def _make_batch(self, batch: _Batch, folder: Path) -> list[tuple[int, Facts]]:
        if not batch.indices:
            return []
        source = None if batch.source is None else modality(self._source_modality).read(batch.source)
        rows: list[tuple[int, Facts]] = []
        for index in batch.indices:
            label = self.make.labels[index % len(self.make.labels)]
            value, facts = self.make(np.random.default_rng([self.seed, index]), source, label)
            path = f"{label}/{index:05d}_{batch.group}{self.make.suffix}"
            value.write(folder / path)
            origin: Facts = {} if batch.source is None else {"source": batch.source.name}
            rows.append((index, {"path": path, "label": label, "group": batch.group, **origin, **facts}))
        return rows

    def _files(self) -> list[Path]:
        """Return the source files in the order of their names."""
        if self.source is None:
            return []
        if not self.source.is_dir():
            raise MmmlError(
                f"there is no source folder {self.source}",
                "point dataset.source= to a folder of good captures, or use dataset=blur_drawn",
            )
        files = sorted(path for path in self.source.iterdir() if modality_of(path) == self._source_modality)
        return files[: self.count]

    def _settings(self) -> dict[str, Any]:
        """Return what of the recipe the user has set, as JSON gives it back."""
        maker = type(self.make)
        settings = {
            "maker": f"{maker.__module__}.{maker.__qualname__}",
            "make": self.make.get_params(),
            "per_source": self.per_source,
            "count": self.count,
            "seed": self.seed,
        }
        return dict(json.loads(json.dumps(settings)))

    def _sample(self, row: dict[str, str]) -> Sample:
        path, label, group = row.pop("path"), row.pop("label"), row.pop("group")
        facts = {name: _number(text) for name, text in row.items() if text}
        return Sample(self.folder / path, label, group, facts=facts)

    def _remedy(self) -> str:
        return f"mmml data make {self.folder.name} --again, or another dataset.folder="

    def _beside(self, ending: str) -> Path:
        return self.folder.with_name(f".{self.folder.name}.{ending}")


def _write_table(path: Path, rows: Sequence[Facts]) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, lineterminator="\n")
        table.writeheader()
        for row in rows:
            table.writerow({name: f"{x:.6g}" if isinstance(x, float) else x for name, x in row.items()})


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
