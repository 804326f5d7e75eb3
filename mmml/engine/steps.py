"""Fitted steps of pipelines, remembered while trials differ only in the steps behind them."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

# Steps times folds that are kept at once.
_MOST = 64


class FittedSteps:
    """What scikit-learn's ``Pipeline`` takes as its ``memory``: keeps fitted transformers by what made them.

    In memory, so nothing is written or read; a search over ``estimator.clf.C`` fits the scaling of each fold
    once instead of once a trial.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Any] = OrderedDict()

    def cache(self, work: Callable[..., Any], ignore: Sequence[str] = ()) -> Callable[..., Any]:
        """Return a function that does ``work`` where it was not done on the same arguments before.

        Args:
            work: fits a step and transforms with it.
            ignore: arguments that play no part.
        """
        import joblib

        def remembered(*args: Any, **kwargs: Any) -> Any:
            told = {name: value for name, value in kwargs.items() if name not in ignore}
            key = joblib.hash((args, told))
            if key not in self._kept:
                self._kept[key] = _guarded(work(*args, **kwargs))
                if len(self._kept) > _MOST:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]

        return remembered

    def __deepcopy__(self, memo: dict[int, Any]) -> "FittedSteps":
        # Copies of an estimator share what is remembered.
        return self

    def __getstate__(self) -> dict[str, Any]:
        # Another process fits its own.
        return {"_kept": OrderedDict()}


def _guarded(made: Any) -> Any:
    # What trials share, none may change; scikit-learn's steps return the columns first.
    if isinstance(made, tuple) and isinstance(made[0], np.ndarray):
        made[0].flags.writeable = False
    return made
