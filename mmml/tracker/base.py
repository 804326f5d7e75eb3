"""What every tracker offers: it hears of each step of a training, and never changes one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from mmml.bundle.manifest import Manifest
from mmml.tuner.study import Study


class Tracker(Protocol):
    """Hears of the steps of one training, in this order."""

    def start(self, name: str, parameters: Mapping[str, Any]) -> None:
        """A training begins.

        Args:
            name: of the experiment.
            parameters: of the whole composed config, by dotted path; what comes from the environment is not
                in it.
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

    def end(self, error: str | None = None) -> None:
        """The training is over; with the reason where it failed."""
        ...

    @property
    def reference(self) -> Mapping[str, str]:
        """What `resume` needs to find the run again; empty where nothing was kept."""
        ...

    def resume(self, reference: Mapping[str, str]) -> None:
        """Go on with a run that has ended: a sweep publishes its best bundle afterwards."""
        ...
