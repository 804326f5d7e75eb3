"""Progress bars of long work: on stderr, and only where a person looks at it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Bar:
    """A bar that is drawn.

    Args:
        at: moves it to a number of things done.
    """

    at: Callable[[int], None]


@contextmanager
def bar(what: str, total: int | None = None) -> Iterator[Bar]:
    """Draw how far work has come; draws nothing where stderr is no terminal.

    Args:
        what: the work, as the bar names it: ``features``.
        total: how many things there are to do, where that is known.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as drawn:
        task = drawn.add_task(what, total=total)
        yield Bar(lambda done: drawn.update(task, completed=done))


def progress(items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """Yield ``items`` and draw how many have passed; see `bar`.

    Args:
        items: what is worked on.
        what: the work, as the bar names it.
        total: how many items there are, where that is known.
    """
    with bar(what, total) as shown:
        for done, item in enumerate(items, start=1):
            yield item
            shown.at(done)
