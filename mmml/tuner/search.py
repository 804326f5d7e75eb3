"""A search under way: trials are begun, scored, given up, counted; by any number of processes at once."""

import logging
import math
import multiprocessing
import signal
import time
import warnings
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState

from mmml.errors import MmmlError
from mmml.progress import Bar, bar
from mmml.tuner.base import Question
from mmml.tuner.choice import pareto
from mmml.tuner.samplers import PRUNERS, REASON, SAMPLERS, grid_size
from mmml.tuner.space import Space
from mmml.tuner.start import StartingAt
from mmml.tuner.storage import SILENCE, explained, open_storage, open_study
from mmml.tuner.study import Trial

log = logging.getLogger(__name__)

# Marks of trials: the number of the one whose process lives to score it, that it was begun though there were
# enough, and its exact scores.
_ALIVE, _SURPLUS, _FOLDS = "alive", "surplus", "folds"

_FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)


class _Surplus(Exception):
    """Two processes began the last trial at once; this one is the second."""


@dataclass
class Search:
    """One process's hand in a search; can be sent to another process.

    Args:
        url: address of the study.
        name: its name.
        space: what is searched.
        metrics: what is made best.
        n_trials: how many trials the study shall have.
        patience: so many that bring nothing better end the search; None for no limit.
        sampler: how values are drawn.
        pruner: when trials are given up.
        question: what is asked.
        since: number of the first trial of this run, in all of its processes.
    """

    url: str
    name: str
    space: Space
    metrics: Sequence[str]
    n_trials: int
    patience: int | None
    sampler: str
    pruner: str
    question: Question
    since: int = 0
    _first_seen: dict[int, float] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, object]:
        # Another process opens the study for itself.
        return {name: value for name, value in self.__dict__.items() if name not in ("_study", "_storage")}

    @cached_property
    def _storage(self) -> RDBStorage:
        return open_storage(self.url)

    @cached_property
    def _study(self) -> optuna.Study:
        # What Optuna tells of each trial, mmml tells in its own words.
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        study = open_study(self._storage, self.name, self.question.less_is_better, self.question.identity)
        study.sampler = SAMPLERS[self.sampler](self.space, self.question.seed)
        if self._start:
            study.sampler = StartingAt(self._start, study.sampler)
        study.pruner = PRUNERS[self.pruner]()
        return study

    @cached_property
    def _start(self) -> dict[str, Any]:
        """The config as it stands, which comes first: what is found is never worse on these folds.

        Empty where it does not lie in the space, and for a grid.
        """
        current = {
            path: value for path, value in self.question.current.items() if self.space[path].holds(value)
        }
        return current if self.sampler != "grid" and len(current) == len(self.space) else {}

    @property
    def _most(self) -> int:
        return min(self.n_trials, grid_size(self.space)) if self.sampler == "grid" else self.n_trials

    def open(self) -> int:
        """Open the study; return how many of its trials are over."""
        trials = self._study.get_trials(deepcopy=False)
        self.since = len(trials)
        return self._spent(trials)

    def run(self, timeout: float | None) -> None:
        """Begin trials until there are enough of them, those of other processes counted in."""
        trials = self._study.get_trials(deepcopy=False)
        if self._is_enough(trials):
            return
        with bar("tuning", self._most) as shown:
            shown.at(self._spent(trials))
            started = time.monotonic()
            while True:
                left = None if timeout is None else max(0.0, timeout - (time.monotonic() - started))
                try:
                    self._study.optimize(
                        self._try,
                        timeout=left,
                        catch=(MmmlError, _Surplus),
                        callbacks=[lambda study, trial: self._after(trial, shown)],
                    )
                    return
                except UpdateFinishedTrialError:
                    # This process was silent for so long that another one took it for dead.
                    log.warning("a trial took too long to show a sign of life and is tried again")

    def run_quietly(self, timeout: float | None) -> None:
        """Do the same in a process of its own, which says nothing and ends with the one that started it."""
        logging.basicConfig(level=logging.ERROR, format="%(message)s")
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            with explained(self.url, self.name):
                self.run(timeout)
        except KeyboardInterrupt:
            return
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the database."""
        if "_storage" in self.__dict__:  # it was opened
            self._storage.remove_session()
            self._storage.engine.dispose()

    def is_short(self) -> bool:
        """Tell whether trials are missing."""
        optuna.storages.fail_stale_trials(self._study)
        self._fail_stillborn()
        trials = self._study.get_trials(deepcopy=False)
        return self._spent(trials) < self._most and not self._is_out_of_patience(trials)

    def waits(self) -> bool:
        """Tell whether other processes are at all that is missing."""
        return self._is_enough(self._study.get_trials(deepcopy=False))

    def trials(self) -> list[Trial]:
        """Return the trials that are complete or were given up, by number."""
        found = []
        for one in filter(self._is_ours, self._study.get_trials(deepcopy=False, states=_FINISHED)):
            seen = one.intermediate_values
            folds = one.user_attrs.get(_FOLDS, [seen.get(fold) for fold in range(max(seen, default=-1) + 1)])
            scores = (
                one.values if one.state is TrialState.COMPLETE else [sum(seen.values()) / max(len(seen), 1)]
            )
            seconds = None if one.duration is None else one.duration.total_seconds()
            found.append(
                Trial(one.number, one.state.name.lower(), dict(one.params), list(scores), folds, seconds)
            )
        return sorted(found, key=lambda trial: trial.number)

    def first_failure(self) -> str | None:
        """Return why the first trial failed that failed by itself."""
        reasons = (one.user_attrs.get(REASON) for one in self._study.get_trials(deepcopy=False))
        return next((str(reason) for reason in reasons if reason), None)

    def importances(self) -> dict[str, float]:
        """Return the share of each path in how the first metric varied; empty where too little is known.

        PED-ANOVA: S. Watanabe et al., "PED-ANOVA: efficiently quantifying hyperparameter importance in
        arbitrary subspaces", IJCAI 2023.
        """
        try:
            # It asks what makes the best trials, takes low for good, and warns that it does.
            sign = 1.0 if self.question.less_is_better[0] else -1.0
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                shares = optuna.importance.get_param_importances(
                    self._study, target=lambda trial: sign * float(trial.values[0])
                )
        except (ValueError, RuntimeError, ZeroDivisionError):
            return {}
        return {path: float(share) for path, share in shares.items()}

    def _try(self, trial: optuna.Trial) -> float | Sequence[float]:
        try:
            values = {path: dimension.suggest(trial, path) for path, dimension in self.space.items()}
            # Only now can it be seen whether another process was quicker with the last trial.
            before = (one for one in self._study.get_trials(deepcopy=False) if one.number < trial.number)
            if self._begun(before) >= self._most:
                trial.set_user_attr(_SURPLUS, True)
                raise _Surplus
            trial.set_user_attr(_ALIVE, trial.number)
            scores = self.question.objective(values, lambda fold, value: self._report(trial, fold, value))
        except MmmlError as error:
            trial.set_user_attr(REASON, error.message)
            raise
        except KeyboardInterrupt:
            # It is marked failed by Optuna, and tried again by whoever goes on.
            self._try_again(trial)
            raise
        trial.set_user_attr(_FOLDS, list(scores.folds))
        return scores.means[0] if len(self.metrics) == 1 else list(scores.means)

    def _fail_stillborn(self) -> None:
        """Fail trials whose process died before its first heartbeat, which Optuna would wait for for ever."""
        now = time.monotonic()
        for one in self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            # What is tried again has the marks of the trial that it is a copy of.
            if (
                one.user_attrs.get(_ALIVE) != one.number
                and now - self._first_seen.setdefault(one.number, now) > SILENCE
            ):
                with suppress(ValueError, UpdateFinishedTrialError):  # another process was quicker
                    self._study.tell(one.number, state=TrialState.FAIL)
                    self._try_again(one)

    def _try_again(self, trial: optuna.Trial | FrozenTrial) -> None:
        begun = self._start if trial.number == 0 else {}
        self._study.enqueue_trial({**begun, **trial.params})

    def _report(self, trial: optuna.Trial, fold: int, value: float) -> None:
        if len(self.metrics) > 1:
            return  # Optuna gives up trials of one metric only
        trial.report(value, fold)
        if trial.should_prune():
            raise optuna.TrialPruned

    def _after(self, trial: FrozenTrial, shown: Bar) -> None:
        trials = self._study.get_trials(deepcopy=False)
        shown.at(self._spent(trials))
        if trial.number in self._best(trials):
            scores = ", ".join(
                f"{name} {value:.4f}" for name, value in zip(self.metrics, trial.values, strict=True)
            )
            said = ", ".join(f"{path}={_short(value)}" for path, value in trial.params.items())
            log.info("trial %d: %s with %s", trial.number, scores, said)
        parent = multiprocessing.parent_process()
        if self._is_enough(trials) or (parent is not None and not parent.is_alive()):
            self._study.stop()

    def _spent(self, trials: Sequence[FrozenTrial]) -> int:
        return sum(map(self._is_spent, trials))

    def _is_spent(self, trial: FrozenTrial) -> bool:
        """Tell whether a trial counts.

        One whose process died does not, for it is tried again. One that failed by itself does in the run in
        which it failed; a later run makes up for it, for its cause may be mended.
        """
        failed = trial.state is TrialState.FAIL and REASON in trial.user_attrs
        return self._is_ours(trial) or (failed and trial.number >= self.since)

    def _is_ours(self, trial: FrozenTrial) -> bool:
        """Tell whether a trial is over and has values of the space and scores that are numbers.

        A database that others write to may hold anything; what stands in it goes into a config.
        """
        if trial.state not in _FINISHED or set(trial.params) != set(self.space):
            return False
        held = all(self.space[path].holds(value) for path, value in trial.params.items())
        return held and all(map(math.isfinite, trial.values or ()))

    def _begun(self, trials: Iterable[FrozenTrial]) -> int:
        return sum(self._is_spent(one) or one.state is TrialState.RUNNING for one in trials)

    def _is_enough(self, trials: Sequence[FrozenTrial]) -> bool:
        return self._begun(trials) >= self._most or self._is_out_of_patience(trials)

    def _is_out_of_patience(self, trials: Sequence[FrozenTrial]) -> bool:
        best = self._best(trials)
        if self.patience is None or not best:
            return False
        return sum(one.state in _FINISHED and one.number > max(best) for one in trials) >= self.patience

    def _best(self, trials: Sequence[FrozenTrial]) -> set[int]:
        """Return the number of the best trial, of equals the first; with two metrics of all on the front."""
        complete = [one for one in trials if one.state is TrialState.COMPLETE and self._is_ours(one)]
        if not complete:
            return set()
        signs = np.where(self.question.less_is_better, -1.0, 1.0)
        scores = np.array([one.values for one in complete]) * signs
        if len(self.metrics) == 1:
            return {complete[int(scores[:, 0].argmax())].number}
        return {one.number for one, best in zip(complete, pareto(scores), strict=True) if best}


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
