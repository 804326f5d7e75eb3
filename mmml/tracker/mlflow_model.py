"""A bundle as a model of MLflow: a folder and the name of a module that loads it, nothing pickled."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from mmml.bundle.manifest import Manifest

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.models import ModelSignature

#: The module whose ``_load_pyfunc`` opens the bundle again.
LOADER = "mmml.serve.pyfunc"
#: The column of encoded inputs.
CONTENT = "content"
#: The columns of the answer and their types in MLflow's words; those of `mmml.engine.rows.Row` that say
#: something of an input without a path.
ANSWER = {
    "modality": "string", "model": "string", "label": "string", "score": "double", "threshold": "double",
    "value": "double", "unit": "string", "ms": "double", "warning": "string", "error": "string",
}  # fmt: skip


def log_model(
    client: "MlflowClient", experiment_id: str, run_id: str, bundle: Path, manifest: Manifest
) -> str:
    """Keep a bundle as a model of a run.

    Args:
        client: of MLflow.
        experiment_id: the experiment of the run.
        run_id: the run.
        bundle: the folder.
        manifest: what it says.

    Returns:
        The model's id; ``models:/ID`` loads it.
    """
    import mlflow.pyfunc
    from mlflow.entities import LoggedModelOutput

    # A name here, unlike one in the registry, may hold no full stop.
    name = manifest.name.replace(".", "_")
    # Made first, in the experiment of the run: `log_model` by itself takes whichever is active.
    model = client.create_logged_model(
        experiment_id,
        name=name,
        source_run_id=run_id,
        model_type=manifest.task.name,
        tags={"mmml.modality": manifest.modality, "mmml.data.fingerprint": manifest.data.fingerprint},
    )
    mlflow.pyfunc.log_model(
        name=name,
        model_id=model.model_id,
        loader_module=LOADER,
        data_path=str(bundle),
        signature=_signature(),
        # Given, for MLflow would load the model in a process of its own to find them out.
        pip_requirements=[f"{name}=={version(name)}" for name in ("mmml", "mlflow")],
    )
    client.log_outputs(run_id, [LoggedModelOutput(model.model_id, step=0)])
    return str(model.model_id)


def register(client: "MlflowClient", name: str, model_id: str, run_id: str, tags: Mapping[str, str]) -> str:
    """Make a model a version in MLflow's registry, which numbers versions by itself; returns the number."""
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    made = client.create_model_version(
        name, source=f"models:/{model_id}", run_id=run_id, tags=dict(tags), model_id=model_id
    )
    return str(made.version)


def _signature() -> "ModelSignature":
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema, TensorSpec

    answers: list[ColSpec | TensorSpec] = [
        ColSpec(kind, name, required=False) for name, kind in ANSWER.items()
    ]
    return ModelSignature(inputs=Schema([ColSpec("binary", CONTENT)]), outputs=Schema(answers))
