"""The tracker that keeps nothing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmml.bundle.manifest import Manifest
from mmml.tuner.study import Study


class NoTracker:
    """Keeps nothing and writes nothing."""

    def start(self, name: str, parameters: Mapping[str, Any]) -> None:
        """Do nothing."""

    def tuned(self, study: Study) -> None:
        """Do nothing."""

    def trained(self, bundle: Path, manifest: Manifest) -> None:
        """Do nothing."""

    def published(self, version: int) -> None:
        """Do nothing."""

    def end(self, error: str | None = None) -> None:
        """Do nothing."""

    @property
    def reference(self) -> Mapping[str, str]:
        """Empty: there is no run to find again."""
        return {}

    def resume(self, reference: Mapping[str, str]) -> None:
        """Do nothing."""
