"""A search begins with the config as it stands, however many processes begin it."""

from collections.abc import Mapping, Sequence
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.storages import RetryHeartbeatStaleTrialCallback
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState


class StartingAt(BaseSampler):
    """Draws the first trial of a study from given values and leaves the others to another sampler.

    Trials that are put into a new study's queue are there twice where two processes begin it at once. A first
    trial whose process died has another number when it is tried again, and is known by that it says so.

    Args:
        values: of the first trial, by name.
        sampler: draws all others.
    """

    def __init__(self, values: Mapping[str, Any], sampler: BaseSampler) -> None:
        self._values = values
        self._sampler = sampler

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Called by Optuna before anything of a trial is drawn."""
        self._sampler.before_trial(study, trial)

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Return the sampler's own; of the first trial nothing."""
        return {} if _is_first(trial) else self._sampler.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return the sampler's own; of the first trial nothing."""
        return {} if _is_first(trial) else self._sampler.sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Return the given value in the first trial, else the sampler's own."""
        if _is_first(trial):
            return self._values[param_name]
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        """Called by Optuna after a trial."""
        self._sampler.after_trial(study, trial, state, values)


def _is_first(trial: FrozenTrial) -> bool:
    return trial.number == 0 or RetryHeartbeatStaleTrialCallback.retried_trial_number(trial) == 0
