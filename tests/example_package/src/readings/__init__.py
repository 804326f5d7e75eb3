"""Logs of gauges as a modality of mmml."""
