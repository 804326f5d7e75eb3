"""Numbers about scores: metrics with intervals, calibration, thresholds. Knows no task and no model."""
