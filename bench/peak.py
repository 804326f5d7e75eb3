"""Run ``mmml`` in this process and say its peak memory: ``python -m bench.peak predict site/ -o rows.csv``.

The system's own count for a child, ``ru_maxrss``, begins with the memory of the process that started it.
"""

import sys
from pathlib import Path

from mmml.cli.main import run


def peak() -> int:
    """Return the largest resident memory that this process has had, bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise OSError("this system does not tell the peak memory of a process")


if __name__ == "__main__":
    code = run(sys.argv[1:])
    sys.stdout.write(f"{peak()}\n")
    sys.exit(code)
