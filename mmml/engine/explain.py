"""Pictures that explain what models say of inputs: one file an input, written whole or not at all."""

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mmml.bundle.read import Bundle
from mmml.engine.extract import Observed
from mmml.engine.reasons import reasons
from mmml.engine.rows import Row
from mmml.errors import UsageError
from mmml.task.decision import Decision
from mmml.value import EXPLAINED

if TYPE_CHECKING:
    from mmml.report.explained import Verdict

# So many features are shown, those that decided most.
_SHOWN = 5
# Longest name of a file in most file systems: 255 bytes, of which hash and ending take some.
_LONGEST = 200


class Explainer:
    """Draws a picture of each input: where what is seen, what each model says, and which features decided.

    A picture has the name of its input, folders and all, with a hash that tells apart what is then called
    alike; one that is there already under this name is replaced.

    Args:
        folder: where the pictures go; made where it is missing.

    Raises:
        UsageError: there cannot be such a folder, or it may not be written to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files: set[str] = set()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or error
            raise UsageError(f"no pictures can go to {folder}: {reason}", "name a folder") from None
        if not os.access(folder, os.W_OK | os.X_OK):
            raise UsageError(f"no pictures can go to {folder}: it may not be written to", "name a folder")

    def explain(self, seen: Observed, said: Sequence[tuple[Bundle, Row]]) -> None:
        """Draw and write the picture of one input.

        Args:
            seen: the input, looked at.
            said: what each model says of it.

        Raises:
            OSError: the disk is full, or the folder may not be written to.
        """
        if seen.sight is None:
            return
        from mmml.report.explained import drawn

        notes = [*seen.told(seen.remarks), *seen.sight.notes]
        verdicts = [_verdict(model, row, seen) for model, row in said]
        data = drawn(seen.input.name, seen.sight.picture, seen.sight.maps, verdicts, notes)
        file = self.folder / file_name(seen.input.name)
        coming = file.with_name(f".{os.getpid()}.part")
        try:
            coming.write_bytes(data)
            coming.replace(file)
        finally:
            coming.unlink(missing_ok=True)
        self._files.add(file.name)

    @property
    def written(self) -> int:
        """How many pictures there are so far; an input that came twice has one."""
        return len(self._files)


def file_name(path: str) -> str:
    """Return the name of the picture of an input: ``site_1_door-5e8b1c2a.explained.jpg``."""
    flat = re.sub(r"[^\w.-]+", "_", str(Path(path).with_suffix(""))).strip("_.-") or "input"
    while len(flat.encode()) > _LONGEST:
        flat = flat[1:]  # its end tells more than the folder where it begins
    return f"{flat}-{hashlib.sha256(path.encode()).hexdigest()[:8]}{EXPLAINED}"


def _verdict(model: Bundle, row: Row, seen: Observed) -> "Verdict":
    from mmml.report.explained import Verdict

    decision = model.manifest.decision
    found = []
    if row.error is None:
        features = model.features.join(seen.features)
        found = [reason for reason in reasons(model, features, row.label)[:_SHOWN] if reason.change]
    low, high, scale = _scale(decision, row)
    return Verdict(
        model=model.reference,
        said=row.label if row.value is None else f"{row.value:.4g} {row.unit or ''}".strip(),
        score=row.score,
        scored=decision.positive or row.label,
        threshold=row.threshold,
        error=row.error,
        low=low,
        high=high,
        scale=scale,
        bars=[(reason.feature, reason.value, reason.usual, reason.change) for reason in found],
    )


def _scale(decision: Decision, row: Row) -> tuple[str, str, str]:
    """Return what a change to the left and to the right speaks for, and what the changes are of."""
    odds = "the log-odds of the score"
    if decision.positive is not None:
        return f"for {decision.classes[0]}", f"for {decision.positive}", odds
    if row.label is not None:
        return f"against {row.label}", f"for {row.label}", odds
    return "for less", "for more", f"the value{f' ({row.unit})' if row.unit else ''}"
