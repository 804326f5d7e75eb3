"""Trainings as runs of MLflow: parameters, metrics, trials, report, figures, bundle and model."""

import logging
import os
import platform
from collections.abc import Mapping
from contextlib import AbstractContextManager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmml.bundle.manifest import Manifest
from mmml.config.secrets import masked
from mmml.parameters import Parameters
from mmml.tracker.mlflow_connection import connected, prepare
from mmml.tracker.mlflow_model import log_model, register
from mmml.tracker.mlflow_record import log_bundle, log_metrics, log_parameters, log_trials
from mmml.tuner.study import Study

if TYPE_CHECKING:
    from mlflow import MlflowClient

log = logging.getLogger(__name__)

_URI = "MLFLOW_TRACKING_URI"
#: The tag that says which version of the store a run and a registered model are.
STORE_VERSION = "mmml_version"
# Lets MLflow's pages begin with runs and models, not with chats.
_KIND = {"mlflow.experimentKind": "custom_model_development"}
# Characters of a reason that are kept.
_LONGEST_REASON = 1000


class MlflowTracker(Parameters):
    """Keeps each training as a run of MLflow.

    A training that fails is marked FAILED and one that Ctrl-C stops KILLED, with the reason in the tag
    ``mmml.error``; one that is killed outright stays RUNNING.

    Args:
        uri: tracking server or database; None: that of ``MLFLOW_TRACKING_URI``, else ``mlflow.db`` (sqlite)
            in ``folder``.
        folder: where that database lies, and the artifacts of every database that is written to directly.
        experiment: which of MLflow's experiments the run belongs to.
        models: whether the model is kept as a model of MLflow too, and registered when it is published.
        required: whether a training fails where it cannot be tracked.
        timeout: seconds that tracking may make a training wait, all steps together.
    """

    def __init__(
        self,
        uri: str | None = None,
        folder: str | Path = "outputs",
        experiment: str = "mmml",
        models: bool = True,
        required: bool = False,
        timeout: float = 30.0,
    ) -> None:
        self.uri = uri
        self.folder = folder
        self.experiment = experiment
        self.models = models
        self.required = required
        self.timeout = timeout
        self._reference: dict[str, str] = {}

    @property
    def address(self) -> str:
        """The tracking URI that is used; it may hold a password."""
        return self.uri or os.environ.get(_URI) or f"sqlite:///{Path(self.folder).resolve() / 'mlflow.db'}"

    def __str__(self) -> str:
        return f"MLflow at {masked(self.address)}"

    def prepare(self) -> None:
        """Import MLflow.

        Raises:
            MmmlError: it is not installed.
        """
        prepare()

    def start(self, name: str, parameters: Mapping[str, Any], folder: Path) -> None:
        """Make a run that holds the parameters."""
        with self._client() as client:
            run = client.create_run(
                self._experiment_id(client),
                run_name=_run_name(folder, Path(self.folder)),
                tags={
                    "mlflow.source.name": "mmml train",
                    "mlflow.source.type": "LOCAL",
                    "mmml.release": version("mmml"),
                    "mmml.python": platform.python_version(),
                    "mmml.run": str(folder),
                },
            )
            self._reference = {
                "run_id": run.info.run_id,
                "experiment_id": run.info.experiment_id,
                "name": name,
                "where": self._where(run.info.run_id, run.info.experiment_id),
            }
            log_parameters(client, run.info.run_id, parameters)

    def tuned(self, study: Study) -> None:
        """Keep each trial as a run inside the run."""
        run_id, count = self._reference["run_id"], len(study.trials)
        with self._client() as client:
            # About 0.03 s a trial: a long study must not use up what the model needs.
            most = self.timeout / 2
            kept = log_trials(client, self._reference["experiment_id"], run_id, study, most)
        if kept < count:
            log.warning(
                "%s keeps %d of %d trials, which took %g s; the bundle keeps all of them",
                self, kept, count, most,
            )  # fmt: skip

    def trained(self, bundle: Path, manifest: Manifest) -> None:
        """Keep metrics, report, figures and bundle, and the model as one that MLflow can serve."""
        run_id = self._reference["run_id"]
        with self._client() as client:
            model_id = None
            if self.models:
                model_id = log_model(client, self._reference["experiment_id"], run_id, bundle, manifest)
                self._reference["model_id"] = model_id
            log_metrics(client, run_id, manifest, model_id)
            log_bundle(client, run_id, bundle, manifest)

    def published(self, version: int) -> None:
        """Register the model, and tell which version it is in the store."""
        run_id = self._reference["run_id"]
        with self._client() as client:
            client.set_tag(run_id, STORE_VERSION, str(version))
            if model_id := self._reference.get("model_id"):
                tags = {STORE_VERSION: str(version)}
                registered = register(client, self._reference["name"], model_id, run_id, tags)
                self._reference["registered"] = registered

    def end(self, error: BaseException | None = None) -> None:
        """Close the run."""
        run_id = self._reference["run_id"]
        with self._client() as client:
            if error is not None:
                reason = masked(str(error)) if isinstance(error, Exception) else "stopped"
                client.set_tag(run_id, "mmml.error", reason[:_LONGEST_REASON])
            client.set_terminated(run_id, status=_status(error))
        if error is None:
            log.info("tracked: %s", self._reference["where"])

    @property
    def reference(self) -> Mapping[str, str]:
        """Ids of run, experiment and model; ``where``: in words, without a password."""
        return dict(self._reference)

    def resume(self, reference: Mapping[str, str]) -> None:
        """Go on with a run by its ids."""
        self._reference = dict(reference)

    def _where(self, run_id: str, experiment_id: str) -> str:
        address = masked(self.address)
        if address.startswith("http"):
            return f"{address.rstrip('/')}/#/experiments/{experiment_id}/runs/{run_id}"
        return f"run {run_id} in {address}"

    def _client(self) -> "AbstractContextManager[MlflowClient]":
        return connected(self.address, str(self))

    def _experiment_id(self, client: "MlflowClient") -> str:
        from mlflow.exceptions import MlflowException

        for _ in range(2):
            found = client.get_experiment_by_name(self.experiment)
            if found is not None:
                return str(found.experiment_id)
            place = None
            if not self.address.startswith(("http:", "https:", "databricks")):
                # MLflow's own choice would be a folder in the working directory.
                folder = Path(self.folder).resolve()
                folder.mkdir(parents=True, exist_ok=True)
                place = (folder / "mlartifacts").as_uri()
            try:
                return str(client.create_experiment(self.experiment, place, tags=_KIND))
            except MlflowException as error:
                # Another process may have made it meanwhile.
                if error.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise
        raise LookupError(f"experiment {self.experiment} is neither there nor can it be made")


def _run_name(folder: Path, outputs: Path) -> str:
    """Return the run folder as it is below the folder of all runs: ``2026-11-24/16-29-27-123456``."""
    run, home = folder.resolve(), outputs.resolve()
    return str(run.relative_to(home)) if run.is_relative_to(home) else str(folder)


def _status(error: BaseException | None) -> str:
    if error is None:
        return "FINISHED"
    return "FAILED" if isinstance(error, Exception) else "KILLED"
