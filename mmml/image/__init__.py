"""Photographs: the value, its features, and labelled samples made from sharp photos."""
