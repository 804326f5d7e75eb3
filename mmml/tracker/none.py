"""No tracker: nothing is kept of a training but its run folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmml.bundle.manifest import Manifest
from mmml.tuner.study import Study


class NoTracker:
    """Keeps nothing and writes nothing."""

    required = False
    timeout = 0.0

    def prepare(self) -> None:
        """Do nothing."""

    def start(self, name: str, parameters: Mapping[str, Any], folder: Path) -> None:
        """Do nothing."""

    def tuned(self, study: Study) -> None:
        """Do nothing."""

    def trained(self, bundle: Path, manifest: Manifest) -> None:
        """Do nothing."""

    def published(self, version: int) -> None:
        """Do nothing."""

    def end(self, error: BaseException | None = None) -> None:
        """Do nothing."""

    @property
    def reference(self) -> Mapping[str, str]:
        """Empty: there is no run to find again."""
        return {}

    def resume(self, reference: Mapping[str, str]) -> None:
        """Do nothing."""
