"""Reading one file of a folder that somebody else may have made."""

import os
import stat
from pathlib import Path

from mmml.errors import MmmlError

AGAIN = "fetch or train it again"

# A link is not followed, and a pipe without a writer does not block. Windows knows neither flag.
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_FLAGS |= getattr(os, "O_BINARY", 0)


def read_file(folder: Path, name: str, largest: int) -> bytes:
    """Read a regular file of a folder; links, devices and pipes are refused unread.

    Args:
        folder: the folder.
        name: path inside of it.
        largest: at most one byte more than this is read; a longer result says that the file is too large.

    Raises:
        FileNotFoundError: there is none.
        MmmlError: it is no regular file, lies elsewhere, or cannot be read.
    """
    path = folder / name
    try:
        if path.resolve() != folder.resolve() / name:
            raise MmmlError(f"{path} is a link, which no bundle has", AGAIN)
        with os.fdopen(os.open(path, _FLAGS), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise MmmlError(f"{path} is no regular file", AGAIN)
            return file.read(min(status.st_size, largest) + 1)
    except FileNotFoundError:
        raise
    except IsADirectoryError:
        raise MmmlError(f"{path} is no regular file", AGAIN) from None
    except (OSError, RuntimeError) as error:
        raise MmmlError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}", AGAIN) from None
