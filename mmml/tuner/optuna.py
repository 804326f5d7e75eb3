"""`OptunaTuner`: a search by Optuna that goes on where it was stopped, alone or with others."""

import hashlib
import json
import logging
import multiprocessing
import os
import re
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mmml.errors import MmmlError, UsageError
from mmml.parameters import Parameters
from mmml.tuner.base import Question
from mmml.tuner.space import read_space
from mmml.tuner.study import Study

if TYPE_CHECKING:
    from mmml.tuner.search import Search

log = logging.getLogger(__name__)

_KINDS: dict[str, tuple[type, ...]] = {
    "n_trials": (int,),
    "workers": (int,),
    "patience": (int, type(None)),
    "timeout": (int, float, type(None)),
}

_NAME = re.compile(r"[\w.-]+")
# How often a look is taken whether trials of other processes have ended, seconds.
_LOOK = 0.3
# How long another process may take to stop, seconds.
_SOON, _GOODBYE = 1.0, 10.0


class OptunaTuner(Parameters):
    """Searches for the values that are best over the folds of the training split.

    Args:
        space: ranges by dotted path of the config; see `mmml.tuner.space`.
        metric: what is made best; two for a trade-off, of which the knee is taken.
        n_trials: how many trials the study shall have, those of earlier runs included.
        timeout: seconds after which this run begins no further trial; None for no limit.
        patience: the search ends after so many trials that brought nothing better; None for no limit.
        sampler: ``tpe``, ``cmaes``, ``random``, ``grid`` or ``qmc``.
        pruner: ``wilcoxon``, ``median`` or ``none``: when a trial is given up before its last fold. With two
            metrics none is given up.
        workers: processes that search at once. What tpe and cmaes draw then depends on which trials have
            ended; what the others draw does not.
        study: its name; None for the experiment's with a digest of all that must be the same.
        storage: folder of the SQLite files, or the URL of a database that several machines share.

    Raises:
        UsageError: a value is out of range, or some of them contradict each other.
    """

    def __init__(
        self,
        space: Mapping[str, Any],
        metric: str | Sequence[str] = "balanced_accuracy",
        n_trials: int = 50,
        timeout: float | None = None,
        patience: int | None = None,
        sampler: str = "tpe",
        pruner: str = "wilcoxon",
        workers: int = 1,
        study: str | None = None,
        storage: str = "outputs/studies",
    ) -> None:
        self.space = space
        self.metric = metric
        self.n_trials = n_trials
        self.timeout = timeout
        self.patience = patience
        self.sampler = sampler
        self.pruner = pruner
        self.workers = workers
        self.study = study
        self.storage = storage
        self._check()

    def _check(self) -> None:
        for name, kinds in _KINDS.items():
            value = getattr(self, name)
            if type(value) not in kinds or (value is not None and not value > 0):
                whole = "a number" if float in kinds else "a whole number"
                raise UsageError(f"tuner.{name} is {value}", f"give {whole} above 0")
        if not 1 <= len(self.metrics) <= 2 or len(set(self.metrics)) < len(self.metrics):
            raise UsageError(f"tuner.metric is {self.metric}", "name one metric, or two different ones")
        if self.study is not None and not _NAME.fullmatch(str(self.study)):
            raise UsageError(f"tuner.study is {self.study}", "use letters, digits, _, . and -")
        self._space = read_space(self.space)
        try:
            from mmml.tuner.samplers import check_sampler
        except ImportError as error:
            raise MmmlError(
                f"tuner=optuna needs a package that is not installed: {error.name}",
                "pip install 'mmml[tune]'",
            ) from None
        check_sampler(self.sampler, self.pruner, self._space, self.metrics)

    @property
    def paths(self) -> Sequence[str]:
        """The dotted paths of its space."""
        return list(self._space)

    @property
    def metrics(self) -> Sequence[str]:
        """The metric, or both."""
        return [self.metric] if isinstance(self.metric, str) else list(self.metric)

    def search(self, question: Question) -> Study:
        """Search until there are ``n_trials``, or time or patience are over; see `Tuner.search`."""
        search = self._search(question)
        from mmml.tuner.storage import explained, shown

        with explained(search.url, search.name), closing(search):
            done = search.open()
            log.info(
                "%s %s: %d of %d trials are there; %s",
                "resuming the study" if done else "study", search.name, min(done, search.n_trials),
                search.n_trials, shown(search.url),
            )  # fmt: skip
            started = time.monotonic()
            try:
                self._run(search, started)
                self._wait(search, started)
            except KeyboardInterrupt:
                log.warning("the study %s keeps its trials: the same command goes on with it", search.name)
                raise
            return self._found(search, question)

    def _found(self, search: "Search", question: Question) -> Study:
        from mmml.tuner.choice import choose

        trials = search.trials()
        complete = [trial for trial in trials if trial.state == "complete"]
        if not complete:
            reason = search.first_failure() or "the time was over before the first one ended"
            raise MmmlError(
                f"no trial of the study {search.name} came to an end: {reason}",
                "mend tuner.space, or give more time: tuner.timeout",
            )
        best, why = choose(complete, self.metrics, question.less_is_better)
        log.info("trial %d is taken: %s", best.number, why)
        return Study(search.name, list(self.metrics), trials, best.number, why, search.importances())

    def _search(self, question: Question) -> "Search":
        from mmml.tuner.search import Search
        from mmml.tuner.storage import address

        identity = {
            "space": _digest({path: repr(one) for path, one in self._space.items()}),
            "metric": _digest(self.metrics),
            "sampler": self.sampler,
            **question.identity,
        }
        name = str(self.study or f"{question.name}-{_digest(identity)[:12]}")
        return Search(
            url=address(self.storage, name),
            name=name,
            space=self._space,
            metrics=self.metrics,
            n_trials=self.n_trials,
            patience=self.patience,
            sampler=self.sampler,
            pruner=self.pruner,
            question=replace(question, identity=identity),
        )

    def _run(self, search: "Search", started: float) -> None:
        """Search here, and in further processes where they are asked for."""
        if self.workers == 1:
            search.run(self._left(started))
            return
        # Started afresh, not forked: a copy of a process with threads may hang.
        fresh = multiprocessing.get_context("spawn")
        left = self._left(started)
        others = [fresh.Process(target=search.run_quietly, args=(left,)) for _ in range(self.workers - 1)]
        try:
            with _deaf():
                for other in others:
                    other.start()
            search.run(left)
            for other in others:
                other.join()
        except BaseException:
            # Ctrl-C of a terminal has reached them too. Whoever was not told is told in a way that lets it
            # put back the trial it is at.
            for other in others:
                if other.pid is not None:
                    other.join(_SOON)
                    if other.is_alive():
                        os.kill(other.pid, signal.SIGINT)
            for other in others:
                if other.pid is not None:
                    other.join(_GOODBYE)
                    other.kill()
            raise
        if any(other.exitcode for other in others):
            log.warning("a process of the search was killed or failed; what it was at is tried again")

    def _wait(self, search: "Search", started: float) -> None:
        """Go on until the trials of other processes have ended too, and those of dead ones are done again."""
        told = False
        while search.is_short() and (left := self._left(started)) != 0:
            if search.waits():
                if not told:
                    log.info("waiting for trials that another process is at")
                    told = True
                time.sleep(_LOOK)
            else:
                search.run(left)

    def _left(self, started: float) -> float | None:
        return None if self.timeout is None else max(0.0, self.timeout - (time.monotonic() - started))


@contextmanager
def _deaf() -> Iterator[None]:
    """Let processes that are started inside not hear Ctrl-C before they can put back a trial."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _digest(what: Any) -> str:
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
