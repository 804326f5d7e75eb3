"""A part of a config, composed and checked without the rest: for commands that need no whole experiment."""

from collections.abc import Sequence
from typing import Any

from omegaconf import OmegaConf

from mmml.config.check import resolved
from mmml.config.compose import compose
from mmml.config.explain import explained
from mmml.config.schema import TrainConfig

# What any group may refer to.
_ALWAYS = ("name", "seed", "limits", "parallel", "cache", "paths")


def composed_part(groups: Sequence[str], overrides: Sequence[str]) -> dict[str, Any]:
    """Return some groups of a ``train`` config, resolved and checked.

    `mmml.config.launch.prepare` comes before it. The other groups may be incomplete, and what they name is
    not imported: an estimator's library alone takes over a second.

    Args:
        groups: such as ``dataset``; what any group may refer to (seed, paths, …) comes with them.
        overrides: as on the command line.

    Raises:
        UsageError: something in them is wrong.
    """
    words = ["name=part", *overrides]
    with explained("train", words):
        config = compose("train", words)
    return resolved(OmegaConf.masked_copy(config, [*groups, *_ALWAYS]), TrainConfig)
