"""Starting work through Hydra, so that overrides, ``-m``, ``--cfg``, sweepers and launchers all work.

The work function never lets an error out: Hydra would end a whole sweep, or print a traceback. It leaves
``result.json`` in the run folder, and the command reads that afterwards, also where a launcher ran the job
in another process.
"""

import errno
import json
import logging
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn
from hydra.experimental.callback import Callback
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import DictConfig

from mmml.config import folders, schema
from mmml.config.explain import explained
from mmml.config.secrets import hidden
from mmml.config.words import for_hydra
from mmml.errors import Exit, MmmlError, UsageError, did_you_mean

log = logging.getLogger(__name__)

RESULT = "result.json"


@dataclass(frozen=True)
class Run:
    """Where a job runs and how it came about.

    Args:
        folder: its run folder.
        choices: the config chosen in each group.
        swept: whether it is one job of a sweep.
    """

    folder: Path
    choices: Mapping[str, str]
    swept: bool = False


Work = Callable[[DictConfig, Run], Mapping[str, Any]]

#: Hydra's own flags; everything else that starts with a dash is refused before Hydra sees it.
FLAGS = frozenset(
    {"--help", "-h", "--hydra-help", "--version", "--resolve", "--run", "-r", "--multirun", "-m"}
    | {"--shell-completion", "-sc", "--package", "-p", "--config-path", "-cp", "--config-name", "-cn"}
    | {"--config-dir", "-cd", "--experimental-rerun", "--info", "-i", "--cfg", "-c"}
)


@dataclass
class Job:
    """A finished job.

    Args:
        folder: its run folder.
        overrides: what set it apart.
        result: what it left behind; ``exit`` is always there.
    """

    folder: Path
    overrides: list[str] = field(default_factory=list)
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def exit(self) -> Exit:
        """How the job ended."""
        return Exit(self.result["exit"])


class UsersConfigs(SearchPathPlugin):
    """Puts the groups of ``./conf`` before those that come with mmml."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Called by Hydra."""
        own = folders.users_own()
        if own is not None:
            search_path.prepend("user", f"file://{_groups_only(own)}")


class Finished(Callback):
    """Remembers where the jobs ran; Hydra does not hand that back."""

    folders: list[Path] = []  # noqa: RUF012  # Hydra makes the object, so the class is all that we share
    ended: list[Path] = []  # noqa: RUF012  # as above

    def on_job_end(self, config: DictConfig, job_return: JobReturn, **kwargs: Any) -> None:
        """Called by Hydra after each job, in the process that ran it."""
        self.ended.append(Path(config.hydra.runtime.output_dir))

    def on_run_end(self, config: DictConfig, **kwargs: Any) -> None:
        """Called by Hydra after a single job."""
        self.folders.append(Path(config.hydra.runtime.output_dir))

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        """Called by Hydra after a sweep."""
        jobs = Path(config.hydra.sweep.dir).glob("*/.hydra")
        self.folders.extend(sorted((job.parent for job in jobs), key=lambda job: (len(job.name), job.name)))


def launch(verb: str, arguments: Sequence[str], work: Work) -> list[Job]:
    """Run ``work`` once, or once a job of a sweep, under Hydra.

    Args:
        verb: ``train`` or ``eval``: the name of the main config.
        arguments: Hydra's flags and overrides, as typed.
        work: takes the composed config and the run, returns what ``result.json`` shall hold.

    Returns:
        The jobs that ran; none for ``--help``, ``--cfg job`` and the like.

    Raises:
        UsageError: the arguments or the configs are wrong; no job has run.
    """
    import hydra

    prepare()
    Finished.folders, Finished.ended = [], []
    main = hydra.main(config_path=str(folders.packaged()), config_name=verb, version_base="1.3")(
        lambda config: _run(config, work)
    )
    for word in arguments:
        if word.startswith("-") and word.partition("=")[0] not in FLAGS:
            raise UsageError(f"mmml {verb} has no flag {word}", did_you_mean(word, FLAGS))
    argv = [f"mmml {verb}", *_flags_first(hidden(arguments))]
    with explained(verb, arguments), _swapped(argv), _errors_come_out(), _logging_kept():
        try:
            main()
        except SystemExit as left:  # --help and the like
            if left.code:
                raise UsageError("Hydra did not take these flags", f"mmml {verb} --help") from None
    return [_read(folder) for folder in Finished.folders]


def ended() -> list[Job]:
    """Return the jobs of the last `launch` that are over, also where it was stopped in the middle."""
    return [_read(folder) for folder in Finished.ended if (folder / RESULT).is_file()]


