"""What the tests of several commands share."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

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
