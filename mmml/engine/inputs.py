"""Which files are meant: paths, folders, patterns and paths on stdin become inputs, in a stable order."""

import glob
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from mmml.engine.extract import Input
from mmml.value import EXPLAINED, modality_of, shown


class Inputs:
    """The inputs that arguments name, read on demand.

    Files named one by one are inputs whatever they hold; in folders and patterns, files of no modality and
    pictures that `mmml predict --explain` has drawn are passed over and counted. Entries of folders that
    begin with a dot are not looked at.

    Args:
        arguments: files, folders (searched through), patterns such as ``site/**/*.jpg``, ``-`` for paths on
            ``stdin``.
        stdin: lines with one path each; NUL works as a separator too.
    """

    def __init__(self, arguments: Iterable[str], stdin: Iterable[bytes] = ()) -> None:
        self._arguments = list(arguments)
        self._stdin = stdin
        #: How many files were passed over, by ending.
        self.passed_over: Counter[str] = Counter()

    def __iter__(self) -> Iterator[Input]:
        for argument in self._arguments:
            if argument == "-":
                for path in self._listed():
                    yield from self._named(path)
            else:
                yield from self._named(argument)

    def _named(self, argument: str) -> Iterator[Input]:
        path = Path(argument)
        if not argument:
            # An unset variable of a shell; the path of nothing would be the whole folder that one is in.
            yield Input("", path, None, "the path is empty")
            return
        if os.path.isdir(path):  # noqa: PTH112  # pathlib raises behind a closed folder
            yield from self._below(path)
        elif os.path.lexists(path):
            yield Input(shown(argument), path, modality_of(path))
        elif glob.has_magic(argument):
            yield from self._matching(argument)
        else:
            yield Input(shown(argument), path, modality_of(path))

    def _below(self, folder: Path) -> Iterator[Input]:
        closed: list[OSError] = []
        for home, folders, files in os.walk(folder, onerror=closed.append):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                if not name.startswith("."):
                    yield from self._found(Path(home) / name)
        # A folder that may not be opened is told like a file that may not be read.
        for denied in closed:
            reason = f"the folder cannot be opened: {denied.strerror}"
            yield Input(shown(denied.filename), Path(denied.filename), None, reason)

    def _matching(self, pattern: str) -> Iterator[Input]:
        found = sorted(glob.iglob(pattern, recursive=True))  # noqa: PTH207  # pathlib knows no absolute patterns
        if not found:
            yield Input(shown(pattern), Path(pattern), None, "nothing matches this pattern")
        for name in found:
            path = Path(name)
            if os.path.isdir(path):  # noqa: PTH112  # as above
                # `**` lists the folders and what is below them; `site/*` means the folders whole.
                if "**" not in pattern:
                    yield from self._below(path)
            else:
                yield from self._found(path)

    def _found(self, path: Path) -> Iterator[Input]:
        if path.name.endswith(EXPLAINED):
            self.passed_over[EXPLAINED] += 1
            return
        modality = modality_of(path)
        if modality is None:
            self.passed_over[path.suffix.lower() or "no ending"] += 1
        else:
            yield Input(shown(path), path, modality, named=False)

    def _listed(self) -> Iterator[str]:
        for line in self._stdin:
            for item in line.rstrip(b"\r\n").split(b"\0"):
                if item:
                    yield os.fsdecode(item)
