"""Composing a config without starting a job: for checks, for ``mmml data`` and for the Python API."""

from collections.abc import Sequence

from omegaconf import DictConfig

from mmml.config import folders


def compose(verb: str, overrides: Sequence[str]) -> DictConfig:
    """Return a composed config, unresolved.

    Args:
        verb: ``train`` or ``eval``.
        overrides: as on the command line; a sweep is not possible here.

    Raises:
        HydraException: the overrides or configs are wrong; `mmml.config.explain.explained` makes a
            `UsageError` of it.
    """
    import hydra

    plussed = [f"+{word}" if word.startswith("experiment=") else word for word in overrides]
    with hydra.initialize_config_dir(config_dir=str(folders.packaged()), version_base="1.3"):
        return hydra.compose(config_name=verb, overrides=plussed)
