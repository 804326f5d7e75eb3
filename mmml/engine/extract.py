"""From inputs to features: the one place where samples are read, for training and prediction alike."""

import time
import traceback
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from mmml.engine.cache import FeatureCache
from mmml.engine.code import code_version
from mmml.engine.sight import Sight, look
from mmml.errors import ContractError, MissingLibrary, MmmlError, UsageError
from mmml.features import Features, Transformer, measure
from mmml.parallel import side_by_side
from mmml.value import DEFAULT_LIMITS, Limits, Source, Value, modality, read_bytes

# So many new measurements wait before they are written to the cache together.
_WAITING = 256

_CHANGED = "the file was changed while it was worked on"


@dataclass(frozen=True, slots=True)
class Input:
    """One input on its way to the features.

    Args:
        name: as rows show it: the path as it was given, or a name for an array.
        source: a path, encoded bytes or an array.
        modality: whose it is; None for an input of no known modality.
        error: why it cannot be read, where that is known already.
        sha256: content hash (hex), where it is known already: what the cache knows is not even read then.
        named: whether somebody asked for this very input; where not, it was found in a folder.
    """

    name: str
    source: Source
    modality: str | None
    error: str | None = None
    sha256: str | None = None
    named: bool = True


class Identity(msgspec.Struct, frozen=True):
    """What tells one input from another, whatever is measured on it.

    Args:
        fingerprint: see `Value.fingerprint`.
        facts: see `Value.facts`.
    """

    fingerprint: list[float] | None
    facts: dict[str, float]


@dataclass(slots=True)
class Observed:
    """What was measured on one input.

    Args:
        input: the input.
        features: by `Transformer.key`, of the transformers that accept the value.
        error: why nothing could be measured.
        fault: the error where the input is not to blame: a broken contract, a missing library.
        kind: see `Value.kind`, where the input was read.
        warnings: what was odd about the input; nothing where all that was asked for is in the cache.
        remarks: what transformers told of it, by `Transformer.key`; likewise.
        seconds: reading, decoding and measuring.
        sha256: content hash (hex), where identity or a cache was asked for.
        fingerprint: see `Value.fingerprint`, where identity was asked for.
        facts: see `Value.facts`, where identity was asked for.
        news: what the cache does not know yet, by kind.
        sight: what a person can see of the input, where that was asked for.
    """

    input: Input
    features: dict[str, Features] = field(default_factory=dict)
    error: str | None = None
    fault: MmmlError | None = None
    kind: str | None = None
    warnings: list[str] = field(default_factory=list)
    remarks: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 0.0
    sha256: str | None = None
    fingerprint: NDArray[np.float32] | None = None
    facts: dict[str, float] = field(default_factory=dict)
    news: dict[str, bytes] = field(default_factory=dict)
    sight: Sight | None = None

    def told(self, keys: Iterable[str]) -> list[str]:
        """Return what was odd, and what the transformers of these keys told; each once."""
        remarks = (remark for key in keys for remark in self.remarks.get(key, ()))
        return list(dict.fromkeys([*self.warnings, *remarks]))


