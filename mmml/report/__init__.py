"""Reports: what a model was trained on, how good it is, and where it fails, on one page."""
