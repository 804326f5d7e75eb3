"""Errors that a user can act on, and the exit codes of the command line."""

import difflib
from collections.abc import Iterable
from enum import IntEnum


class Exit(IntEnum):
    """What the exit code of a command says."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    SOME_INPUTS_FAILED = 3
    GATE_NOT_MET = 4


#: Where several codes hold at once, the first of these is reported.
PRECEDENCE = (Exit.USAGE, Exit.FAILED, Exit.GATE_NOT_MET, Exit.SOME_INPUTS_FAILED, Exit.DONE)


class MmmlError(Exception):
    """Something is wrong that the user can understand and mend.

    Args:
        message: what is wrong, in one sentence without a final stop.
        hint: what to do about it; shown on a line of its own.
    """

    exit_code = Exit.FAILED

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[type, tuple[str, str | None]]:
        # An error may cross a process border on its way to the command that reports it.
        return type(self), (self.message, self.hint)


class UsageError(MmmlError):
    """The command or its config is wrong; nothing was started."""

    exit_code = Exit.USAGE


class MissingLibrary(MmmlError):
    """A library that not every machine needs is needed here, and is not installed."""


class ContractError(MmmlError):
    """A class does not do what its base promises: the mistake is in the code, not in one input."""


def worst(codes: Iterable[Exit]) -> Exit:
    """Return the code to report where all of ``codes`` hold; `Exit.DONE` for none."""
    held = set(codes)
    return next((code for code in PRECEDENCE if code in held), Exit.DONE)


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return a hint that names the nearest of ``choices``, or all of them where none is near."""
    known = sorted(set(choices))
    near = difflib.get_close_matches(str(word), known, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]}?"
    return f"choose one of: {', '.join(known)}" if known else "there is nothing to choose from yet"
