"""``python -m bench``: every benchmark, or those that are named; 1 where a target is missed."""

import os
import sys
import tempfile
import time
from pathlib import Path

from bench import clips, memory, scans, startup, throughput, training, tuning
from bench.machine import machine
from bench.row import table
from bench.workshop import open_workshop

_BENCHMARKS = {
    "startup": startup.measure,
    "memory": memory.measure,
    "throughput": throughput.measure,
    "training": training.measure,
    "tuning": tuning.measure,
    "scans": scans.measure,
    "clips": clips.measure,
}


def main(names: list[str]) -> int:
    """Measure, print a Markdown table on stdout and return the exit code."""
    unknown = set(names) - set(_BENCHMARKS)
    if unknown:
        sys.stderr.write(f"error: no benchmark {', '.join(unknown)}; there are {', '.join(_BENCHMARKS)}\n")
        return 2
    busy, cores = os.getloadavg()[0], len(os.sched_getaffinity(0))
    if busy > cores / 4:
        sys.stderr.write(f"warning: the machine has other work to do (load {busy:.1f} on {cores} cores)\n")
    rows = []
    with tempfile.TemporaryDirectory(prefix="mmml-bench-") as folder:
        workshop = open_workshop(Path(folder))
        for name in names or _BENCHMARKS:
            started = time.perf_counter()
            rows += _BENCHMARKS[name](workshop)
            sys.stderr.write(f"{name}: {time.perf_counter() - started:.0f} s\n")
    sys.stdout.write(f"{table(rows)}\n\n{machine()}\n")
    return 1 if any(row.met is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
