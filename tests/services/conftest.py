"""Real servers on loopback, each started for the tests and ended by its process id."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

# So long a server may take to come up, seconds.
_PATIENCE = 60


@dataclass(frozen=True)
class Postgres:
    """A database server of the test's own.

    Args:
        port: on 127.0.0.1.
        password: of the user ``mmml``, who owns the database ``studies``.
    """

    port: int
    password: str

    @property
    def url(self) -> str:
        """The address with the password in it."""
        return f"postgresql+psycopg://mmml:{self.password}@127.0.0.1:{self.port}/studies"


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """PostgreSQL from Debian's packages, with password authentication."""
    # The folders of pytest are closed to the user that the server runs as.
    with tempfile.TemporaryDirectory(prefix="mmml-postgres-") as folder:
        yield from _served(Path(folder))


def _served(home: Path) -> Iterator[Postgres]:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    assert found, "PostgreSQL is not installed: make services"
    programs, port = found[-1].parent, free_port()
    data, secret = home / "data", home / "secret"
    secret.write_text("a-password-of-the-test")
    # The server refuses to run as root.
    as_user: list[str] = []
    if os.geteuid() == 0:
        as_user = ["runuser", "-u", "postgres", "--"]
        for path in (home, secret):
            shutil.chown(path, "postgres")
    subprocess.run(
        [*as_user, programs / "initdb", "-D", data, "-U", "mmml", "--auth=scram-sha-256", "--pwfile", secret],
        check=True, capture_output=True, cwd="/",
    )  # fmt: skip
    settings = ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            [*as_user, programs / "postgres", "-D", data, "-p", str(port), "-k", home, *settings],
            stdout=log, stderr=log, cwd="/",
        )  # fmt: skip
        try:
            environment = {**os.environ, "PGPASSWORD": "a-password-of-the-test"}
            words = ["-h", "127.0.0.1", "-p", str(port), "-U", "mmml"]
            deadline = time.monotonic() + _PATIENCE
            while subprocess.run([programs / "pg_isready", *words], capture_output=True).returncode:
                assert server.poll() is None, (home / "log").read_text()
                assert time.monotonic() < deadline, (home / "log").read_text()
            subprocess.run([programs / "createdb", *words, "studies"], check=True, env=environment)
            yield Postgres(port, "a-password-of-the-test")
        finally:
            server.terminate()
            server.wait(_PATIENCE)
