"""``mmml data cache``: how full the cache of features is, and emptying it."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from mmml.cli.output import FormatOption, print_rows
from mmml.errors import MmmlError

if TYPE_CHECKING:
    from mmml.engine.cache import FeatureCache

app = typer.Typer(
    help="The cache of measured features: how full it is, and emptying it.", no_args_is_help=True
)

OverridesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="OVERRIDES", help="Where it is, if not usual: paths.outputs=…", show_default=False
    ),
]


@app.command()
def info(overrides: OverridesArgument = None, form: FormatOption = None) -> None:
    """Show where the cache is, how much it remembers, and how large it may grow."""
    import sqlite3

    cache = _cache(overrides or [])
    try:
        print_rows([asdict(cache.info())], form)
    except (sqlite3.Error, OSError) as error:
        raise MmmlError(f"the cache {cache.path} cannot be read: {error}", "mmml data cache clear") from None


@app.command()
def clear(overrides: OverridesArgument = None) -> None:
    """Forget everything that was measured; it is measured again when it is needed."""
    import sqlite3

    cache = _cache(overrides or [])
    try:
        freed = cache.clear()
    except (sqlite3.Error, OSError) as error:
        raise MmmlError(
            f"the cache {cache.path} cannot be emptied: {error}", "wait until no other training runs"
        ) from None
    print(f"{freed / 1e6:.1f} MB are free again in {cache.path.parent}", file=sys.stderr)


def _cache(overrides: list[str]) -> "FeatureCache":
    from mmml.config.launch import prepare
    from mmml.config.part import composed_part
    from mmml.engine.extract import Extractor
    from mmml.errors import UsageError

    prepare()
    cache = Extractor.from_config(composed_part((), overrides)).cache
    if cache is None:
        raise UsageError("cache.path is null: there is no cache", "leave it out for the usual one")
    return cache
