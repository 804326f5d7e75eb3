"""What was measured before: features and identities by content, parameters and code, in one SQLite file."""

import hashlib
import logging
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

FILE = "features.sqlite"

_TABLE = """
CREATE TABLE IF NOT EXISTS entries (
    content BLOB NOT NULL, kind BLOB NOT NULL, value BLOB NOT NULL, used INTEGER NOT NULL,
    PRIMARY KEY (content, kind)
) WITHOUT ROWID
"""
# So long another process may write, seconds, before this one goes on without the cache.
_PATIENCE = 20.0
# When an entry was last used is kept to the day: to write at every reading would cost more than it is worth.
_DAY = 86_400
# What is left of a cache that has grown too large.
_KEPT = 0.8


@dataclass(frozen=True)
class CacheInfo:
    """How full a cache is.

    Args:
        path: its file.
        entries: how many things it remembers.
        bytes: size of the file.
        largest: size that it may grow to, bytes.
    """

    path: str
    entries: int
    bytes: int
    largest: int


class FeatureCache:
    """Remembers bytes by content hash and by what they are of; safe for several threads and processes.

    A cache is a help, never a need: where its file is locked, broken, full or not to be written, one
    warning says so and work goes on without it.

    Args:
        folder: where its file is; made when the first entry is written.
        largest: size that the file may grow to, bytes; then what was not used for the longest time goes.
    """

    def __init__(self, folder: Path, largest: int) -> None:
        self.path = folder / FILE
        self.largest = largest
        self._start()

    def get(self, sha256: str, kinds: Sequence[str]) -> dict[str, bytes]:
        """Return what is known of a content, by kind; what is not known is left out."""
        if not self._opened(make=False):
            return {}
        keys = {_digest(kind): kind for kind in kinds}
        marks = ",".join("?" * len(keys))
        rows: list[tuple[bytes, bytes]] = []
        with self._lock, self._harmless():
            rows = self._connection.execute(
                f"SELECT kind, value FROM entries WHERE content = ? AND kind IN ({marks})",
                (bytes.fromhex(sha256), *keys),
            ).fetchall()
            self._used.extend((bytes.fromhex(sha256), kind) for kind, _ in rows)
        return {keys[kind]: value for kind, value in rows}

    def put(self, entries: Iterable[tuple[str, str, bytes]]) -> None:
        """Remember values: content hash (hex), kind, value."""
        today = int(time.time()) // _DAY
        rows = [(bytes.fromhex(sha256), _digest(kind), value, today) for sha256, kind, value in entries]
        used = [(today, *key, today) for key in self._used]
        if not (rows or used) or not self._opened(make=True):
            return
        with self._lock, self._harmless():
            self._used.clear()
            with self._connection as transaction:
                transaction.execute("BEGIN IMMEDIATE")
                transaction.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)", rows)
                transaction.executemany(
                    "UPDATE entries SET used = ? WHERE content = ? AND kind = ? AND used < ?", used
                )
            self._bound()

    def info(self) -> CacheInfo:
        """Return how full the cache is; one that was never written to is empty.

        Raises:
            sqlite3.Error: the file is no cache, or is broken.
        """
        entries = 0
        if self.path.exists():
            with self._lock:
                self._connect()
                (entries,) = self._connection.execute("SELECT COUNT(*) FROM entries").fetchone()
        return CacheInfo(str(self.path), entries, self._size(), self.largest)

    def clear(self) -> int:
        """Forget everything, also where the file is broken; return how many bytes are free now."""
        before = self._size()
        try:
            if self.path.exists():
                with self._lock:
                    self._connect()
                    self._connection.execute("DELETE FROM entries")
                    self._connection.execute("VACUUM")
                    self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise  # locked by another process, which still needs it
            for file in self._files():
                file.unlink(missing_ok=True)
            self._start()
        return before - self._size()

    def __reduce__(self) -> tuple[Any, tuple[Path, int]]:
        # Another process opens the file for itself, once, and finds out but once that it is broken.
        return _of_this_process, (self.path.parent, self.largest)

    def _start(self) -> None:
        self._lock = threading.RLock()
        self._open: sqlite3.Connection | None = None
        self._broken = False
        self._used: list[tuple[bytes, bytes]] = []

    @property
    def _connection(self) -> sqlite3.Connection:
        assert self._open is not None
        return self._open

    def _opened(self, make: bool) -> bool:
        """Open the file where that has not happened yet; tell whether there is one to work with."""
        with self._lock:
            if self._broken or self._open is not None:
                return not self._broken
            if not make and not self.path.exists():
                return False
            with self._harmless():
                self._connect()
        return self._open is not None

    def _connect(self) -> None:
        if self._open is not None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        opened = sqlite3.connect(
            self.path, timeout=_PATIENCE, check_same_thread=False, isolation_level=None, cached_statements=8
        )
        try:
            opened.execute("PRAGMA auto_vacuum = INCREMENTAL")
            opened.execute("PRAGMA journal_mode = WAL")
            # What a power failure takes away is measured again.
            opened.execute("PRAGMA synchronous = NORMAL")
            opened.execute(_TABLE)
        except sqlite3.Error:
            opened.close()
            raise
        self._open = opened

    def _bound(self) -> None:
        if self._size() <= self.largest:
            return
        connection = self._connection
        (count,) = connection.execute("SELECT COUNT(*) FROM entries").fetchone()
        gone = max(1, round(count * (1 - _KEPT * self.largest / max(self._size(), 1))))
        connection.execute(
            "DELETE FROM entries WHERE (content, kind) IN "
            "(SELECT content, kind FROM entries ORDER BY used LIMIT ?)",
            (gone,),
        )
        connection.execute("PRAGMA incremental_vacuum").fetchall()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        log.info("the cache of features was full: %d entries that were not used for long are gone", gone)

    def _files(self) -> list[Path]:
        return [self.path.with_name(self.path.name + ending) for ending in ("", "-wal", "-shm")]

    def _size(self) -> int:
        sizes = 0
        for file in self._files():
            with suppress(OSError):
                sizes += file.stat().st_size
        return sizes

    @contextmanager
    def _harmless(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            # Several threads may run into it at once.
            if self._broken:
                return
            self._broken = True
            log.warning("going on without the cache of features %s: %s", self.path, error)
            log.warning("hint: mmml data cache clear empties it; cache.path=null works without one")


@cache
def _of_this_process(folder: Path, largest: int) -> FeatureCache:
    return FeatureCache(folder, largest)


def _digest(kind: str) -> bytes:
    return hashlib.blake2b(kind.encode(), digest_size=16).digest()
