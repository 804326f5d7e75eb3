"""``mmml.train`` and ``mmml.evaluate``: the jobs of the command line, started from Python."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from mmml.bundle.manifest import read_manifest
from mmml.config.compose import compose_with_choices
from mmml.config.explain import explained
from mmml.config.launch import Run, prepare
from mmml.engine.evaluate import Evaluation
from mmml.engine.jobs import evaluate_run, train_run
from mmml.engine.models import find_folder, open_store
from mmml.engine.train import Result


def train(overrides: Sequence[str]) -> Result:
    """Train what the overrides describe; see `mmml.train`."""
    prepare()
    with explained("train", overrides):
        config, choices = compose_with_choices("train", overrides)
    return train_run(config, Run(_new_folder(Path(config.paths.outputs)), choices))


def evaluate(ref: str, dataset: str | None = None, overrides: Sequence[str] = ()) -> Evaluation:
    """Judge a stored model; see `mmml.evaluate`."""
    prepare()
    name = dataset or read_manifest(find_folder(ref, open_store())[0]).data.name
    words = [f"model={ref}", f"dataset={name}", *overrides]
    with explained("eval", words):
        config, choices = compose_with_choices("eval", words)
    return evaluate_run(config, Run(_new_folder(Path(config.paths.outputs)), choices))


def _new_folder(outputs: Path) -> Path:
    # The same layout as a run that Hydra starts.
    return outputs / datetime.now().strftime("%Y-%m-%d/%H-%M-%S-%f")
