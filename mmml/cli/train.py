"""``mmml train``: Hydra starts the jobs; this file reads what they left and says it."""

import sys
from typing import Annotated, Any

import typer

from mmml.cli.complete import overrides
from mmml.errors import Exit, worst


def train(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="OVERRIDES",
            help="Hydra's overrides and flags: +experiment=blur_gradients, estimator=svc, -m, --cfg job.",
            autocompletion=overrides,
            show_default=False,
        ),
    ] = None,
) -> int:
    """Train a model from a config and publish it: `mmml train +experiment=blur_gradients`."""
    given = words or []
    if not any(not word.startswith("-") or word in _SHOWS for word in given):
        _say_how_to_start()
        return Exit.USAGE
    from mmml.cli.summary import print_sweep, print_training
    from mmml.config.launch import ended, launch
    from mmml.engine.jobs import train_job
    from mmml.engine.sweep import publish_best, ranked, write_summary

    try:
        jobs = launch("train", given, train_job)
    except KeyboardInterrupt:
        # What was trained before is told all the same.
        if done := ranked(ended()):
            print_sweep(done, None, write_summary(done))
        raise
    if not jobs:
        return Exit.DONE
    if len(jobs) == 1 and not _swept(given):
        print_training(jobs[0])
    else:
        published = None
        try:
            published = publish_best(jobs)
        finally:
            # Also where the store cannot be written to: the jobs have trained.
            best_first = ranked(jobs)
            print_sweep(best_first, published, write_summary(best_first))
    return worst(job.exit for job in jobs)


# Words with which Hydra shows something and starts nothing.
_SHOWS = frozenset({"--help", "-h", "--hydra-help", "--version", "--cfg", "-c", "--info", "-i"})


def _swept(words: list[str]) -> bool:
    return "-m" in words or "--multirun" in words


def _say_how_to_start() -> None:
    from mmml.config.folders import choices, commands_of, find

    lines: list[Any] = ["which experiment? For example: mmml train +experiment=blur_gradients", ""]
    for name in choices("experiment"):
        file = find("experiment", name)
        lines.append(f"  {name:20} {next(iter(commands_of(file)), '') if file else ''}")
    lines += [
        "",
        "with photos of your own: mmml train +experiment=blur_gradients dataset=folder dataset.path=FOLDER",
        "without any photo: mmml train +experiment=blur_gradients dataset=blur_drawn",
    ]
    print("error: " + "\n".join(lines), file=sys.stderr)
