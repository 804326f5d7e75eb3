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
        """Return the parameters by name; ``deep`` is accepted for scikit-learn and changes nothing."""
        return {name: getattr(self, name) for name in self.parameter_names()}

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name and return the object.

        Raises:
            UsageError: a name is not a parameter of this class.
        """
        for name, value in params.items():
            if name not in self.parameter_names():
                hint = did_you_mean(name, self.parameter_names())
                raise UsageError(f"{type(self).__name__} has no parameter {name}", hint)
            setattr(self, name, value)
        return self

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.get_params() == other.get_params()

    def __hash__(self) -> int:
        return hash((type(self), repr(sorted(self.get_params().items()))))

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={value!r}" for name, value in self.get_params().items())
        return f"{type(self).__name__}({inside})"
