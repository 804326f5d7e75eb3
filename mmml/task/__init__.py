"""Tasks: what is predicted. One file a task; the engine never asks which one it has."""
