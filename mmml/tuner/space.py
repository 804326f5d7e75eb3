"""The space that a tuner searches: which values of a config may be what."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import msgspec

from mmml.errors import UsageError, did_you_mean

_SUGGEST = "suggest"
# What tells a range from a part of the config.
_RANGE = {_SUGGEST, "low", "high", "choices"}
_EXAMPLE = "tuner.space={estimator.clf.C: {suggest: float, low: 1e-3, high: 1e2, log: true}}"


class Suggester(Protocol):
    """What an Optuna trial offers for drawing values."""

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        """Draw a number."""
        ...

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        """Draw a whole number."""
        ...

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        """Draw one of several values."""
        ...


class Number(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field=_SUGGEST, tag="float"):
    """A number from ``low`` to ``high``, both included.

    Args:
        low: least value.
        high: greatest value.
        log: whether it is its logarithm that is drawn evenly.
        step: distance of the values that may be drawn; None for all of them.
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None

    def suggest(self, trial: Suggester, path: str) -> float:
        """Draw a value."""
        return trial.suggest_float(path, self.low, self.high, step=self.step, log=self.log)

    def holds(self, value: Any) -> bool:
        """Tell whether a value lies in the space."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not self.low <= value <= self.high:
            return False
        return self.step is None or math.isclose((value - self.low) / self.step % 1, 0, abs_tol=1e-9)

    def grid(self) -> list[Any] | None:
        """Return all values; None where they are without number."""
        if self.step is None:
            return [self.low] if self.low == self.high else None
        return [self.low + i * self.step for i in range(int((self.high - self.low) / self.step + 1e-9) + 1)]

    def flaw(self) -> str | None:
        """Return what contradicts itself."""
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            return "low and high must be finite"
        if self.low > self.high:
            return f"low, {self.low:g}, is above high, {self.high:g}"
        if self.log and self.low <= 0:
            return f"low is {self.low:g}, but only numbers above 0 have a logarithm"
        if self.log and self.step is not None:
            return "log and step exclude each other"
        if self.step is not None and not 0 < self.step < math.inf:
            return f"step is {self.step:g}; it must be above 0"
        return None


class Whole(Number, frozen=True, forbid_unknown_fields=True, tag_field=_SUGGEST, tag="int"):
    """A whole number from ``low`` to ``high``, both included; see `Number`."""

    def suggest(self, trial: Suggester, path: str) -> int:
        """Draw a value."""
        return trial.suggest_int(path, int(self.low), int(self.high), step=int(self.step or 1), log=self.log)

    def holds(self, value: Any) -> bool:
        """Tell whether a value lies in the space."""
        return isinstance(value, int) and super().holds(value)

    def grid(self) -> list[Any] | None:
        """Return all values."""
        return list(range(int(self.low), int(self.high) + 1, int(self.step or 1)))

    def flaw(self) -> str | None:
        """Return what contradicts itself."""
        broken = next((x for x in (self.low, self.high, self.step or 1) if x % 1), None)
        return super().flaw() or (f"{broken:g} is no whole number" if broken is not None else None)


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field=_SUGGEST, tag="categorical"):
    """One of several values that have no order: texts, numbers, true, false or null."""

    choices: list[str | int | float | bool | None]

    def suggest(self, trial: Suggester, path: str) -> Any:
        """Draw a value."""
        return trial.suggest_categorical(path, self.choices)

    def holds(self, value: Any) -> bool:
        """Tell whether a value is one of the choices."""
        return any(value == choice and type(value) is type(choice) for choice in self.choices)

    def grid(self) -> list[Any] | None:
        """Return all choices."""
        return list(self.choices)

    def flaw(self) -> str | None:
        """Return what contradicts itself."""
        if not self.choices:
            return "there are no choices"
        twice = next((one for i, one in enumerate(self.choices) if one in self.choices[:i]), None)
        return f"the choice {twice} stands twice" if twice is not None else None


Dimension = Number | Whole | Choice
Space = dict[str, Dimension]


def read_space(node: Mapping[str, Any]) -> Space:
    """Read a space as it stands in a config.

    Args:
        node: dimensions by dotted path (``estimator.clf.C: {suggest: float, …}``), or nested as the config
            itself is; null takes one away again that another config had put in.

    Raises:
        UsageError: there is nothing in it, or something that cannot be searched.
    """
    if not isinstance(node, Mapping):
        raise UsageError(f"tuner.space is {node!r}, which is no space", f"write it like this: '{_EXAMPLE}'")
    nested: dict[str, Any] = {}
    _merge(nested, node)
    space = {path: _dimension(path, item) for path, item in _flat(nested, "")}
    if not space:
        raise UsageError("tuner.space is empty: there is nothing to search", f"name values: '{_EXAMPLE}'")
    return space


def _merge(into: dict[str, Any], node: Mapping[str, Any]) -> None:
    """Merge a space into another, dotted paths as if they were nested; what comes last holds."""
    for path, item in node.items():
        *above, name = str(path).split(".")
        place = into
        for part in above:
            below = place.get(part)
            place[part] = place = below if isinstance(below, dict) else {}
        if isinstance(item, Mapping):
            below = place.get(name)
            place[name] = below if isinstance(below, dict) else {}
            _merge(place[name], item)
        else:
            place[name] = item


def _flat(node: Mapping[str, Any], above: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, item in node.items():
        path = f"{above}.{name}" if above else str(name)
        if item is None:
            continue
        if not isinstance(item, Mapping):
            raise UsageError(
                f"tuner.space.{path} is {item!r}, which is no range", f"write it like this: '{_EXAMPLE}'"
            )
        if _RANGE & set(item) and not any(isinstance(part, Mapping) for part in item.values()):
            yield path, item
        else:
            yield from _flat(item, path)


def _dimension(path: str, item: Mapping[str, Any]) -> Dimension:
    kinds = {"float": Number, "int": Whole, "categorical": Choice}
    said = str(item.get(_SUGGEST, ""))
    if said not in kinds:
        what = f"suggests {said}" if said else "does not say what it suggests"
        raise UsageError(f"tuner.space.{path} {what}", did_you_mean(said, kinds))
    kind = kinds[said]
    for name in item:
        if name != _SUGGEST and name not in kind.__struct_fields__:
            hint = did_you_mean(name, kind.__struct_fields__)
            raise UsageError(f"tuner.space.{path}: {said} has no {name}", hint)
    try:
        dimension: Dimension = msgspec.convert(dict(item), kind)
        flaw = dimension.flaw()
    except (msgspec.ValidationError, ValueError) as error:
        flaw = str(error).replace("Object missing required field", "it lacks").partition(" - at ")[0]
    if flaw is not None:
        raise UsageError(f"tuner.space.{path} cannot be searched: {flaw}", f"a range that can: '{_EXAMPLE}'")
    return dimension
