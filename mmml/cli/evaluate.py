"""``mmml eval``: judging a stored model, with gates for a pipeline that must not pass a weak one."""

import json
import math
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from mmml.cli.complete import judged
from mmml.cli.output import tell
from mmml.errors import Exit, UsageError, worst


def evaluate(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="MODEL OVERRIDES",
            help=(
                "A model (name, name@3, a folder), or +experiment=NAME to train and judge without storing; "
                "then Hydra's overrides, such as dataset=my_photos. --min f1=0.9 and --max brier=0.1 set "
                "gates: exit code 4 where one is not met."
            ),
            autocompletion=judged,
            show_default=False,
        ),
    ] = None,
) -> int:
    """Judge a stored model on data that it has not learned from: `mmml eval blur_gradients`."""
    rest, gates = _gates(words or [])
    if not rest:
        raise UsageError("which model? For example: mmml eval blur_gradients", "mmml models list shows them")
    from mmml.cli.summary import print_evaluation, print_training
    from mmml.config.launch import launch
    from mmml.engine.jobs import evaluate_job, train_job

    asked = [name for _, name, _ in gates]
    experiment = any(word.lstrip("+").startswith("experiment=") for word in rest)
    if experiment:
        jobs = launch("train", [*rest, "store.publish=none"], partial(train_job, asked=asked))
    else:
        jobs = launch("eval", _with_model(rest), partial(evaluate_job, asked=asked))
    for job in jobs:
        if "metrics" in job.result:
            met = _met(job.result, "test" if experiment else "eval", gates)
            job.result["exit"] = worst([job.exit, met])
        print_training(job) if experiment else print_evaluation(job)
    return worst(job.exit for job in jobs)


def _gates(words: list[str]) -> tuple[list[str], list[tuple[str, str, float]]]:
    """Take ``--min NAME=NUMBER`` and ``--max NAME=NUMBER`` out of the words."""
    rest: list[str] = []
    gates: list[tuple[str, str, float]] = []
    queue = list(words)
    while queue:
        word = queue.pop(0)
        flag, equals, value = word.partition("=")
        if flag not in ("--min", "--max"):
            rest.append(word)
            continue
        if not equals:
            if not queue:
                raise UsageError(f"{flag} needs a metric and a number", f"{flag} f1=0.9")
            value = queue.pop(0)
        name, _, number = value.partition("=")
        gates.append((flag, *_gate(flag, name, number)))
    return rest, gates


def _gate(flag: str, name: str, number: str) -> tuple[str, float]:
    try:
        bound = float(number)
    except ValueError:
        bound = math.nan
    if not math.isfinite(bound):  # not a number would be met by everything
        raise UsageError(f"{flag} {name}={number}: that is no number", f"{flag} {name}=0.9")
    return name, bound


def _with_model(words: list[str]) -> list[str]:
    """Turn the bare reference into an override, and let the dataset be that of the training by default."""
    bare = [w for w in words if "=" not in w and not w.startswith("-") and w not in ("job", "hydra", "all")]
    flags = [w for w in words if w not in bare]
    if not bare:
        if any(w in ("--help", "-h") or w.startswith("model=") for w in words):
            return words
        raise UsageError("which model? For example: mmml eval blur_gradients", "mmml models list shows them")
    if len(bare) > 1:
        raise UsageError(f"one model at a time, not {', '.join(bare)}", "dataset=NAME chooses the data")
    ref = bare[0]
    named = any(w.lstrip("+").startswith("dataset=") for w in flags)
    return [f"model={ref}", *([] if named else [f"dataset={_own_dataset(ref, flags)}"]), *flags]


def _own_dataset(ref: str, words: list[str]) -> str:
    from mmml.bundle.manifest import read_manifest
    from mmml.config.folders import choices
    from mmml.engine.models import find_folder, open_store

    path = next((w.partition("=")[2] for w in words if w.startswith("store.backend.path=")), None)
    try:
        folder, _ = find_folder(ref, open_store(path))
    except UsageError as error:
        if ref in choices("experiment"):
            hint = f"mmml train +experiment={ref}; or judge without storing: mmml eval +experiment={ref}"
            raise UsageError(error.message, hint) from None
        raise
    name = read_manifest(folder).data.name
    _say_what_differed(folder, name, words)
    if name not in choices("dataset"):
        raise UsageError(
            f"{ref} was trained on the dataset {name}, which has no config here", "name one: dataset=…"
        )
    return name


def _say_what_differed(folder: Path, name: str, words: list[str]) -> None:
    """Name the settings that the training's dataset had and its config has not, unless they are given."""
    import yaml

    from mmml.bundle.manifest import EXPERIMENT
    from mmml.config.folders import whole
    from mmml.plain_yaml import ERRORS, PlainLoader

    try:
        written = yaml.load((folder / EXPERIMENT).read_bytes(), Loader=PlainLoader)["dataset"]
        usual = whole("dataset", name)
        settings = {f"dataset.{key}": value for key, value in written.items() if value != usual.get(key)}
    except (*ERRORS, OSError, LookupError):
        return  # reading the bundle says what is wrong with it
    missing = {key: value for key, value in settings.items() if not any(w.startswith(key) for w in words)}
    if missing:
        listed = " ".join(f"{key}={json.dumps(value, default=str)}" for key, value in missing.items())
        print(f"hint: this model was trained with other settings of {name}: {listed}", file=sys.stderr)


def _met(result: dict[str, Any], split: str, gates: list[tuple[str, str, float]]) -> Exit:
    missed = Exit.DONE
    for flag, name, bound in gates:
        value = result["metrics"].get(split, {}).get(name, {}).get("value")
        if value is None or (value < bound if flag == "--min" else value > bound):
            said = "is not defined" if value is None else f"is {value:.4f}"
            tell(f"gate not met: {name} {said}, {flag} {bound:g}")
            missed = Exit.GATE_NOT_MET
    return missed
