"""From inputs to features: the one place where samples are read, for training and prediction alike."""

import hashlib
import time
import traceback
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmml.errors import ContractError, MmmlError
from mmml.features import Features, Transformer, measure
from mmml.parallel import side_by_side
from mmml.value import Limits, Source, Value, modality, read_bytes


@dataclass(frozen=True, slots=True)
class Input:
    """One input on its way to the features.

    Args:
        name: as rows show it: the path as it was given, or a name for an array.
        source: a path, encoded bytes or an array.
        modality: whose it is; None for an input of no known modality.
        error: why it cannot be read, where that is known already.
    """

    name: str
    source: Source
    modality: str | None
    error: str | None = None


@dataclass(slots=True)
class Observed:
    """What was measured on one input.

    Args:
        input: the input.
        features: by `Transformer.key`, of the transformers that accept the value.
        error: why nothing could be measured.
        fault: the error where it is one of a transformer, not of the input.
        warnings: what was odd about the input.
        seconds: reading, decoding and measuring.
        sha256: content hash (hex), where identity was asked for.
        fingerprint: see `Value.fingerprint`, where identity was asked for.
        facts: see `Value.facts`, where identity was asked for.
    """

    input: Input
    features: dict[str, Features] = field(default_factory=dict)
    error: str | None = None
    fault: ContractError | None = None
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0
    sha256: str | None = None
    fingerprint: NDArray[np.float32] | None = None
    facts: dict[str, float] = field(default_factory=dict)


def observe(item: Input, transformers: Sequence[Transformer], limits: Limits, identity: bool) -> Observed:
    """Read one input once and measure it with every transformer.

    Args:
        item: the input.
        transformers: of the input's modality.
        limits: what an input may cost.
        identity: whether content hash, fingerprint and facts are wanted too.

    Returns:
        The features, or the reason why there are none. Nothing is raised: one input never ends a batch.
    """
    started = time.perf_counter()
    seen = Observed(item)
    try:
        value = _read(item, limits, seen, identity)
        for transformer in transformers:
            if transformer.accepts(value):
                seen.features[transformer.key()] = measure(transformer, value)
        if identity:
            seen.fingerprint = value.fingerprint()
            seen.facts = value.facts()
        seen.warnings = list(value.warnings)
    except ContractError as error:
        seen.error, seen.fault = error.message, error
    except MmmlError as error:
        seen.error = error.message
    except MemoryError:
        seen.error = "there is not enough memory to decode this"
    except Exception as error:  # noqa: BLE001  # the border of one sample: what failed is told in its row
        at = traceback.extract_tb(error.__traceback__)[-1]
        seen.error = f"{type(error).__name__}: {error} ({Path(at.filename).name}, line {at.lineno})"
    seen.seconds = time.perf_counter() - started
    return seen


def observe_all(
    items: Iterable[Input],
    transformers: Mapping[str, Sequence[Transformer]],
    *,
    limits: Limits,
    n_jobs: int = 1,
    backend: str = "threading",
    identity: bool = False,
) -> Generator[Observed]:
    """Observe many inputs side by side; results come in the order of the inputs, as soon as they are there.

    Only a few inputs are in memory at once, however many there are.

    Args:
        items: read on demand, so it may be endless.
        transformers: by modality.
        limits: what an input may cost.
        n_jobs: how many at once.
        backend: joblib's: ``threading`` or ``loky``; a Dask cluster where joblib was told so.
        identity: whether content hashes, fingerprints and facts are wanted too.
    """
    calls = ((item, transformers.get(item.modality or "", ()), limits, identity) for item in items)
    yield from side_by_side(observe, calls, n_jobs=n_jobs, backend=backend)


def _read(item: Input, limits: Limits, seen: Observed, identity: bool) -> Value:
    if item.error is not None:
        raise MmmlError(item.error)
    data = read_bytes(item.source, limits) if isinstance(item.source, Path) else item.source
    if identity:
        content = data if isinstance(data, bytes) else data.tobytes()
        seen.sha256 = hashlib.sha256(content).hexdigest()
    if item.modality is None:
        raise MmmlError("this is no file of a known kind")
    return modality(item.modality).read(data, limits)
