"""Composing a config without starting a job: for checks, for ``mmml data`` and for the Python API."""

from collections.abc import Sequence

from omegaconf import DictConfig, OmegaConf

from mmml.config import folders
from mmml.config.words import for_hydra


def compose_with_choices(verb: str, overrides: Sequence[str]) -> tuple[DictConfig, dict[str, str]]:
    """Return a composed config, unresolved, and the config chosen in each group.

    Args:
        verb: ``train`` or ``eval``.
        overrides: as on the command line; a sweep is not possible here.

    Raises:
        HydraException: the overrides or configs are wrong; `mmml.config.explain.explained` makes a
            `UsageError` of it.
    """
    import hydra

    with hydra.initialize_config_dir(config_dir=str(folders.packaged()), version_base="1.3"):
        config = hydra.compose(config_name=verb, overrides=for_hydra(overrides), return_hydra_config=True)
    choices = {str(group): str(name) for group, name in config.hydra.runtime.choices.items()}
    # Hydra's own settings are not part of the experiment, and some can be resolved only while it runs.
    own = OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])
    return own, choices


def compose(verb: str, overrides: Sequence[str]) -> DictConfig:
    """Return a composed config, unresolved; see `compose_with_choices`."""
    return compose_with_choices(verb, overrides)[0]
