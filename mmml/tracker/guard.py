"""A guard between a training and its tracker: what goes wrong there costs a warning, never the training."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mmml.bundle.manifest import Manifest
from mmml.config.secrets import masked
from mmml.errors import MmmlError
from mmml.tracker.base import Tracker
from mmml.tracker.none import NoTracker
from mmml.tuner.study import Study

log = logging.getLogger(__name__)

#: The end of every hint.
WITHOUT = "tracker=none tracks nothing"

# A reason longer than this, characters, is some library's whole story.
_LONGEST_REASON = 300


class Guarded:
    """Asks a tracker in a thread of its own, and waits for all its answers together no longer than agreed.

    After the first failure the tracker is asked no more, but to close what it has begun. A thread that still
    waits for a server is left behind; it does not keep the process from ending.

    Args:
        tracker: the one to speak to.
    """

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker
        self.required = tracker.required
        self.timeout = tracker.timeout
        self._left = tracker.timeout
        self._given_up = type(tracker) is NoTracker
        self._failure: Exception | None = None
        self._before: threading.Thread | None = None
        self._bundle: Path | None = None

    def prepare(self) -> None:
        """Import what the tracker needs.

        Raises:
            MmmlError: that failed, and the tracker is required. So do all steps but `end`.
        """
        if self._given_up:
            return
        try:
            self._tracker.prepare()
        except Exception as error:  # noqa: BLE001  # the border of tracking: it never ends a training by itself
            self._give_up(error)

    def start(self, name: str, parameters: Mapping[str, Any], folder: Path) -> None:
        """Pass it on."""
        self.prepare()
        self._ask(lambda: self._tracker.start(name, parameters, folder))

    def tuned(self, study: Study) -> None:
        """Pass it on."""
        self._ask(lambda: self._tracker.tuned(study))

    def trained(self, bundle: Path, manifest: Manifest) -> None:
        """Pass it on."""
        self._bundle = bundle
        self._ask(lambda: self._tracker.trained(bundle, manifest))

    def published(self, version: int) -> None:
        """Pass it on."""
        self._ask(lambda: self._tracker.published(version))

    def end(self, error: BaseException | None = None) -> None:
        """Pass it on. Where the training has failed, that is what its user must hear of, and nothing else."""
        if error is not None:
            self.required = False
        if self._failure is not None and self._tracker.reference:
            failure = self._failure
            self._run(lambda: self._tracker.end(failure))
        else:
            self._ask(lambda: self._tracker.end(error))

    @property
    def reference(self) -> Mapping[str, str]:
        """What the tracker says; empty after a failure."""
        return {} if self._given_up else self._tracker.reference

    def resume(self, reference: Mapping[str, str]) -> None:
        """Pass it on."""
        self.prepare()
        self._ask(lambda: self._tracker.resume(reference))

    def _ask(self, step: Callable[[], None]) -> None:
        if self._given_up:
            return
        failure = self._run(step)
        if failure is not None:
            self._give_up(failure)

    def _run(self, step: Callable[[], None]) -> Exception | None:
        """Run a step in a thread and wait for it as long as is left; return what went wrong."""
        failed: list[Exception] = []
        before = self._before

        def work() -> None:
            # Ctrl-C may have come while the step before was under way: steps never overlap.
            if before is not None:
                before.join()
            try:
                step()
            except Exception as error:  # noqa: BLE001  # the border of tracking, as above
                failed.append(error)

        started = time.monotonic()
        thread = self._before = threading.Thread(target=work, name="tracker", daemon=True)
        thread.start()
        thread.join(self._left)
        self._left = max(0.0, self._left - (time.monotonic() - started))
        if thread.is_alive():
            hint = f"tracker.timeout={4 * self.timeout:g} waits longer, {WITHOUT}"
            return MmmlError(f"{self._tracker} took longer than {self.timeout:g} s", hint)
        self._failure = self._failure or (failed[0] if failed else None)
        return failed[0] if failed else None

    def _give_up(self, error: Exception) -> None:
        self._given_up = True
        first = next(iter(str(error).splitlines()), "")
        reason = error.message if isinstance(error, MmmlError) else f"{type(error).__name__}: {first}"
        reason = masked(reason)[:_LONGEST_REASON]
        hint = error.hint if isinstance(error, MmmlError) and error.hint else WITHOUT
        if self.required:
            kept = f"; the bundle is complete: {self._bundle}" if self._bundle else ""
            raise MmmlError(f"this training must be tracked, but {reason}{kept}", hint)
        log.warning("this training is not tracked any further: %s (%s)", reason, hint)


@contextmanager
def tracked(tracker: Tracker, name: str, parameters: Mapping[str, Any], folder: Path) -> Iterator[None]:
    """Tell a tracker of the beginning and the end of what happens inside, however it ends.

    Args:
        tracker: guarded.
        name: of the experiment.
        parameters: see `Tracker.start`.
        folder: the run folder.
    """
    try:
        tracker.start(name, parameters, folder)
        yield
    except BaseException as error:
        tracker.end(error)
        raise
    tracker.end()
