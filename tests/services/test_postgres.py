"""A study in a real PostgreSQL, shared by processes that know nothing of each other."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import optuna
import pytest

from .conftest import Postgres

pytestmark = pytest.mark.services

COMMAND = [sys.executable, "-c", "import sys; from mmml.cli.main import main; main(sys.argv[1:])"]
WORDS = [
    *("train", "+experiment=blur_gradients", "tracker=none", "tuner=optuna", "tuner.sampler=random"),
    *("tuner.pruner=none", "estimator=random_forest", "estimator.clf.n_estimators=60"),
    "tuner.space={estimator.clf.min_samples_leaf: {suggest: int, low: 1, high: 1000}}",
]


def started(folder: Path, tiny: list[str], url: str, *words: str) -> subprocess.Popen[str]:
    """Start a training in a folder of its own, as another machine would."""
    folder.mkdir(exist_ok=True)
    return subprocess.Popen(
        [*COMMAND, *WORDS, *tiny, *words],
        cwd=folder, env={**os.environ, "MMML_STUDIES": url}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def trials(postgres: Postgres, name: str) -> list[optuna.trial.FrozenTrial]:
    """Return the trials of a study; none where it is not there yet. Lets go of the database again."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = optuna.storages.RDBStorage(postgres.url)
    try:
        return optuna.load_study(study_name=name, storage=storage).trials
    except KeyError:
        return []
    finally:
        storage.remove_session()
        storage.engine.dispose()


@pytest.fixture(autouse=True)
def made(tiny: list[str], elsewhere: Path) -> None:
    """The data is there, so that all begin at once."""
    ended = started(elsewhere / "first", tiny, str(elsewhere / "studies"), "tuner.n_trials=1")
    told = ended.communicate(timeout=120)
    assert ended.returncode == 0, told


def test_two_machines_share_a_study(postgres: Postgres, tiny: list[str], elsewhere: Path) -> None:
    words = ("tuner.n_trials=10", "tuner.study=shared")
    running = [started(elsewhere / name, tiny, postgres.url, *words) for name in ("one", "two")]
    said = [one.communicate(timeout=240) for one in running]
    assert [one.returncode for one in running] == [0, 0], said
    finished = [
        one for one in trials(postgres, "shared") if one.state.is_finished() and one.value is not None
    ]
    assert len(finished) == 10
    assert len({one.number for one in finished}) == 10
    drawn = [one.params["estimator.clf.min_samples_leaf"] for one in finished]
    assert len(set(drawn)) == 10
    results = [json.loads(out) for out, _ in said]
    assert results[0]["metrics"] == results[1]["metrics"]
    # The password is in the environment alone.
    for file in elsewhere.rglob("*"):
        assert not file.is_file() or postgres.password.encode() not in file.read_bytes(), file
    assert postgres.password not in str(said)
    assert "127.0.0.1" in said[0][1]


def test_what_a_killed_machine_was_at_is_done_by_another(
    postgres: Postgres, tiny: list[str], elsewhere: Path
) -> None:
    words = ("tuner.n_trials=6", "tuner.study=killed")
    victim = started(elsewhere / "victim", tiny, postgres.url, *words)
    deadline = time.monotonic() + 120
    while True:
        assert victim.poll() is None and time.monotonic() < deadline
        states = [(one.state.name, "alive" in one.user_attrs) for one in trials(postgres, "killed")]
        if ("COMPLETE", True) in states and ("RUNNING", True) in states:
            break
    victim.send_signal(signal.SIGKILL)
    victim.communicate()
    other = started(elsewhere / "other", tiny, postgres.url, *words)
    out, told = other.communicate(timeout=240)
    assert other.returncode == 0, told
    assert "resuming the study killed" in told
    names = [one.state.name for one in trials(postgres, "killed")]
    assert names.count("COMPLETE") == 6
    assert "RUNNING" not in names
    assert json.loads(out)["version"] == 1


def test_a_wrong_password_is_told_and_not_shown(postgres: Postgres, tiny: list[str], elsewhere: Path) -> None:
    wrong = postgres.url.replace(postgres.password, "another-secret")
    ended = started(elsewhere / "wrong", tiny, wrong)
    out, told = ended.communicate(timeout=120)
    assert ended.returncode == 1
    assert "cannot be used" in told
    assert "another-secret" not in out + told
