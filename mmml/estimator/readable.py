"""The base of estimators that people can read: an expression over features and a few named numbers."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from mmml.errors import MmmlError, UsageError
from mmml.estimator.expression import Columns, Expression, check_names
from mmml.parameters import Parameters


class Readable(Parameters, ABC):
    """An estimator whose prediction is an expression. Fitting learns nothing.

    It keeps scikit-learn's contract without importing scikit-learn.
    """

    #: What messages call it.
    kind: ClassVar[str]

    parameters: Mapping[str, float] | None
    feature_names: Sequence[str] | None

    @abstractmethod
    def in_words(self) -> str:
        """Return it as a person would say it."""

    @abstractmethod
    def _expression(self) -> Expression:
        # Read anew each time: scikit-learn's set_params may have changed it.
        """Return the expression, read and checked.

        Raises:
            UsageError: it cannot be read, or names what is neither feature nor parameter.
        """

    @property
    def n_features_in_(self) -> int:
        """The number of columns; there is no such attribute before it knows them."""
        if self.feature_names is None:
            raise AttributeError(f"the {self.kind} does not know its columns")
        return len(self.feature_names)

    def check_names(self) -> None:
        """Refuse an expression that cannot be read, or that names what is neither feature nor parameter.

        Raises:
            UsageError: with the nearest known name.
        """
        self._expression()

    def fit(self, features: NDArray[np.float64], labels: Any = None) -> Self:
        """Return itself; it learns nothing."""
        return self

    def _worked_out(self, features: NDArray[np.float64]) -> Columns:
        """Return what the expression comes to for each row of (n, f), shape (n,)."""
        if self.feature_names is None:
            raise MmmlError(f"the {self.kind} does not know its columns", "give feature_names")
        columns = dict(zip(self.feature_names, np.asarray(features, dtype=np.float64).T, strict=True))
        found = self._expression().value({**columns, **(self.parameters or {})})
        return np.broadcast_to(found, (len(features),))

    def _checked(self, one: Expression) -> Expression:
        """Return an expression whose names are all known, with parameters that are all used."""
        if self.feature_names is not None:
            check_names(one, (*self.feature_names, *(self.parameters or {})))
        for name, value in (self.parameters or {}).items():
            if not isinstance(value, int | float) or isinstance(value, bool) or not np.isfinite(value):
                raise UsageError(f"the parameter {name} of the {self.kind} is {value!r}, not a number")
            if name not in one.names:
                raise UsageError(f"the {one.what} '{one.text}' does not use the parameter {name}")
            if name in (self.feature_names or ()):
                raise UsageError(f"{name} is a feature; give the parameter of the {self.kind} another name")
        return one

    def _constants(self) -> str:
        """Return the parameters in words, with a semicolon before them; empty where there are none."""
        told = [
            f"{name} = {f'{value:.4g}' if isinstance(value, float) else value}"
            for name, value in (self.parameters or {}).items()
        ]
        return f"; {', '.join(told)}" if told else ""

    def __sklearn_is_fitted__(self) -> bool:
        return True
