"""Libraries that not every machine needs: imported where they are used, or named with what installs them."""

import importlib
from typing import Any

from mmml.errors import MissingLibrary


def imported(module: str, extra: str) -> Any:
    """Import a module of a library that an extra installs.

    Args:
        module: its dotted name.
        extra: as in ``pip install 'mmml[EXTRA]'``.

    Raises:
        MissingLibrary: it is not installed, or lacks a library of the system.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        library = module.partition(".")[0]
        if error.name is not None:
            raise MissingLibrary(f"{library} is not installed", f"pip install 'mmml[{extra}]'") from None
        raise MissingLibrary(
            f"{library} cannot be loaded: {error}", "install this library of the system; see the README"
        ) from None
