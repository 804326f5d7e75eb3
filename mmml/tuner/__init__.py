"""Finding values of a config that make the model best, on folds of the training split only."""
