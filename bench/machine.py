"""The machine that the numbers are from: without it they say nothing."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

_LIBRARIES = ("numpy", "opencv-python-headless", "scikit-learn", "joblib", "optuna", "mlflow", "typer")


def machine() -> str:
    """Return processor, cores, Python and the libraries that matter, in one line."""
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    cores = len(os.sched_getaffinity(0))
    return f"{_processor()}, {cores} cores, Python {platform.python_version()}, {libraries}"


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