def prepare() -> None:
    """Make schemas, the user's configs and the user's modules known to Hydra."""
    schema.register()
    Plugins.instance().register(UsersConfigs)
    own = folders.users_own()
    if own is not None:
        log.info("your configs in %s come first", own)
    for folder in folders.importable():
        log.info("your modules in %s can be imported", folder)


def _run(config: DictConfig, work: Work) -> None:
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode

    hydra = HydraConfig.get()
    folder = Path(hydra.runtime.output_dir)
    run = Run(folder, dict(hydra.runtime.choices), swept=hydra.mode is RunMode.MULTIRUN)
    try:
        result = {"exit": Exit.DONE, **work(config, run)}
    except MmmlError as error:
        result = {"exit": error.exit_code, "error": error.message, "hint": error.hint}
    except OSError as error:
        reason = f"{error.strerror or error}" + f": {error.filename or folder}"
        full = error.errno == errno.ENOSPC
        result = {
            "exit": Exit.FAILED,
            "error": reason,
            "hint": "make room, then run it again" if full else None,
        }
    except Exception as error:  # noqa: BLE001  # the border of one job: a sweep goes on without it
        reason = f"{type(error).__name__}: {error}"
        result = {"exit": Exit.FAILED, "error": reason, "hint": _told(folder, traceback.format_exc())}
    if result.get("error"):
        log.error("error: %s", result["error"])
        if result.get("hint"):
            log.error("hint: %s", result["hint"])
    _results[folder] = result
    coming = folder / f".{RESULT}"
    try:
        coming.write_text(json.dumps(result, indent=2))
        coming.replace(folder / RESULT)
    except OSError as error:
        log.error("error: cannot write %s: %s", folder / RESULT, error.strerror or error)
        coming.unlink(missing_ok=True)


# What the jobs of this process left, should the disk be too full to hold it.
_results: dict[Path, dict[str, Any]] = {}


def _told(folder: Path, story: str) -> str:
    """Write down a traceback and return where it is."""
    file = folder / "traceback.txt"
    try:
        file.write_text(story)
    except OSError:
        return "mmml --debug shows where; the disk is full or cannot be written"
    return f"the whole story is in {file}"


def _read(folder: Path) -> Job:
    overrides = yaml.safe_load((folder / ".hydra" / "overrides.yaml").read_bytes())
    try:
        result = json.loads((folder / RESULT).read_bytes())
    except OSError:
        lost = {"exit": Exit.FAILED, "error": "the job left no result: it was killed or could not start"}
        result = _results.get(folder, lost)
    return Job(folder, [str(word) for word in overrides], result)


def _flags_first(arguments: Sequence[str]) -> list[str]:
    """Hydra refuses a flag between overrides; a flag that takes a value keeps it."""
    flags: list[str] = []
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if not word.startswith("-"):
            rest.append(word)
            continue
        flags.append(word)
        if word in ("--cfg", "-c", "--package", "-p", "--info", "-i", "--config-dir", "-cd"):
            flags.extend(value for value in (next(words, None),) if value is not None)
    return flags + for_hydra(rest)


@contextmanager
def _swapped(argv: list[str]) -> Iterator[None]:
    before, sys.argv = sys.argv, argv
    try:
        yield
    finally:
        sys.argv = before


@contextmanager
def _logging_kept() -> Iterator[None]:
    """Take Hydra's log handlers away again: they write to the run folder and to the stderr of that time."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        yield
    finally:
        for handler in [one for one in root.handlers if one not in handlers]:
            root.removeHandler(handler)
            handler.close()
        for handler in [one for one in handlers if one not in root.handlers]:
            root.addHandler(handler)
        root.setLevel(level)


@contextmanager
def _errors_come_out() -> Iterator[None]:
    """Let Hydra raise what goes wrong, instead of printing it and leaving."""
    before = os.environ.get("HYDRA_FULL_ERROR")
    os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["HYDRA_FULL_ERROR"]
        else:
            os.environ["HYDRA_FULL_ERROR"] = before


_borrowed: list[tempfile.TemporaryDirectory[str]] = []


def _groups_only(own: Path) -> Path:
    """Return a folder with only the groups of ``own``: a main config there would hide that of mmml."""
    if not any((own / f"{verb}.yaml").exists() for verb in ("train", "eval")):
        return own
    log.warning("%s/train.yaml and eval.yaml are not used: only groups can be your own", own)
    view = tempfile.TemporaryDirectory(prefix="mmml-conf-")
    _borrowed.append(view)  # lives as long as the process
    for item in own.iterdir():
        if item.is_dir():
            (Path(view.name) / item.name).symlink_to(item.resolve())
    return Path(view.name)
