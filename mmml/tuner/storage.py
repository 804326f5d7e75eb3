"""Where studies live: a file of SQLite each, or a database that several machines share."""

import sqlite3
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import optuna
import sqlalchemy.exc
from optuna.exceptions import DuplicatedStudyError, ExperimentalWarning, StorageInternalError
from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback
from optuna.study import StudyDirection
from sqlalchemy.engine import make_url

from mmml.errors import MmmlError, UsageError

_OF_DATABASES = (sqlalchemy.exc.SQLAlchemyError, sqlite3.Error, StorageInternalError)

# A process that runs a trial says so so often, seconds.
_HEARTBEAT = 1
#: One that has not for so long is taken for dead, seconds.
SILENCE = 10
# So often is a trial tried again whose process died.
_RETRIES = 3
# How often tables are looked for that another process is making, and how long apart, seconds.
_ATTEMPTS, _MOMENT = 10, 0.5
# How long another process may hold the file, seconds.
_PATIENCE = 20.0
#: Under this name a study keeps what it was made for.
IDENTITY = "mmml"


def address(storage: str, study: str) -> str:
    """Return the URL of a study.

    Args:
        storage: a folder, or the URL of a database: ``postgresql://host/name``.
        study: its name.

    Raises:
        UsageError: it looks like a URL but is none.
        MmmlError: the folder cannot be made.
    """
    if "://" in storage:
        try:
            url = make_url(storage)
            url.get_dialect()
        except (sqlalchemy.exc.ArgumentError, sqlalchemy.exc.NoSuchModuleError):
            raise UsageError(
                "tuner.storage is no address of a database", "postgresql://USER@HOST/NAME, or a folder"
            ) from None
        return storage
    folder = Path(storage)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MmmlError(f"cannot make {folder} for studies: {error.strerror or error}") from None
    return f"sqlite:///{folder.resolve() / study}.sqlite"


def shown(url: str) -> str:
    """Return an address without its password; the path of a file."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return str(parsed.database)
    hidden = {name: "***" for name in parsed.query if "password" in name}
    return parsed.update_query_dict(hidden).render_as_string(hide_password=True)


@contextmanager
def explained(url: str, study: str) -> Iterator[None]:
    """Turn what a database raises inside into a `MmmlError`; keeps Optuna's warnings about itself quiet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        try:
            yield
        except ImportError as error:
            raise MmmlError(
                f"the database of tuner.storage needs a driver that is not installed: {error}",
                "pip install 'mmml[postgres]'",
            ) from None
        except _OF_DATABASES as error:
            raise _database_error(url, study, error) from None
        except AssertionError as error:
            # Where a trial cannot be written down, Optuna fails over that it did not expect to.
            behind = error.__context__
            while behind is not None and not isinstance(behind, _OF_DATABASES):
                behind = behind.__context__
            if behind is None:
                raise
            raise _database_error(url, study, behind) from None


def open_storage(url: str) -> RDBStorage:
    """Open the database of a study, and make it ready where it is new."""
    sqlite = url.startswith("sqlite:")
    if sqlite:
        _prepare(str(make_url(url).database))
    for attempt in range(_ATTEMPTS):
        try:
            return RDBStorage(
                url,
                engine_kwargs={"connect_args": {"timeout": _PATIENCE}} if sqlite else {},
                heartbeat_interval=_HEARTBEAT,
                grace_period=SILENCE,
                heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(max_retry=_RETRIES),
            )
        except RuntimeError as error:
            # The tables are of another version of Optuna.
            raise UsageError(
                f"{shown(url)} is of another version of Optuna: {str(error).splitlines()[0]}",
                "choose another tuner.study or tuner.storage",
            ) from None
        except _OF_DATABASES as error:
            # Of two that make the tables of a new database at once, the second finds them half made.
            beaten = any(words in str(error) for words in ("already exists", "duplicate key"))
            if not beaten or attempt == _ATTEMPTS - 1:
                raise
            time.sleep(_MOMENT)
    raise AssertionError("the last attempt returns or raises")


def open_study(
    storage: RDBStorage, name: str, less_is_better: Sequence[bool], identity: Mapping[str, str]
) -> optuna.Study:
    """Open a study, or make it.

    Args:
        storage: where it is.
        name: its name.
        less_is_better: for each metric.
        identity: what it is for, in digests; two studies of one name must agree in all of it.

    Raises:
        UsageError: the study of this name is for something else.
    """
    directions = [StudyDirection.MINIMIZE if less else StudyDirection.MAXIMIZE for less in less_is_better]
    try:
        study = optuna.create_study(study_name=name, storage=storage, directions=directions)
    except DuplicatedStudyError:
        study = optuna.load_study(study_name=name, storage=storage)
    _check_identity(study, str(storage.url), name, identity)
    return study


def _prepare(file: str) -> None:
    """Let SQLite write ahead: it waits for the disk once a commit, not three times, and lets others read."""
    with closing(sqlite3.connect(file, timeout=_PATIENCE)) as opened:
        opened.execute("PRAGMA journal_mode = WAL")


def _check_identity(study: optuna.Study, url: str, name: str, identity: Mapping[str, str]) -> None:
    stated = study.user_attrs.get(IDENTITY)
    if stated is None and not study.get_trials(deepcopy=False):
        # Just made, by this process or by one beside it that asks the same.
        stated = dict(identity)
        study.set_user_attr(IDENTITY, stated)
    if not isinstance(stated, dict):
        raise UsageError(
            f"the study {name} in {shown(url)} was not made by mmml", "choose another name: tuner.study=…"
        )
    differing = [part for part in identity if stated.get(part) != identity[part]]
    if differing:
        raise UsageError(
            f"the study {name} in {shown(url)} is of another search: {', '.join(differing)} differ",
            "choose another name with tuner.study=…, or leave it out for a name of its own",
        )


def _database_error(url: str, study: str, error: BaseException) -> MmmlError:
    reasons: list[Any] = [error, getattr(error, "orig", None), error.__cause__]
    reasons += [getattr(reason, "orig", None) for reason in reasons if reason is not None]
    said = " ".join(str(reason) for reason in reasons if reason is not None)
    reason = str(next(r for r in reversed(reasons) if r is not None)).strip().splitlines()[0]
    what = f"the study {study} in {shown(url)} cannot be used"
    if "database is locked" in said:
        return MmmlError(
            f"{what}: another program has locked it", "end that program, or choose another tuner.study"
        )
    if "not a database" in said or "malformed" in said:
        return MmmlError(
            f"{what}: the file is broken or no study", "move it away, or choose another tuner.study"
        )
    if "disk is full" in said or "disk I/O error" in said:
        return MmmlError(f"{what}: the disk is full or cannot be written", "make room, then run it again")
    return MmmlError(f"{what}: {reason}", "check tuner.storage, and whether the database can be reached")
