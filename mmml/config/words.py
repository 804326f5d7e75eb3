"""Overrides as users type them, and as Hydra wants them."""

import re
from collections.abc import Iterator, Sequence

from mmml.errors import UsageError

# A user and a password before the host of an address.
_PASSWORD = re.compile(r"://[^/@\s:]*:[^/@\s]+@")
_SPACE = "tuner.space"


def for_hydra(words: Sequence[str]) -> list[str]:
    """Return overrides that Hydra understands.

    ``experiment=NAME`` gets the plus that Hydra wants. ``tuner.space={…}`` replaces the space that an
    experiment brings along, where Hydra would merge the two; ``tuner.space.PATH.high=10`` changes a part.

    Args:
        words: without flags.

    Raises:
        UsageError: a word holds a password, which Hydra would write into the run folder.
    """
    return [word for given in words for word in _for_hydra(given)]


def _for_hydra(word: str) -> Iterator[str]:
    if _PASSWORD.search(word) and "${" not in word:
        key = word.partition("=")[0]
        raise UsageError(
            f"{key} holds a password, which would be written into the run folder",
            f"keep the address in a variable of the environment: '{key}=${{oc.env:NAME}}'",
        )
    if word.startswith("experiment="):
        yield f"+{word}"
    elif word.startswith(f"{_SPACE}="):
        yield f"~{_SPACE}"
        yield f"+{word}"
    elif word.startswith(f"{_SPACE}."):
        yield f"++{word}"
    else:
        yield word
