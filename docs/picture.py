"""Draw the terminal pictures of the README: the real output of real commands, as SVG by rich.

Run by ``make pictures`` after ``make demo``.
"""

import os
import pty
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

_COLUMNS = 128
_PICTURES = {
    "predict": (
        "mmml predict data/photos/great-wall-hills.jpg "
        "data/blur_demo/blurred/*_great-wall-hills.jpg README.md"
    ),
}


def main() -> None:
    """Write ``docs/NAME.svg`` for every picture."""
    for name, command in _PICTURES.items():
        said = _run(command)
        screen = Console(record=True, width=_COLUMNS, file=open(os.devnull, "w"))  # noqa: SIM115, PTH123
        screen.print(Text(f"$ {command}", style="bold", no_wrap=True))
        screen.print(Text.from_ansi(said))
        Path(__file__).with_name(f"{name}.svg").write_text(screen.export_svg(title="mmml"))


def _run(command: str) -> str:
    """Run a command on a terminal of its own and return what it shows there, colours included."""
    ours, theirs = pty.openpty()
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "COLUMNS": str(_COLUMNS), "TERM": "xterm-256color"}
    with subprocess.Popen(command, shell=True, stdout=theirs, stderr=subprocess.DEVNULL, env=environment):
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the terminal is closed at the other end
                break
            if not piece:
                break
            shown += piece
    os.close(ours)
    return shown.decode().replace("\r\n", "\n").strip("\n")


if __name__ == "__main__":
    main()
