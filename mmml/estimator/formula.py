"""`Formula`: an estimator whose prediction is a number that people can work out themselves."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mmml.errors import UsageError
from mmml.estimator.expression import Expression
from mmml.estimator.readable import Readable


class Formula(Readable):
    """The value of a formula over features: ``rt60``, or ``a * rt60 + b``.

    It keeps scikit-learn's contract of a regressor without importing scikit-learn. Fitting learns nothing; a
    tuner may set the parameters.

    Args:
        value: arithmetic with ``+ - * / **`` over features and parameters.
        parameters: numbers by name, which a tuner may set: ``{a: 1, b: 0}``.
        feature_names: the names of the columns; the engine fills them in.

    Raises:
        UsageError: the formula cannot be read, is a condition, or names what is neither a feature nor a
            parameter.
    """

    kind = "formula"
    _estimator_type: ClassVar[str] = "regressor"

    def __init__(
        self,
        value: str,
        parameters: Mapping[str, float] | None = None,
        feature_names: Sequence[str] | None = None,
    ) -> None:
        self.value = value
        self.parameters = parameters
        self.feature_names = feature_names
        self.check_names()

    def predict(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the value for each row.

        Args:
            features: shape (n, f), columns in the order of ``feature_names``.

        Returns:
            float64, shape (n,); NaN where a feature that the formula needs is NaN, or after a division by
            zero.
        """
        return self._worked_out(features)

    def score(self, features: NDArray[np.float64], targets: Any) -> float:
        """Return the share of the variance that is explained (R²), as scikit-learn's regressors do."""
        from sklearn.metrics import r2_score

        return float(r2_score(targets, self.predict(features)))

    def in_words(self) -> str:
        """Return it as a person would say it."""
        return f"{self.value}{self._constants()}"

    def _expression(self) -> Expression:
        # A config or a file may say a bare number.
        formula = Expression(str(self.value), "formula")
        if formula.is_condition:
            raise UsageError(
                f"'{self.value}' is a condition; a formula says a number", "for a condition: estimator=rule"
            )
        return self._checked(formula)

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import InputTags, RegressorTags, Tags, TargetTags

        return Tags(
            estimator_type="regressor",
            target_tags=TargetTags(required=False),
            regressor_tags=RegressorTags(),
            input_tags=InputTags(allow_nan=True),
            requires_fit=False,
        )
