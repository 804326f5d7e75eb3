"""`Rule`: an estimator whose prediction is a condition that people can read."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mmml.errors import UsageError
from mmml.estimator.expression import Expression
from mmml.estimator.readable import Readable


class Rule(Readable):
    """``when`` the condition holds, say ``then``, else ``otherwise``.

    It keeps scikit-learn's contract of a classifier without importing scikit-learn. Its raw score is the
    signed margin to the condition (`Expression.margin`). Fitting learns nothing: the engine chooses a
    threshold from the margins, as for any model, and `moved` puts it into the condition.

    Args:
        when: a condition over features and parameters: ``laplacian_var < cut``.
        then: the class where it holds.
        otherwise: the class where it does not.
        parameters: numbers by name, which a tuner may set: ``{cut: 100}``.
        fit_cut: whether training may move a single cut; with False the rule stays as it is written.
        feature_names: the names of the columns; the engine fills them in.

    Raises:
        UsageError: the condition cannot be read, or names what is neither a feature nor a parameter.
    """

    kind = "rule"
    _estimator_type: ClassVar[str] = "classifier"

    def __init__(
        self,
        when: str,
        then: str,
        otherwise: str,
        parameters: Mapping[str, float] | None = None,
        fit_cut: bool = True,
        feature_names: Sequence[str] | None = None,
    ) -> None:
        self.when = when
        self.then = then
        self.otherwise = otherwise
        self.parameters = parameters
        self.fit_cut = fit_cut
        self.feature_names = feature_names
        self.check_names()

    @property
    def classes_(self) -> NDArray[np.str_]:
        """The two classes in scikit-learn's order: sorted."""
        return np.array(sorted((str(self.then), str(self.otherwise))))

    def margin(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far each row is from the border, above 0 where the condition holds.

        Args:
            features: shape (n, f), columns in the order of ``feature_names``.

        Returns:
            float64, shape (n,); NaN where a feature that the condition needs is NaN.
        """
        return self._worked_out(features)

    def decision_function(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the margin towards the second of `classes_`; float64, shape (n,)."""
        margin = self.margin(features)
        return margin if self.classes_[1] == str(self.then) else -margin

    def predict(self, features: NDArray[np.float64]) -> NDArray[np.str_]:
        """Return ``then`` or ``otherwise`` for each row of (n, f); ``otherwise`` where the margin is NaN."""
        return np.where(self.margin(features) > 0, str(self.then), str(self.otherwise))

    def score(self, features: NDArray[np.float64], labels: Any) -> float:
        """Return the share of the rows, 0 to 1, that are predicted right."""
        return float(np.mean(self.predict(features) == np.asarray(labels).astype(str)))

    @property
    def movable(self) -> bool:
        """Whether the condition is a single cut that training may choose."""
        return self.fit_cut and self._cut() != 0

    def moved(self, margin: float) -> "Rule":
        """Return the rule with its single cut moved so that ``margin`` becomes the border.

        Raises:
            UsageError: the rule is not `movable`.
        """
        if not self.movable:
            raise UsageError(f"the condition '{self.when}' has no single cut that could move")
        assert self.parameters is not None
        ((name, value),) = self.parameters.items()
        moved = {name: float(value - self._cut() * margin)}
        return type(self)(**{**self.get_params(), "parameters": moved})

    def released(self) -> "Rule":
        """Return the rule with its single cut free to move, also where ``fit_cut`` keeps it.

        Raises:
            UsageError: the condition has no single cut.
        """
        if self._cut() == 0:
            raise UsageError(
                f"the condition '{self.when}' has no single cut that could follow a threshold",
                "train it with other numbers: estimator.parameters.NAME=… or estimator.when=…",
            )
        return type(self)(**{**self.get_params(), "fit_cut": True})

    def in_words(self) -> str:
        """Return it as a person would say it."""
        return f"{self.then} when {self.when}, otherwise {self.otherwise}{self._constants()}"

    def _expression(self) -> Expression:
        condition = Expression(self.when)
        if not condition.is_condition:
            raise UsageError(f"'{self.when}' is no condition", "compare something: laplacian_var < cut")
        if str(self.then) == str(self.otherwise):
            raise UsageError(f"the rule says {self.then} in both cases")
        return self._checked(condition)

    def _cut(self) -> int:
        names = tuple(self.parameters or {})
        return Expression(self.when).cut(names[0]) if len(names) == 1 else 0

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=False),
            classifier_tags=ClassifierTags(multi_class=False),
            input_tags=InputTags(allow_nan=True),
            requires_fit=False,
        )
