"""What every tracker offers: it hears of each step of a training, and never changes one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from mmml.bundle.manifest import Manifest
from mmml.tuner.study import Study


class Tracker(Protocol):
    """Hears of the steps of one training, in this order.

    Whatever a step raises is caught by `mmml.tracker.guard.Guarded`, through which the engine speaks.

    Attributes:
        required: whether a training fails where it cannot be tracked.
        timeout: seconds that all steps together may make a training wait.
    """

    required: bool
    timeout: float

    def prepare(self) -> None:
        """Import what the other steps need.

        Unlike them it is called on the thread that trains, and takes its time: two threads that import at
        once can wait for each other for ever.

        Raises:
            MmmlError: a library is missing.
        """
        ...

    def start(self, name: str, parameters: Mapping[str, Any], folder: Path) -> None:
        """A training begins.

        Args:
            name: of the experiment.
            parameters: of the whole composed config, by dotted path; what comes from the environment is not
                in it.
            folder: its run folder.
        """
        ...

    def tuned(self, study: Study) -> None:
        """A search has ended."""
        ...

    def trained(self, bundle: Path, manifest: Manifest) -> None:
        """A bundle was written: its metrics, report, figures and model can be kept."""
        ...

    def published(self, version: int) -> None:
        """The bundle got a version in the store."""
        ...

    def end(self, error: BaseException | None = None) -> None:
        """The training is over; with the reason where it failed or was stopped."""
        ...

    @property
    def reference(self) -> Mapping[str, str]:
        """What `resume` needs to find the run again; empty where nothing was kept."""
        ...

    def resume(self, reference: Mapping[str, str]) -> None:
        """Go on with a run that has ended: a sweep publishes its best bundle afterwards."""
        ...
