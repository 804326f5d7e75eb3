"""What the tests of trackers share: asking MLflow what it holds."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def client(elsewhere: Path) -> Iterator[Callable[[], Any]]:
    """Give MLflow's client for the database of the working folder."""

    def opened() -> Any:
        from mlflow import MlflowClient

        uri = f"sqlite:///{elsewhere / 'outputs' / 'mlflow.db'}"
        return MlflowClient(tracking_uri=uri, registry_uri=uri)

    return opened


@pytest.fixture
def runs(client: Callable[[], Any]) -> Callable[[], list[Any]]:
    """Return every run that is there, the newest first."""

    def found() -> list[Any]:
        asked = client()
        return list(asked.search_runs([one.experiment_id for one in asked.search_experiments()]))

    return found


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without runs: making one takes MLflow seconds."""
    from mmml.tracker.mlflow_connection import connected, prepare

    file = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    prepare()
    with connected(f"sqlite:///{file}", "the test"):
        pass
    return file


@pytest.fixture
def database(empty_database: Path, elsewhere: Path) -> Path:
    """The default database of the working folder, made already."""
    place = elsewhere / "outputs" / "mlflow.db"
    place.parent.mkdir()
    shutil.copy(empty_database, place)
    return place
