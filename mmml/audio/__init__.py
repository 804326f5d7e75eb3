"""Recordings: the value, its features, and labelled samples made out of nothing."""
