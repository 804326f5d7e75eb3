"""``mmml``: the command line. Parsing, and turning every error into a message and an exit code."""

import logging
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer

from mmml.cli import compare, config, data, doctor, evaluate, models, new, predict, threshold, train
from mmml.cli.output import tell
from mmml.errors import Exit, MmmlError

#: Exit code of a command that Ctrl-C ended, as shells have it.
INTERRUPTED = 130

# A command that hands its words to Hydra untouched, --help included.
_FOR_HYDRA = {
    "ignore_unknown_options": True,
    "allow_interspersed_args": False,
    "help_option_names": [],
}

app = typer.Typer(
    name="mmml",
    help="Train, judge, store and serve many small models that check what people capture in the field.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.command(context_settings=_FOR_HYDRA)(train.train)
app.command("eval", context_settings=_FOR_HYDRA)(evaluate.evaluate)
app.command()(predict.predict)
models.app.command()(threshold.threshold)
models.app.command()(compare.compare)
app.add_typer(models.app, name="models")
app.add_typer(data.app, name="data")
app.add_typer(config.app, name="config")
app.add_typer(new.app, name="new")
app.command()(doctor.doctor)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(version("mmml"))
        raise typer.Exit


@app.callback()
def mmml(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    shows_version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Options that come before the verb."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code.

    Args:
        arguments: the words after ``mmml``; by default those of the process.
    """
    if sys.stdout is None or sys.stderr is None:  # closed by whoever started us
        sys.exit(Exit.FAILED)
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    # A log that cannot be written (a full disk) must not drown the error that it tells of.
    logging.raiseExceptions = False
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    sys.exit(run([word for word in words if word != "--debug"], debug))


def run(words: list[str], debug: bool = False) -> int:
    """Run the command line and return its exit code; errors are told on stderr.

    Args:
        words: the words after ``mmml``.
        debug: let errors out with their traceback.
    """
    try:
        code = int(app(words, standalone_mode=False, prog_name="mmml") or Exit.DONE)
    except MmmlError as error:
        if debug:
            raise
        tell(error.message, error.hint)
        return error.exit_code
    except typer.TyperException as error:
        message = error.format_message().rstrip(".")
        if message:  # a group without a verb has shown its help already
            tell(message, _help_of(error))
        return Exit.USAGE
    except OSError as error:
        if debug:
            raise
        # A full disk, a folder that is not ours: the system's own words are the best there are.
        tell(f"{error.strerror or error}" + (f": {error.filename}" if error.filename else ""))
        return Exit.FAILED
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except Exception as error:  # the last border: a user is never shown a traceback unasked
        if debug:
            raise
        tell(
            f"{type(error).__name__}: {error}",
            "mmml --debug … shows where; this should not happen, please report it",
        )
        return Exit.FAILED
    if code == INTERRUPTED:
        tell("stopped")
    return code


def _help_of(error: object) -> str | None:
    context = getattr(error, "ctx", None)
    return f"{context.command_path} --help" if context else None
