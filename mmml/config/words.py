"""Overrides as users type them, and as Hydra wants them."""

from collections.abc import Iterator, Sequence

_SPACE = "tuner.space"


def for_hydra(words: Sequence[str]) -> list[str]:
    """Return overrides that Hydra understands.

    ``experiment=NAME`` gets the plus that Hydra wants. ``tuner.space={…}`` replaces the space that an
    experiment brings along, where Hydra would merge the two; ``tuner.space.PATH.high=10`` changes a part.

    Args:
        words: without flags.
    """
    return [word for given in words for word in _for_hydra(given)]


def _for_hydra(word: str) -> Iterator[str]:
    if word.startswith("experiment="):
        yield f"+{word}"
    elif word.startswith(f"{_SPACE}="):
        yield f"~{_SPACE}"
        yield f"+{word}"
    elif word.startswith(f"{_SPACE}."):
        yield f"++{word}"
    else:
        yield word
