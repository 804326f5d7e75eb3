"""Scores: what a task asks of an estimator beside a prediction, and what to do about one that has none."""

from dataclasses import dataclass
from typing import Any

from mmml.errors import UsageError

# Arguments of well-known estimators that switch their scores on.
_SWITCHES = {"voting": "soft", "novelty": "true", "probability": "true"}
# Parts that lend their methods to the whole, some of them only once it is fitted.
_LENDERS = frozenset({"estimator", "final_estimator"})


@dataclass(frozen=True)
class Scores:
    """Methods of an estimator that give scores, any of which will do.

    Args:
        methods: their names.
        missing: what there is not without them, for the message.
        otherwise: what to do about an estimator that has no switch for them.
    """

    methods: tuple[str, ...]
    missing: str
    otherwise: str

    def check(self, estimator: Any) -> None:
        """Refuse an unfitted estimator that will have no scores, where that is certain.

        Raises:
            UsageError: says what lacks them and what to do.
        """
        last = _last(estimator)
        absent = not any(hasattr(last, name) for name in self.methods)
        if absent and not self._undecided(last):
            raise self._refusal(estimator)

    def require(self, estimator: Any) -> None:
        """Refuse a fitted estimator without scores.

        Raises:
            UsageError: as for `check`.
        """
        if not any(hasattr(estimator, name) for name in self.methods):
            raise self._refusal(estimator)

    def _undecided(self, estimator: Any) -> bool:
        kind = type(estimator)
        if hasattr(kind, "__getattr__"):
            return True
        # scikit-learn's methods under a condition stand in the class. A stack or a search has them where
        # the part has them that is chosen in fitting; a vote knows beforehand.
        conditional = any(hasattr(kind, name) for name in self.methods)
        return conditional and bool(_LENDERS & set(estimator.get_params(deep=False)))

    def _refusal(self, estimator: Any) -> UsageError:
        last = _last(estimator)
        own = last.get_params(deep=False) if hasattr(last, "get_params") else {}
        path = "estimator" if last is estimator else f"estimator.{estimator.steps[-1][0]}"
        switches = [f"{path}.{name}={value}" for name, value in _SWITCHES.items() if name in own]
        lacks = f"neither {' nor '.join(self.methods)}" if len(self.methods) > 1 else f"no {self.methods[0]}"
        return UsageError(
            f"{type(last).__name__} has {lacks}; without scores there is {self.missing}",
            f"{' or '.join(switches) or self.otherwise}; or choose another estimator",
        )


def kind_of(estimator: Any) -> str | None:
    """Return what an estimator is in scikit-learn's words: ``classifier``, ``regressor``…; None if untold."""
    last = _last(estimator)
    try:
        kind = last.__sklearn_tags__().estimator_type
    except AttributeError:  # there are no tags, or not those of all its bases
        kind = getattr(last, "_estimator_type", None)
    return None if kind is None else str(kind)


def wrong_kind(estimator: Any, task: str, instead: str) -> UsageError:
    """Return the refusal of an estimator of a kind that a task cannot use.

    Args:
        estimator: unfitted.
        task: who refuses it.
        instead: what to choose, for the hint.
    """
    kind = (kind_of(estimator) or "estimator without predict").replace("_", " ")
    return UsageError(f"{type(_last(estimator)).__name__} is a {kind}, which {task} cannot use", instead)


def _last(estimator: Any) -> Any:
    """Return the step of a pipeline that predicts; any other estimator itself."""
    steps = getattr(estimator, "steps", None)
    return _last(steps[-1][1]) if steps else estimator
