"""The base of all transformers (value to named numbers), and several of them side by side."""

import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from mmml.errors import ContractError, MmmlError
from mmml.parameters import Parameters
from mmml.value import Value

Features = NDArray[np.float64]

#: Marks a transformer among the parameters of another one, where these are written down.
NESTED = "_transformer_"


@dataclass(frozen=True, eq=False)
class Explanation:
    """Where in a value a transformer sees what, for a person who looks at a picture of it.

    Args:
        title: what is shown, in a word or two: ``sharpness``. Explanations of one title are of one thing;
            where several transformers give it, the first is shown.
        map: float32, shape (h, w), 0 to 1; NaN for ``elsewhere``. It is laid over the whole
            `Value.thumbnail`, whatever its own size: a map of tiles is enough.
        low: what 0 means, in a word: ``blurred``.
        high: what 1 means: ``sharp``.
        elsewhere: what NaN means, in a few words: that nothing can be said, or that all is well.

    Raises:
        ContractError: the map has another shape, is empty, or holds anything but 0 to 1 and NaN.
    """

    title: str
    map: NDArray[np.float32]
    low: str
    high: str
    elsewhere: str = "nothing to tell by"

    def __post_init__(self) -> None:
        object.__setattr__(self, "map", np.asarray(self.map, dtype=np.float32))
        if self.map.ndim != 2 or not self.map.size:
            raise ContractError(
                f"the map of {self.title} has the shape {self.map.shape}", "return one number for each place"
            )
        # NaN is neither below nor above.
        if bool(((self.map < 0) | (self.map > 1)).any()):
            raise ContractError(f"the map of {self.title} leaves 0 to 1", "clip it")


class Transformer(Parameters, ABC):
    """Turns a value into named numbers; learns nothing from data.

    A subclass sets `modality`, keeps its ``__init__`` arguments under the same names, and defines `names`
    and `extract`. That is all: scikit-learn's contract (``fit``, ``transform``, ``get_params``,
    ``get_feature_names_out``) follows.
    """

    modality: ClassVar[str]

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The names of the features, in the order of `extract`."""

    @abstractmethod
    def extract(self, value: Any) -> Features:
        """Measure one value.

        Returns:
            float64, shape (f,). NaN means that a feature cannot be measured on this value.

        Raises:
            MmmlError: the value cannot be decoded.
        """

    def accepts(self, value: Value) -> bool:
        """Tell whether this kind of value can be measured at all; where not, no row is made."""
        return True

    def explain(self, value: Any) -> Explanation | None:
        """Show where in a value the features come from; None where there is nothing to show.

        Asked of values that it `accepts`, after `extract`, and only where somebody wants to see it.

        Raises:
            MmmlError: the value cannot be decoded, or is too small; the reason is told beside the picture.
        """
        return None

    def remark(self, value: Value, *reasons: str) -> None:
        """Tell beside what is measured, most often why something is NaN.

        What is told stands in the rows of the models that use this transformer, and of no others.
        """
        told = value.remarks.setdefault(self.key(), [])
        told[:] = dict.fromkeys([*told, *reasons])  # each once

    def fit(self, values: Iterable[Value], labels: Any = None) -> Self:
        """Return the transformer unchanged; here for scikit-learn."""
        return self

    def transform(self, values: Iterable[Value]) -> Features:
        """Measure many values; float64, shape (n, f)."""
        rows = [self.extract(value) for value in values]
        return np.stack(rows) if rows else np.empty((0, len(self.names)))

    def fit_transform(self, values: Iterable[Value], labels: Any = None) -> Features:
        """Measure many values; the same as `transform`."""
        return self.transform(values)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Return the names of the features; object array of shape (f,)."""
        return np.array(self.names, dtype=object)

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import Tags, TargetTags, TransformerTags

        return Tags(
            estimator_type="transformer",
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags(),
            requires_fit=False,
        )

    def key(self) -> str:
        """Return what tells this transformer with these parameters from every other one."""
        return f"{kind_of(self)} {json.dumps(self.plain_parameters(), sort_keys=True)}"

    def plain_parameters(self) -> dict[str, Any]:
        """Return the parameters as JSON knows them.

        A transformer among them, or in a list or mapping among them, becomes
        ``{"_transformer_": CLASS, "parameters": {…}}``; `mmml.bundle.transformers.rebuild` reverses it.
        """
        return {name: _plain(value) for name, value in self.get_params(deep=False).items()}

    def nested(self) -> Iterator["Transformer"]:
        """Yield the transformers among the parameters, and those among theirs."""
        yield from _within(list(self.get_params(deep=False).values()))


def kind_of(transformer: Transformer) -> str:
    """Return the dotted name of a transformer's class."""
    return f"{type(transformer).__module__}.{type(transformer).__qualname__}"


def _plain(value: Any) -> Any:
    if isinstance(value, Transformer):
        return {NESTED: kind_of(value), "parameters": value.plain_parameters()}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _within(value: Any) -> Iterator[Transformer]:
    if isinstance(value, Transformer):
        yield value
        yield from value.nested()
    elif isinstance(value, Mapping | list | tuple):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _within(item)


class SideBySide(Transformer):
    """Several transformers of one modality whose features stand side by side.

    A feature that only one of them has keeps its name; one that several have is called ``part__feature``.

    Args:
        parts: the transformers by the name they have in the config.
    """

    def __init__(self, parts: Mapping[str, Transformer]) -> None:
        self.parts = parts
        if not self.parts:
            raise MmmlError("no transformer is given", "name at least one: transformer=gradients")
        found = {part.modality for part in self.parts.values()}
        if len(found) > 1:
            raise MmmlError(
                f"transformers of several modalities stand side by side: {', '.join(sorted(found))}"
            )
        self.modality = found.pop()  # type: ignore[misc]  # known only from the parts
        for name, times in Counter(self.names).items():
            if times > 1 or not name.isidentifier():
                fault = "is given twice" if times > 1 else "is no name that a rule could use"
                raise ContractError(f"the feature {name!r} {fault}", "mend names in the transformer")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all features, part by part."""
        owners = Counter(name for part in self.parts.values() for name in part.names)
        return tuple(
            name if owners[name] == 1 else f"{key}__{name}"
            for key, part in self.parts.items()
            for name in part.names
        )

    def accepts(self, value: Value) -> bool:
        """Tell whether every part accepts the value."""
        return all(part.accepts(value) for part in self.parts.values())

    def extract(self, value: Value) -> Features:
        """Measure one value with every part; float64, shape (sum of the parts' f,)."""
        return self.join({part.key(): measure(part, value) for part in self.parts.values()})

    def join(self, measured: Mapping[str, Features]) -> Features:
        """Put together what the parts measured, given by their `Transformer.key`."""
        return np.concatenate([measured[part.key()] for part in self.parts.values()])


def measure(transformer: Transformer, value: Value) -> Features:
    """Run a transformer on a value and hold it to its contract.

    Raises:
        ContractError: the result has another shape than ``(f,)``, or holds an infinity.
        MmmlError: the value cannot be decoded.
    """
    features = np.asarray(transformer.extract(value), dtype=np.float64)
    name = type(transformer).__name__
    if features.shape != (len(transformer.names),):
        raise ContractError(
            f"{name} returned shape {features.shape}, but names {len(transformer.names)} features",
            "return one number for each of its names",
        )
    if np.isinf(features).any():
        bad = [n for n, x in zip(transformer.names, features, strict=True) if np.isinf(x)]
        raise ContractError(
            f"{name} measured infinity: {', '.join(bad)}", "return NaN for what cannot be measured"
        )
    return features
