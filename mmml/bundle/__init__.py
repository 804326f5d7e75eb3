"""A trained experiment as a folder that can be verified and loaded without running foreign code."""