@dataclass(frozen=True)
class Extractor:
    """Reads inputs and measures them, many side by side.

    Args:
        limits: what an input may cost.
        n_jobs: how many at once.
        backend: joblib's: ``threading`` or ``loky``; a Dask cluster where joblib was told so.
        cache: what was measured before; None to measure all anew.
        explain: whether to look at each value too, for a person.
    """

    limits: Limits = DEFAULT_LIMITS
    n_jobs: int = 1
    backend: str = "threading"
    cache: FeatureCache | None = None
    explain: bool = False

    @classmethod
    def from_config(cls, plain: Mapping[str, Any]) -> Self:
        """Return what ``limits``, ``parallel`` and ``cache`` of a resolved config describe."""
        kept = plain["cache"]
        if kept["megabytes"] <= 0:
            raise UsageError(
                f"cache.megabytes is {kept['megabytes']}", "cache.path=null works without a cache"
            )
        return cls(
            Limits(**plain["limits"]),
            plain["parallel"]["n_jobs"],
            plain["parallel"]["backend"],
            FeatureCache(Path(kept["path"]), kept["megabytes"] * 1_000_000) if kept["path"] else None,
        )

    def observe_all(
        self,
        items: Iterable[Input],
        transformers: Mapping[str, Sequence[Transformer]],
        identity: bool = False,
    ) -> Generator[Observed]:
        """Observe inputs side by side; results come in the order of the inputs, as soon as they are there.

        Only a few inputs are in memory at once, however many there are.

        Args:
            items: read on demand, so it may be endless.
            transformers: by modality.
            identity: whether content hashes, fingerprints and facts are wanted too.
        """
        calls = ((item, transformers.get(item.modality or "", ()), identity) for item in items)
        seen = side_by_side(self.observe, calls, n_jobs=self.n_jobs, backend=self.backend)
        if self.cache is None:
            yield from seen
            return
        waiting: list[tuple[str, str, bytes]] = []
        try:
            for one in seen:
                waiting.extend((one.sha256 or "", kind, value) for kind, value in one.news.items())
                if len(waiting) >= _WAITING:
                    self.cache.put(waiting)
                    waiting = []
                yield one
        finally:
            # Also where nobody asks for the rest any more: what was measured once is not measured again.
            self.cache.put(waiting)

    def observe(self, item: Input, transformers: Sequence[Transformer], identity: bool = False) -> Observed:
        """Read one input once and measure it with every transformer.

        Args:
            item: the input.
            transformers: of the input's modality.
            identity: whether content hash, fingerprint and facts are wanted too.

        Returns:
            The features, or the reason why there are none. Nothing is raised: one input never ends a batch.
        """
        started = time.perf_counter()
        seen = Observed(item, sha256=item.sha256)
        try:
            self._observe(seen, transformers, identity)
        except (ContractError, MissingLibrary) as error:
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

    def _observe(self, seen: Observed, transformers: Sequence[Transformer], identity: bool) -> None:
        item = seen.input
        if item.error is not None:
            raise MmmlError(item.error)
        missing, wanted = list(transformers), identity
        if item.sha256 is not None:
            missing, wanted = self._remembered(seen, transformers, identity)
            if not missing and not wanted:
                return
        kind = None if item.modality is None else modality(item.modality)
        source = item.source
        if isinstance(source, Path) and not (kind and kind.opens_files):
            source = read_bytes(source, self.limits)
        if identity or self.cache is not None or item.sha256 is not None:
            seen.sha256 = (kind or Value).content_hash(source, self.limits)
            if item.sha256 is None:
                missing, wanted = self._remembered(seen, transformers, identity)
            elif item.sha256 != seen.sha256:
                raise MmmlError(_CHANGED)
        if kind is None:
            raise MmmlError("this is no file of a known kind")
        if missing or wanted or self.explain or not transformers:
            value = kind.read(source, self.limits)
            self._measure(seen, value, missing, wanted)
            if self.explain:
                seen.sight = look(value, [one for one in transformers if one.key() in seen.features])
            # What is measured a part at a time may be another file by the end.
            known = seen.sha256 if isinstance(source, Path) else None
            if known is not None and kind.content_hash(source, self.limits) != known:
                raise MmmlError(_CHANGED)

    def _measure(self, seen: Observed, value: Value, missing: Sequence[Transformer], identity: bool) -> None:
        seen.kind = value.kind()
        for transformer in missing:
            accepted = transformer.accepts(value)
            features = measure(transformer, value) if accepted else None
            if features is not None:
                seen.features[transformer.key()] = features
            # No bytes at all say that the transformer does not take this value.
            self._learn(seen, transformer, b"" if features is None else features.tobytes())
        if identity:
            seen.fingerprint = value.fingerprint()
            seen.facts = {name: float(fact) for name, fact in value.facts().items()}
            shown = None if seen.fingerprint is None else seen.fingerprint.tolist()
            self._learn(seen, type(value), msgspec.msgpack.encode(Identity(shown, seen.facts)))
        seen.warnings = list(value.warnings)
        seen.remarks = {key: list(told) for key, told in value.remarks.items()}

    def _learn(self, seen: Observed, of: Transformer | type[Value], value: bytes) -> None:
        kind = None if self.cache is None else _kind(of)
        if kind is not None:
            seen.news[kind] = value

    def _remembered(
        self, seen: Observed, transformers: Sequence[Transformer], identity: bool
    ) -> tuple[list[Transformer], bool]:
        """Take over what the cache knows; return the transformers that are missing, and if identity is."""
        if self.cache is None or seen.sha256 is None or seen.input.modality is None:
            return list(transformers), identity
        value = modality(seen.input.modality)
        kinds = {transformer.key(): _kind(transformer) for transformer in transformers}
        whose = _kind(value) if identity else None
        known = self.cache.get(seen.sha256, [kind for kind in (*kinds.values(), whose) if kind])
        missing = []
        for transformer in transformers:
            stored = known.get(kinds[transformer.key()] or "")
            if stored is None or len(stored) not in (0, 8 * len(transformer.names)):
                missing.append(transformer)
            elif stored:
                seen.features[transformer.key()] = np.frombuffer(stored, dtype=np.float64)
        if whose in known:
            try:
                told = msgspec.msgpack.decode(known[whose], type=Identity)
            except msgspec.DecodeError:
                return missing, identity
            seen.facts = told.facts
            if told.fingerprint is not None:
                seen.fingerprint = np.array(told.fingerprint, dtype=np.float32)
            return missing, False
        return missing, identity


def _kind(of: Transformer | type[Value]) -> str | None:
    """Return what an entry of the cache is of; None where nothing tells the code that made it."""
    if isinstance(of, type):
        name, versions = f"identity {of.__module__}.{of.__qualname__}", [code_version(of)]
    else:
        involved = (of, *of.nested())
        name = of.key()
        versions = [code_version(type(part)) for part in involved]
        versions += [code_version(modality(part.modality)) for part in involved]
    if None in versions:
        return None
    return f"{name} {' '.join(filter(None, versions))}"
