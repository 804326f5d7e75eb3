"""scikit-learn's ``get_params`` and ``set_params`` without its import, which costs over a second."""

import inspect
from typing import Any, Self

from mmml.errors import UsageError, did_you_mean


class Parameters:
    """An object whose public ``__init__`` arguments are kept under the same names.

    ``sklearn.base.clone``, ``Pipeline`` and the searches of scikit-learn work on it. Two objects of one
    class with the same parameters are equal.
    """

    @classmethod
    def parameter_names(cls) -> tuple[str, ...]:
        """Return the names of the ``__init__`` arguments, in their order."""
        if cls.__init__ is object.__init__:
            return ()  # its signature takes anything
        signature = inspect.signature(cls.__init__)
        return tuple(name for name in signature.parameters if name != "self")

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name.

        Args:
            deep: whether those of parameters that have parameters of their own are returned as well, under
                names such as ``transformer__long_side``.
        """
        own = {name: getattr(self, name) for name in self.parameter_names()}
        if not deep:
            return own
        inner = {name: value.get_params() for name, value in own.items() if isinstance(value, Parameters)}
        for name, params in inner.items():
            own.update({f"{name}__{key}": value for key, value in params.items()})
        return own

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name and return the object; ``transformer__long_side`` as in `get_params`.

        Raises:
            UsageError: a name is not a parameter of this class.
        """
        for full, value in params.items():
            name, _, inner = full.partition("__")
            own = getattr(self, name, None) if name in self.parameter_names() else None
            if inner and isinstance(own, Parameters):
                own.set_params(**{inner: value})
            elif full in self.parameter_names():
                setattr(self, full, value)
            else:
                hint = did_you_mean(full, self.parameter_names())
                raise UsageError(f"{type(self).__name__} has no parameter {full}", hint)
        return self

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.get_params(deep=False) == other.get_params(deep=False)

    def __hash__(self) -> int:
        return hash((type(self), repr(sorted(self.get_params(deep=False).items()))))

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={value!r}" for name, value in self.get_params(deep=False).items())
        return f"{type(self).__name__}({inside})"
