"""Video: clips as values, and features of their frames and of what moves."""
