"""Speaking to MLflow: importing it without its chatter and telemetry, and saying its errors in our words."""

import logging
import os
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mmml.config.secrets import masked
from mmml.errors import MmmlError
from mmml.tracker.guard import WITHOUT

if TYPE_CHECKING:
    from mlflow import MlflowClient

# What MLflow reads, where the user has not set it. It would ask seven times, two minutes each.
_SETTINGS = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "15",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # The requirements of a model are ours to name, not those of a project that happens to lie here.
    "MLFLOW_UV_AUTO_DETECT": "false",
    # Nothing of a training is told to anybody but the tracking server.
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
# Loggers that tell of every table made and every request tried again; what matters is raised too.
_TALKATIVE = ("mlflow", "alembic", "urllib3", "sqlalchemy")


def prepare() -> None:
    """Import MLflow and all that it would import later by itself.

    Raises:
        MmmlError: it is not installed.
    """
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    # On stdout it would stand among the data, whatever the user thinks of it.
    os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"
    # It asks for an input example, and would load the model to try it.
    warnings.filterwarnings("ignore", module="mlflow|alembic")
    try:
        # Not quieted: loading, these libraries set the levels of their loggers, which must stay so.
        import mlflow.pyfunc
        import mlflow.store.tracking.sqlalchemy_store  # noqa: F401  # imported for the other thread
    except ImportError as error:
        missing = error.name or "mlflow"
        raise MmmlError(
            f"{missing.partition('.')[0]} is not installed", "pip install 'mmml[track]', or tracker=none"
        ) from None


@contextmanager
def connected(uri: str, name: str) -> Iterator["MlflowClient"]:
    """Give a client for a tracking URI, and turn what goes wrong inside into a `MmmlError`.

    Args:
        uri: server or database.
        name: the same for messages, without a password.
    """
    from mlflow import MlflowClient

    try:
        with _quiet(), _used_by_default(uri):
            with _alone(uri):
                client = MlflowClient(tracking_uri=uri, registry_uri=uri)
                client.search_experiments(max_results=1)
            yield client
    except Exception as error:  # noqa: BLE001  # requests, SQLAlchemy, boto3 …: whatever the server is made of
        raise MmmlError(f"{name}: {masked(_reason(error))}", _hint(error)) from None


@contextmanager
def _alone(uri: str) -> Iterator[None]:
    """Keep other processes out while MLflow makes a new sqlite database: two at once would break it.

    Args:
        uri: of the database; for a server nothing happens.
    """
    scheme, _, path = uri.partition(":///")
    if not scheme.startswith("sqlite"):
        yield
        return
    import fcntl

    database = Path(path.partition("?")[0])
    database.parent.mkdir(parents=True, exist_ok=True)
    with database.with_name(f".{database.name}.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _used_by_default(uri: str) -> Iterator[None]:
    """Let those parts of MLflow that ask no client use the same tracking URI, or they make a ``./mlflow.db``.

    MLflow keeps it in the environment of the process; what was there is put back.
    """
    import mlflow

    name = "MLFLOW_TRACKING_URI"
    before = os.environ.get(name)
    mlflow.set_tracking_uri(uri)
    try:
        yield
    finally:
        mlflow.set_tracking_uri(None)  # type: ignore[arg-type]  # MLflow forgets it then, which its types deny
        if before is not None:
            os.environ[name] = before


@contextmanager
def _quiet() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in _TALKATIVE]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _reason(error: BaseException) -> str:
    """Return the reason of system or database where there is one, else the first line that was said."""
    story = []
    link: BaseException | None = error
    while link is not None and link not in story:
        story.append(link)
        link = link.__cause__ or link.__context__
    for link in reversed(story):
        if isinstance(link, OSError) and link.strerror:
            return link.strerror + (f": {link.filename}" if link.filename else "")
        if isinstance(link, sqlite3.Error):
            return str(link)
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def _hint(error: BaseException) -> str:
    import requests

    unreachable = isinstance(error.__context__, requests.ConnectionError | requests.Timeout)
    return f"is the server running? {WITHOUT}" if unreachable else WITHOUT
