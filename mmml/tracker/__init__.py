"""Keeping a record of runs: parameters, metrics, trials, files and models."""
