"""The only place where training, evaluation and prediction happen."""
