"""A bundle of one's own to tamper with, and the attacker's hand that makes the hashes right again."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Forge = Callable[..., Path]


@pytest.fixture
def bundle(trained_bundle: Path, tmp_path: Path) -> Path:
    """A copy of the bundle with an estimator of scikit-learn."""
    return Path(shutil.copytree(trained_bundle, tmp_path / "bundle"))


@pytest.fixture
def ruled(rule_bundle: Path, tmp_path: Path) -> Path:
    """A copy of the bundle with a rule."""
    return Path(shutil.copytree(rule_bundle, tmp_path / "ruled"))


@pytest.fixture
def forge() -> Forge:
    """Change a bundle so that its hashes are right: ``forge(folder, {file: bytes}, key=value)``."""

    def change(folder: Path, contents: dict[str, bytes] | None = None, **keys: Any) -> Path:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        for name, content in (contents or {}).items():
            (folder / name).write_bytes(content)
            manifest["files"][name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        (folder / "manifest.json").write_text(json.dumps({**manifest, **keys}))
        return folder

    return change
