"""Estimators that scikit-learn does not have, and how each kind is stored in a bundle."""
