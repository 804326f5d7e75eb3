"""Work on many things side by side, in order and bounded: on joblib, so that a cluster can do it too."""

import threading
import warnings
from collections.abc import Callable, Generator, Iterable
from itertools import chain, islice
from typing import Any, Generic, TypeVar

T = TypeVar("T")

# Results that may wait for whoever takes them. Between two windows the workers idle for a moment.
_WINDOW = 256


def side_by_side(
    work: Callable[..., T], calls: Iterable[tuple[Any, ...]], *, n_jobs: int, backend: str = "threading"
) -> Generator[T]:
    """Yield ``work(*call)`` for each call, in their order, as soon as it is there.

    Only a few calls are under way at once, so ``calls`` may be endless. Whoever stops asking gets no
    further work done, and no thread is left behind.

    Args:
        work: what is done.
        calls: its arguments; read on demand.
        n_jobs: how many at once; -1 for one a processor. With 1 all happens here, without joblib.
        backend: joblib's: ``threading`` or ``loky``; a Dask cluster where joblib was told so.
    """
    if n_jobs == 1:
        yield from (work(*call) for call in calls)
        return
    # Imported here: one input needs no joblib, which takes longer to import than to predict a photo.
    from joblib import Parallel, delayed

    # joblib would tell how many results are thrown away; whoever stopped asking knows.
    warnings.filterwarnings("ignore", message=r"\d+ tasks (have been|which were)", module="joblib")
    underway = _Underway(work)
    done = underway if backend == "threading" else work
    waiting = iter(calls)
    try:
        with Parallel(n_jobs=n_jobs, backend=backend, return_as="generator", batch_size=1) as workers:
            # joblib works on whether or not its results are taken: a window bounds what is kept for whoever
            # takes them.
            while (first := next(waiting, None)) is not None:
                window = chain([first], islice(waiting, _WINDOW - 1))
                yield from workers(delayed(done)(*call) for call in window)
    finally:
        underway.wait()


class _Underway(Generic[T]):
    """Counts what threads are working on, to wait for it when the results are no longer wanted.

    joblib does not wait for its threads, and Python cannot end while one of them is inside a decoder: the
    process would abort instead of leaving with its exit code.
    """

    def __init__(self, work: Callable[..., T]) -> None:
        self._work = work
        self._changed = threading.Condition()
        self._count = 0

    def __call__(self, *call: Any) -> T:
        self._add(1)
        try:
            return self._work(*call)
        finally:
            self._add(-1)

    def wait(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._count == 0)

    def _add(self, change: int) -> None:
        with self._changed:
            self._count += change
            self._changed.notify_all()
