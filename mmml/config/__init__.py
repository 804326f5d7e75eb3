"""Configs: composing them with Hydra, checking them, building objects from them."""
