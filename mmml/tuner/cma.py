"""CMA-ES, whose state is what the study's trials say: nothing else is stored, so any process can go on."""

from collections.abc import Mapping
from typing import Any

import cmaes
import numpy as np
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.search_space import IntersectionSearchSpace
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial, TrialState

from mmml.tuner.cube import Axis, place, value_at

# A third of the range lies within one deviation of its middle.
_SPREAD = 1 / 6


class CmaEs(BaseSampler):
    """Covariance matrix adaptation (N. Hansen, "The CMA evolution strategy: a tutorial", 2016).

    Optuna's own sampler of this name keeps a pickled optimizer in the database, which would be run by whoever
    reads a foreign study. This one tells a new optimizer all finished trials, generation after generation.
    Values without an order are drawn at random.

    Args:
        seed: of the draws of this trial.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._random = RandomSampler(seed=seed)
        self._space = IntersectionSearchSpace(include_pruned=True)

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Return the numbers that every trial had, but those that have one value only."""
        return {
            name: one
            for name, one in self._space.calculate(study).items()
            if isinstance(one, FloatDistribution | IntDistribution) and not one.single()
        }

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Draw from the distribution that the finished trials have formed."""
        axes = {
            name: one
            for name, one in search_space.items()
            if isinstance(one, FloatDistribution | IntDistribution)
        }
        if not axes:
            return {}
        bounds = np.array([[0.0, 1.0]] * len(axes))
        optimizer = cmaes.CMA(np.full(len(axes), 0.5), _SPREAD, bounds=bounds, seed=self._seed)
        told = _solutions(study, axes)
        size = optimizer.population_size
        for start in range(0, len(told) - size + 1, size):
            optimizer.tell(told[start : start + size])
        drawn = optimizer.ask()
        return {name: value_at(axis, float(at)) for (name, axis), at in zip(axes.items(), drawn, strict=True)}

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Draw at random."""
        return self._random.sample_independent(study, trial, param_name, param_distribution)


def _solutions(study: Study, axes: Mapping[str, Axis]) -> list[tuple[NDArray[np.float64], float]]:
    """Return where in the unit cube the finished trials lie and what they cost, in their order."""
    sign = -1.0 if study.direction is StudyDirection.MAXIMIZE else 1.0
    found = []
    for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED)):
        value = trial.value
        if trial.state is TrialState.PRUNED:
            # Optuna gives such a trial the score of the last fold that it saw.
            seen = list(trial.intermediate_values.values())
            value = float(np.mean(seen)) if seen else None
        if value is not None and all(name in trial.params for name in axes):
            at = [place(axis, trial.params[name]) for name, axis in axes.items()]
            found.append((np.array(at), sign * value))
    return found
