"""The command ``mmml`` as a process of its own, as a user starts it."""

import compileall
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

#: The root of the repository; commands run here, because configs name ``data`` relative to it.
ROOT = Path(__file__).parents[1]
#: The console script of the environment that the benchmarks run in.
MMML = str(Path(sys.executable).with_name("mmml"))


def compile_all() -> None:
    """Compile mmml's byte code, as installing does; what else is imported, the warm-ups compile."""
    compileall.compile_dir(str(ROOT / "mmml"), quiet=1)


def run(*words: str) -> str:
    """Run a command and return what it wrote on stdout.

    Raises:
        RuntimeError: it failed; with the end of what it said.
    """
    ended = subprocess.run(words, cwd=ROOT, env=_environment(), capture_output=True, text=True)
    if ended.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {ended.returncode}:\n{ended.stderr[-2000:]}")
    return ended.stdout


def seconds(*words: str) -> float:
    """Run a command and return how long its process took."""
    started = time.perf_counter()
    run(*words)
    return time.perf_counter() - started


def _environment() -> Mapping[str, str]:
    # Where nothing may be compiled, every start takes two to three times as long, which no user sees.
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
