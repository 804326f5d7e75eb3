"""Run ``mmml`` in this process and say how many pictures it decoded: ``python -m bench.decoded train …``."""

import contextlib
import os
import sys
from typing import Any

from mmml.cli.main import run
from mmml.image.value import Image


def main(words: list[str]) -> int:
    """Run the words, print the number on stdout, and return the exit code."""
    # Several threads decode at once, and adding to a number is not done in one step.
    decoded: list[int] = []
    decode = Image._decode

    def counted(self: Image, flag: int) -> Any:
        decoded.append(flag)
        return decode(self, flag)

    Image._decode = counted  # type: ignore[method-assign]  # to count is the point
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):  # noqa: PTH123  # no path to speak of
        code = run(words)
    sys.stdout.write(f"{len(decoded)}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
