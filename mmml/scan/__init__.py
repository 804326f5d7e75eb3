"""Scans, that is meshes and point clouds: the value, its features, and labelled samples made from nothing."""
