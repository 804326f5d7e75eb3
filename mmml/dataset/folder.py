"""A dataset that is a folder with one sub-folder per class."""

import logging
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from mmml import value
from mmml.dataset.sample import Sample
from mmml.errors import MmmlError, UsageError, did_you_mean

logger = logging.getLogger(__name__)


class Folder:
    r"""Reads samples from ``path/CLASS/…``, at any depth below the folder of the class.

    Hidden files and folders are passed over; other files that are not of the modality are counted in one
    warning.

    Args:
        path: the folder that holds the folders of the classes.
        modality: what the files are: ``image``.
        classes: class of each sub-folder by the folder's name; several folders may share a class, and
            sub-folders that are not named are left out. None: every sub-folder is a class of its own name.
        group: regular expression that finds the group in a file's name: its first capturing group, or all
            that it matches. ``^(\d+)_`` puts ``12_a.jpg`` and ``12_b.jpg`` together. None: every file is
            a group of its own.
        split: regular expression for the path below ``path``, with forward slashes: what matches is the
            test split, the rest is for training. None: the split is not prescribed.

    Raises:
        UsageError: an unknown modality, or an expression that is none.
    """

    def __init__(
        self,
        path: str | Path,
        modality: str = "image",
        classes: Mapping[str, str] | None = None,
        group: str | None = None,
        split: str | None = None,
    ) -> None:
        self.path = Path(path).expanduser()
        self.modality = modality
        self.classes = classes
        self.group = group
        self.split = split
        value.modality(modality)
        self._group = _expression("group", group)
        self._split = _expression("split", split)

    def samples(self) -> list[Sample]:
        """Return all samples, sorted by their paths.

        Raises:
            MmmlError: the folder is missing or holds no samples, a folder named in ``classes`` is missing or
                holds none, a folder cannot be read, or ``group`` does not match a file's name.
        """
        if not self.path.is_dir():
            raise MmmlError(
                f"there is no folder {self.path}",
                "set dataset.path to a folder with one sub-folder per class",
            )
        labels = self._labels()
        left_out: Counter[str] = Counter()
        samples = []
        for name, label in labels.items():
            found = [self._sample(file, label) for file in self._files(self.path / name, left_out)]
            if not found and self.classes is not None:
                raise MmmlError(f"{self.path / name} holds no {self.modality} files")
            if not found:
                logger.warning(
                    "%s: no class %s, for its folder holds no %s files", self.path, label, self.modality
                )
            samples += found
        if left_out:
            endings = ", ".join(f"{count} {ending}" for ending, count in left_out.most_common(5))
            logger.warning(
                "%s: left out %d files that are not of modality %s (%s)",
                self.path, left_out.total(), self.modality, endings,
            )  # fmt: skip
        if not samples:
            raise MmmlError(
                f"{self.path} holds no {self.modality} files in folders of classes",
                "make one folder per class: sharp/, blurred/; or set dataset.modality",
            )
        return samples

    def _labels(self) -> dict[str, str]:
        """Return the class of every sub-folder that takes part."""
        found = sorted(
            entry.name for entry in _listed(self.path) if entry.is_dir() and not _hidden(entry.name)
        )
        if self.classes is None:
            return {name: _text(name) for name in found}
        labels = {str(name): str(label) for name, label in self.classes.items()}
        for name in labels:
            if name not in found:
                raise MmmlError(f"{self.path} has no folder {name}", did_you_mean(name, map(_text, found)))
        others = [_text(name) for name in found if name not in labels]
        if others:
            logger.warning("%s: left out folders without a class: %s", self.path, ", ".join(others))
        return dict(sorted(labels.items()))

    def _files(self, folder: Path, left_out: Counter[str]) -> Iterator[Path]:
        """Yield the files of the modality at any depth, sorted, and count the others by their endings."""
        for entry in sorted(_listed(folder), key=lambda entry: entry.name):
            if _hidden(entry.name):
                continue
            if entry.is_dir() and not entry.is_symlink():
                yield from self._files(entry, left_out)
            elif value.modality_of(entry) == self.modality and not entry.name.endswith(value.EXPLAINED):
                yield entry
            else:
                left_out[_text(entry.suffix) or "without an ending"] += 1

    def _sample(self, file: Path, label: str) -> Sample:
        group = split = None
        if self._group:
            match = self._group.search(file.name)
            group = match and match[1 if self._group.groups else 0]
            if group is None:
                raise MmmlError(
                    f"dataset.group={self.group} does not match the file {_text(str(file))}",
                    "mend the expression, or rename the file",
                )
            group = _text(group)
        if self._split:
            split = "test" if self._split.search(file.relative_to(self.path).as_posix()) else "train"
        return Sample(file, label, group, split)


def _expression(name: str, expression: str | None) -> re.Pattern[str] | None:
    try:
        return None if expression is None else re.compile(expression)
    except re.error as error:
        raise UsageError(
            f"dataset.{name}={expression} is not a regular expression: {error}",
            r"an example that works: dataset.group='^(\d+)_'",
        ) from None


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise MmmlError(f"{_text(str(folder))} cannot be read: {error.strerror}") from None


def _hidden(name: str) -> bool:
    return name.startswith(".")


def _text(name: str) -> str:
    # The name of a file is bytes and need not be UTF-8; what goes into reports and tables must be.
    return os.fsencode(name).decode("utf-8", "backslashreplace")
