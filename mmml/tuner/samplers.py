"""How values are drawn: Optuna's samplers by name, each trial with a random state of its own."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution
from optuna.pruners import BasePruner, MedianPruner, NopPruner, WilcoxonPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from mmml.errors import UsageError, did_you_mean
from mmml.tuner.cma import CmaEs
from mmml.tuner.numbered import Grid, Sobol
from mmml.tuner.space import Space

# Of five folds, three that are all worse than the best trial's have p = 1/8.
_PRUNE_FROM = 0.15

#: Mark of a trial that failed by itself: it holds why.
REASON = "reason"

PRUNERS: dict[str, Callable[[], BasePruner]] = {
    "wilcoxon": lambda: WilcoxonPruner(p_threshold=_PRUNE_FROM),
    "median": MedianPruner,
    "none": NopPruner,
}


class SeededByTrial(BaseSampler):
    """Draws every trial with a sampler of its own, seeded by (seed, number of the trial).

    A sampler with one seed for all repeats its first draws after a resume and in a second worker.

    Args:
        make: makes the sampler out of a seed.
        seed: of the study.
    """

    def __init__(self, make: Callable[[int], BaseSampler], seed: int) -> None:
        self._make = make
        self._seed = seed
        self._sampler = make(seed)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Called by Optuna before anything of a trial is drawn."""
        state = np.random.SeedSequence([self._seed, trial.number]).generate_state(1)
        self._sampler = self._make(int(state[0] >> 1))
        self._sampler.before_trial(study, trial)

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Return the sampler's own."""
        return self._sampler.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return the sampler's own."""
        return self._sampler.sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Return the sampler's own."""
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        """Called by Optuna after a trial."""
        self._sampler.after_trial(study, trial, state, values)


def _tpe(space: Space, seed: int) -> BaseSampler:
    return SeededByTrial(lambda own: TPESampler(seed=own), seed)


def _random(space: Space, seed: int) -> BaseSampler:
    return SeededByTrial(lambda own: RandomSampler(seed=own), seed)


def _cmaes(space: Space, seed: int) -> BaseSampler:
    return SeededByTrial(CmaEs, seed)


def _qmc(space: Space, seed: int) -> BaseSampler:
    return Sobol(list(space), seed)


def _grid(space: Space, seed: int) -> BaseSampler:
    return Grid(grid(space), REASON, seed)


SAMPLERS: Mapping[str, Callable[[Space, int], BaseSampler]] = {
    "tpe": _tpe,
    "cmaes": _cmaes,
    "random": _random,
    "grid": _grid,
    "qmc": _qmc,
}


def grid(space: Space) -> dict[str, list[Any]]:
    """Return all values of every dimension.

    Raises:
        UsageError: one of them has values without number.
    """
    values = {path: dimension.grid() for path, dimension in space.items()}
    for path, listed in values.items():
        if listed is None:
            raise UsageError(
                f"tuner.sampler=grid cannot walk through all values of {path}",
                f"give tuner.space.{path} a step, or choices; or choose another sampler",
            )
    return {path: listed for path, listed in values.items() if listed is not None}


def grid_size(space: Space) -> int:
    """Return how many points a grid has."""
    return math.prod(len(values) for values in grid(space).values())


def check_sampler(sampler: str, pruner: str, space: Space, metrics: Sequence[str]) -> None:
    """Refuse what does not fit together, before anything is searched.

    Raises:
        UsageError: says what to choose instead.
    """
    if sampler not in SAMPLERS:
        raise UsageError(f"tuner.sampler is {sampler}", did_you_mean(sampler, SAMPLERS))
    if pruner not in PRUNERS:
        raise UsageError(f"tuner.pruner is {pruner}", did_you_mean(pruner, PRUNERS))
    if sampler == "grid":
        grid(space)
    if sampler == "cmaes" and len(metrics) > 1:
        raise UsageError("tuner.sampler=cmaes searches for one metric only", "choose tpe, random or qmc")
