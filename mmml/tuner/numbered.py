"""Samplers whose draw depends on the number of the trial alone, so that no two processes draw the same."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState
from scipy.stats import qmc

from mmml.tuner.cube import value_at


class _Numbered(BaseSampler):
    """Draws each value by itself, from what the trial's number says."""

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Return nothing: no value depends on another."""
        return {}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return nothing."""
        return {}


class Sobol(_Numbered):
    """The points of a scrambled Sobol sequence, in their order.

    A. B. Owen, "Scrambling Sobol' and Niederreiter-Xing points", 1998. Optuna's own sampler counts
    its points in the study, where two processes may count the same one.

    Args:
        paths: the dimensions, in their order.
        seed: of the scrambling, of the whole study.
    """

    def __init__(self, paths: Sequence[str], seed: int) -> None:
        self._axis = {path: axis for axis, path in enumerate(paths)}
        self._seed = seed

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Return the coordinate of the trial's point."""
        sequence = qmc.Sobol(len(self._axis), scramble=True, rng=np.random.default_rng(self._seed))
        point = sequence.fast_forward(trial.number).random(1)[0]
        return value_at(param_distribution, float(point[self._axis[param_name]]))


class Grid(_Numbered):
    """All points of a grid, in an order that the seed decides.

    Args:
        values: all values of each dimension.
        reason: the mark of trials that failed by themselves, and are not tried again.
        seed: of the order, of the whole study.
    """

    def __init__(self, values: Mapping[str, Sequence[Any]], reason: str, seed: int) -> None:
        self._paths = list(values)
        self._points = list(itertools.product(*values.values()))
        self._order = np.random.default_rng(seed).permutation(len(self._points))
        self._reason = reason

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Return the value at the trial's point."""
        # A trial whose process died is tried again under another number: its own number is skipped.
        before = sum(
            one.state is not TrialState.FAIL or self._reason in one.user_attrs
            for one in study.get_trials(deepcopy=False)
            if one.number < trial.number
        )
        point = self._points[self._order[before % len(self._points)]]
        return point[self._paths.index(param_name)]
