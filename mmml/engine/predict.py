"""Prediction: every model that fits an input, each input decoded once, each transformer run once."""

import os
import time
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace

import numpy as np

from mmml.bundle.read import Bundle
from mmml.engine.explain import Explainer
from mmml.engine.extract import Extractor, Input, Observed
from mmml.engine.rows import Row
from mmml.features import Transformer
from mmml.value import DEFAULT_LIMITS, Limits

# Scoring many rows at once costs an estimator hardly more than one; waiting longer would be noticed.
_BATCH = 64
_PATIENCE = 0.5

# So many features are named that cannot be measured; a row with all of a hundred would hide the others.
_NAMED = 5


class Predictor:
    """Asks several models about many inputs.

    Args:
        models: loaded bundles, of one or more modalities.
        limits: what an input may cost.
        n_jobs: how many inputs are worked on at once; -1 for one a processor.
        features: whether the rows shall hold the features.
        probabilities: whether the rows shall hold the probability of every class.
        explainer: draws a picture of each input that a model says something of; None for no pictures.

    Attributes:
        passed_over: how many inputs that were found in folders no model takes, by kind: ``audio``, ``cloud``.
        hints: what to do where a library is missing, each hint once.
    """

    def __init__(
        self,
        models: Sequence[Bundle],
        *,
        limits: Limits = DEFAULT_LIMITS,
        n_jobs: int = -1,
        features: bool = False,
        probabilities: bool = False,
        explainer: Explainer | None = None,
    ) -> None:
        self.models = list(models)
        self.limits = limits
        self.n_jobs = processors() if n_jobs == -1 else n_jobs
        self.with_features = features
        self.with_probabilities = probabilities
        self.explainer = explainer
        self.passed_over: Counter[str] = Counter()
        self.hints: list[str] = []
        self.transformers: dict[str, list[Transformer]] = {}
        for model in self.models:
            shared = self.transformers.setdefault(model.manifest.modality, [])
            known = {transformer.key() for transformer in shared}
            shared.extend(part for part in model.features.parts.values() if part.key() not in known)
            _ = model.estimator  # loaded now: a broken model is told before the first input is read

    def rows(self, inputs: Iterable[Input]) -> Generator[Row]:
        """Yield the rows of each input, in the order of the inputs, while work goes on.

        What nobody named and no model takes has no row: it is counted in `passed_over`.
        """
        extractor = Extractor(self.limits, self.n_jobs, explain=self.explainer is not None)
        seen = extractor.observe_all(self._asked(inputs), self.transformers)
        with closing(seen):
            for batch in _batches(seen):
                said = [self._said(model, batch) for model in self.models]
                for i, one in enumerate(batch):
                    told = [
                        (model, rows[i]) for model, rows in zip(self.models, said, strict=True) if i in rows
                    ]
                    if self.explainer is not None and told:
                        self.explainer.explain(one, told)
                    yield from [row for _, row in told] or self._silent(one)

    def _asked(self, inputs: Iterable[Input]) -> Iterator[Input]:
        """Yield the inputs that are worth reading; of those that somebody named, also the others."""
        for item in inputs:
            if item.error is not None or item.modality is None or item.modality in self.transformers:
                yield item
            elif item.named:
                yield replace(item, error=_untaken(item.modality))
            else:
                self.passed_over[item.modality] += 1

    def _said(self, model: Bundle, batch: Sequence[Observed]) -> dict[int, Row]:
        """Return the model's row for each position of the batch that it can say something of."""
        keys = [part.key() for part in model.features.parts.values()]
        fits = [
            i
            for i, one in enumerate(batch)
            if one.error is None
            and one.input.modality == model.manifest.modality
            and all(key in one.features for key in keys)
        ]
        if not fits:
            return {}
        columns = np.stack([model.features.join(batch[i].features) for i in fits])
        prediction = model.predict(columns)
        decision, known = model.manifest.decision, prediction.known
        rows: dict[int, Row] = {}
        for at, i in enumerate(fits):
            warnings = batch[i].told(keys)
            row = self._row(batch[i], model, warnings)
            missing = [name for name, x in zip(model.features.names, columns[at], strict=True) if np.isnan(x)]
            if not known[at] or len(missing) == columns.shape[1]:
                row.error = (
                    "; ".join([f"cannot be measured on this input: {_named(missing)}", *warnings])
                    if missing
                    else "the model says nothing of what was measured"
                )
            else:
                for name, told in prediction.fields(at, decision).items():
                    setattr(row, name, _figures(told) if isinstance(told, float) else told)
            if self.with_features:
                row.features = {
                    name: None if np.isnan(x) else float(x)
                    for name, x in zip(model.features.names, columns[at], strict=True)
                }
            chances = prediction.chances(at, decision) if self.with_probabilities else {}
            if chances and row.error is None:
                row.probabilities = {name: _figures(chance) for name, chance in chances.items()}
            rows[i] = row
        return rows

    def _row(self, one: Observed, model: Bundle, warnings: Sequence[str]) -> Row:
        return Row(
            path=one.input.name,
            modality=one.input.modality,
            model=model.name,
            version=model.version,
            ms=round(one.seconds * 1000, 2),
            warning="; ".join(warnings) or None,
        )

    def _silent(self, one: Observed) -> list[Row]:
        """Return the row of an input that no model says anything of; none where it was only found."""
        kind = one.kind or str(one.input.modality)
        if one.error is None and not one.input.named:
            self.passed_over[kind] += 1
            return []
        if one.fault is not None and one.fault.hint and one.fault.hint not in self.hints:
            self.hints.append(one.fault.hint)
        return [
            Row(
                path=one.input.name,
                modality=one.input.modality,
                ms=round(one.seconds * 1000, 2),
                error=one.error or _untaken(kind),
            )
        ]


def _untaken(kind: str) -> str:
    return f"none of the models that were asked takes {kind}"


def _named(features: Sequence[str]) -> str:
    more = [f"and {len(features) - _NAMED} more"] if len(features) > _NAMED else []
    return ", ".join([*features[:_NAMED], *more])


def _figures(number: float) -> float:
    # How many rows are scored at once moves the last bits; what a row says must not depend on that.
    return float(f"{number:.9g}")


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _batches(seen: Iterable[Observed]) -> Iterator[list[Observed]]:
    batch: list[Observed] = []
    since = time.monotonic()
    for one in seen:
        batch.append(one)
        if len(batch) >= _BATCH or time.monotonic() - since > _PATIENCE:
            yield batch
            batch = []
            since = time.monotonic()
    if batch:
        yield batch
