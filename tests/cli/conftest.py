"""What the tests of several commands share."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mmml.cli.main import run


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str


@pytest.fixture
def own_store(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the store that a test may change; the one that every command uses."""
    copy = tmp_path / "outputs" / "models"
    shutil.copytree(store, copy)
    monkeypatch.setenv("MMML_STORE", str(copy))
    return copy


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """Run ``mmml`` with some words and tell what it answered; tables are 120 columns wide."""
    monkeypatch.setenv("COLUMNS", "120")

    def answered(*words: object) -> Said:
        capsys.readouterr()
        code = run([str(word) for word in words])
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return answered


@pytest.fixture
def mmml(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[dict[str, Any]], str]]:
    """Run a command and return exit code, rows on stdout and stderr."""

    def ask(*words: object) -> tuple[int, list[dict[str, Any]], str]:
        code = run([str(word) for word in words])
        told = capfd.readouterr()
        return code, [json.loads(line) for line in told.out.splitlines() if line.startswith("{")], told.err

    return ask
