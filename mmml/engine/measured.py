"""A dataset with its features: what training and evaluation start from."""

import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mmml.bundle.samples import Judged
from mmml.dataset.duplicates import merge_near_duplicates
from mmml.dataset.sample import Dataset, Sample
from mmml.engine.extract import Extractor, Input, Observed
from mmml.errors import MmmlError
from mmml.features import SideBySide
from mmml.progress import progress
from mmml.task.decision import Raw
from mmml.task.prediction import Prediction
from mmml.value import modality, shown

log = logging.getLogger(__name__)

# So many unreadable files are named; the rest is counted.
_NAMED = 5


@dataclass(frozen=True)
class Measured:
    """Samples and what was measured on them, row by row.

    Args:
        samples: those that could be read.
        features: float64, shape (n, f).
        groups: group of each sample, near-duplicates merged.
        sha256: content hash of each sample.
        facts: what is plain to see of each sample.
        unreadable: path and reason of the samples that were left out.
        merged: how many samples got another group because of a near-duplicate.
    """

    samples: Sequence[Sample]
    features: NDArray[np.float64]
    groups: Sequence[str]
    sha256: Sequence[str]
    facts: Sequence[dict[str, float]]
    unreadable: Sequence[tuple[str, str]]
    merged: int

    @property
    def labels(self) -> list[str]:
        """The label of each sample."""
        return [sample.label for sample in self.samples]

    def fingerprint(self) -> str:
        """Return SHA-256 over the sorted content hashes and labels: the same data has the same one."""
        lines = sorted(f"{h} {s.label}" for h, s in zip(self.sha256, self.samples, strict=True))
        return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()

    def judged(
        self, split: str, raw: Raw, prediction: Prediction, fold: NDArray[np.intp] | None = None
    ) -> Judged:
        """Return the samples with what was said of them.

        Args:
            split: its name.
            raw: scores before calibration.
            prediction: what was said.
            fold: in which fold each was held out; None outside of the training split.
        """
        return Judged(
            split=split,
            path=[shown(sample.path) for sample in self.samples],
            sha256=self.sha256,
            group=[shown(group) for group in self.groups],
            label=self.labels,
            fold=np.full(len(self.samples), -1) if fold is None else fold,
            facts=[{**own, **s.facts} for own, s in zip(self.facts, self.samples, strict=True)],
            raw=raw,
            prediction=prediction,
        )

    def rows(self, mask: NDArray[np.bool_]) -> Self:
        """Return the samples where ``mask`` (n,) is True."""
        chosen = np.flatnonzero(mask).tolist()
        return replace(
            self,
            samples=[self.samples[i] for i in chosen],
            features=self.features[chosen],
            groups=[self.groups[i] for i in chosen],
            sha256=[self.sha256[i] for i in chosen],
            facts=[self.facts[i] for i in chosen],
        )


def measure_dataset(
    dataset: Dataset,
    features: SideBySide,
    extractor: Extractor,
    check: Callable[[Sequence[Sample]], None] = lambda samples: None,
) -> Measured:
    """Read every sample of a dataset once; say what could not be read and which samples look alike.

    Args:
        dataset: the samples.
        features: what is measured on them.
        extractor: how they are read and measured.
        check: called with all samples before the first one is read; may refuse them.

    Raises:
        MmmlError: dataset and transformers are of different modalities, no sample can be read, or a
            transformer breaks its contract.
    """
    if dataset.modality != features.modality:
        raise MmmlError(
            f"the dataset holds {dataset.modality} samples, the transformers take {features.modality}",
            "choose another dataset or transformer",
        )
    samples = dataset.samples()
    check(samples)
    inputs = (Input(str(sample.path), sample.path, dataset.modality) for sample in samples)
    transformers = {dataset.modality: list(features.parts.values())}
    seen = extractor.observe_all(inputs, transformers, identity=True)
    kept: list[tuple[Sample, Observed]] = []
    unreadable: list[tuple[str, str]] = []
    for sample, one in zip(samples, progress(seen, "measuring", len(samples)), strict=True):
        if one.fault is not None:
            raise MmmlError(f"{one.fault.message} ({one.input.name})", one.fault.hint)
        if one.error is not None:
            unreadable.append((one.input.name, one.error))
        elif len(one.features) == len(features.parts):
            kept.append((sample, one))
    _tell(unreadable)
    if not kept:
        first = f", the first ({unreadable[0][0]}): {unreadable[0][1]}" if unreadable else ""
        raise MmmlError(
            f"none of the {len(samples)} samples could be measured{first}",
            "a transformer that fails is told with its line; mmml data check DATASET looks at the files",
        )
    groups, merged = _groups(kept, modality(dataset.modality).fingerprint_radius)
    return Measured(
        samples=[sample for sample, _ in kept],
        features=np.stack([features.join(one.features) for _, one in kept]),
        groups=groups,
        sha256=[one.sha256 or "" for _, one in kept],
        facts=[one.facts for _, one in kept],
        unreadable=unreadable,
        merged=merged,
    )


def measure_again(data: Measured, features: SideBySide, extractor: Extractor) -> Measured:
    """Measure the same samples with other transformers, or with other parameters of theirs.

    Raises:
        MmmlError: one of them cannot be measured so, or its file has changed.
    """
    inputs = [
        Input(str(sample.path), sample.path, features.modality, sha256=sha256)
        for sample, sha256 in zip(data.samples, data.sha256, strict=True)
    ]
    seen = extractor.observe_all(inputs, {features.modality: list(features.parts.values())})
    rows = []
    for one in seen:
        if one.error is not None or len(one.features) < len(features.parts):
            hint = one.fault.hint if one.fault else None
            raise MmmlError(f"{one.input.name}: {one.error or 'a transformer does not take it'}", hint)
        rows.append(features.join(one.features))
    return replace(data, features=np.stack(rows))


def _groups(kept: Sequence[tuple[Sample, Observed]], radius: float) -> tuple[list[str], int]:
    # A sample without a group is one of its own.
    stated = [sample.group if sample.group is not None else f"sha256:{one.sha256}" for sample, one in kept]
    # The same content is the same scene, whatever the groups say: a hash is a fingerprint of its own.
    hashes = dict.fromkeys(one.sha256 for _, one in kept)
    place = {sha256: np.array([2.0 * number], np.float32) for number, sha256 in enumerate(hashes)}
    content = [place[one.sha256] for _, one in kept]
    same, _ = merge_near_duplicates(stated, content, 0.5)
    groups, _ = merge_near_duplicates(same, [one.fingerprint for _, one in kept], radius)
    merged = sum(group != own for group, own in zip(groups, stated, strict=True))
    if merged and all(sample.split for sample, _ in kept):
        log.warning("%d samples look like samples of another group; the prescribed split is kept", merged)
        return stated, merged
    if merged:
        log.info("%d samples look like samples of another group: they share a group now", merged)
    return groups, merged


def _tell(unreadable: Iterable[tuple[str, str]]) -> None:
    told = list(unreadable)
    for path, reason in told[:_NAMED]:
        log.warning("left out: %s: %s", path, reason)
    if len(told) > _NAMED:
        log.warning("left out: %d more samples that cannot be read", len(told) - _NAMED)
