"""Reports: what was judged becomes a page, wherever samples are judged."""

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from mmml.bundle.manifest import Manifest
from mmml.bundle.samples import Judged
from mmml.engine.extract import Extractor
from mmml.engine.thumbnails import thumbnail
from mmml.judge.interval import Interval
from mmml.report.left_out import LeftOut
from mmml.tuner.study import Study

# So many unreadable samples are named; the rest is counted.
_NAMED = 5


def report(
    manifest: Manifest,
    estimator: Any,
    splits: Sequence[Judged],
    *,
    metrics: Mapping[str, Mapping[str, Interval]] | None = None,
    title: str | None = None,
    data_name: str | None = None,
    study: Study | None = None,
    unseen: Sequence[LeftOut] = (),
    notes: Sequence[str] = (),
    extractor: Extractor = Extractor(),  # noqa: B008  # frozen
    seed: int = 0,
) -> dict[str, bytes]:
    """Return the page and its figures, by file name.

    Args:
        manifest: of the model.
        estimator: fitted.
        splits: the samples that were judged.
        metrics: of these splits; by default those of the manifest.
        title: of the page; by default the name of the model.
        data_name: what was judged, where it is not what the model was trained on.
        study: what a search tried, where there was one.
        unseen: what came of leaving out values of facts.
        notes: what else the reader must know.
        extractor: how thumbnails are read, and what was drawn before.
        seed: of the draws of the intervals.
    """
    from mmml.report.describe import estimator_in_words
    from mmml.report.material import Material
    from mmml.report.page import render

    return render(
        Material(
            title=title or manifest.name,
            manifest=manifest,
            estimator=estimator_in_words(estimator),
            splits=splits,
            metrics=manifest.metrics if metrics is None else metrics,
            study=study,
            unseen=unseen,
            notes=notes,
            thumbnail=partial(thumbnail, kind=manifest.modality, extractor=extractor),
            data_name=data_name,
            seed=seed,
        )
    )


def left_out(unreadable: Sequence[tuple[str, str]], merged: int = 0, seen: int = 0) -> list[str]:
    """Return notes on samples that were left out or moved.

    Args:
        unreadable: path and reason of samples that cannot be read.
        merged: how many samples share a group because they look alike.
        seen: how many were left out because the model was trained on them or their group.
    """
    notes = []
    if seen:
        notes.append(f"{seen:,} samples were left out: the model has learned from them or their group.")
    if unreadable:
        named = "; ".join(f"{path}: {reason}" for path, reason in unreadable[:_NAMED])
        more = f"; and {len(unreadable) - _NAMED:,} more" if len(unreadable) > _NAMED else ""
        notes.append(f"{len(unreadable):,} samples could not be read: {named}{more}.")
    if merged:
        notes.append(f"{merged:,} samples look like samples of another group and were put into it.")
    return notes


def write_pages(folder: Path, pages: Mapping[str, bytes]) -> None:
    """Write pages into a run folder, each whole or not at all; those of the same name are replaced.

    Raises:
        OSError: the disk is full, or the folder may not be written to.
    """
    for name, data in pages.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        coming = file.with_name(f".{file.name}.{os.getpid()}")
        try:
            coming.write_bytes(data)
            coming.replace(file)
        finally:
            coming.unlink(missing_ok=True)
