"""How far a made set has come: so that a killed run goes on, and two runs do not get in each other's way."""

import fcntl
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mmml.dataset.maker import Facts

log = logging.getLogger(__name__)

#: One line for each sample that is complete, while the set is being made. A file without its line is half
#: written, perhaps, and made again.
JOURNAL = "journal.jsonl"


def read_journal(folder: Path) -> dict[int, Facts]:
    """Return the rows of the samples that are complete, by index."""
    rows: dict[int, Facts] = {}
    journal = folder / JOURNAL
    if journal.is_file():
        for line in journal.read_text(encoding="utf-8").splitlines():
            # What a killed run left half written counts as not there.
            with suppress(ValueError):
                index, row = json.loads(line)
                rows[index] = row
    return {index: row for index, row in rows.items() if (folder / str(row["path"])).is_file()}


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold a lock that the system takes back from a process that dies, however it dies."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.info("another process makes this set; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
