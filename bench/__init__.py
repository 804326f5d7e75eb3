"""Benchmarks, run by ``make bench``: what mmml promises of its speed and memory, measured on this machine."""
