"""What a config must not tell: passwords, and what comes from the environment."""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

# user:password@ in an address; the word before the colon may be missing.
_LOGIN = re.compile(r"(?<=://)[^/@\s'\"]*:[^@\s'\"/]*(?=@)")
_ADDRESS = re.compile(r"\w[\w+.-]*://[^/@\s'\",]*:[^@\s'\",/]*@[^\s'\",\]}]*")
# A password behind the question mark of an address.
_QUERY = re.compile(r"(?<=[?&]password=)[^&\s'\"]+|(?<=[?&]token=)[^&\s'\"]+")
_WITH_QUERY = re.compile(r"\w[\w+.-]*://[^\s'\",]*[?&](?:password|token)=[^\s'\",\]}]*")
_FROM_ENVIRONMENT = re.compile(r"\$\{\s*oc\.env\s*:")
# Stands for the beginning of an interpolation that shall not be resolved. A backslash would not do:
# `oc.decode` takes it away and resolves what it finds.
_KEPT_BACK = "\ue000"

#: Names of the variables that `hidden` makes begin with this.
VARIABLE = "MMML_ADDRESS_"


def masked(text: str) -> str:
    """Return a text without the user names and passwords of the addresses in it.

    >>> masked("cannot reach http://ann:secret@tracking:5000")
    'cannot reach http://…@tracking:5000'
    """
    return _QUERY.sub("…", _LOGIN.sub("…", text))


def hidden(arguments: Sequence[str]) -> list[str]:
    """Move addresses with a password from arguments into the environment of this process.

    Hydra writes what was typed into every run folder, before the run can keep anything from it. A job in
    another process inherits the environment.

    Args:
        arguments: as typed: ``tracker.uri=http://ann:secret@tracking:5000``.

    Returns:
        The arguments with ``${oc.env:MMML_ADDRESS_1}`` in place of such an address.
    """
    count = 0

    def move(found: re.Match[str]) -> str:
        nonlocal count
        count += 1
        os.environ[f"{VARIABLE}{count}"] = found.group()
        return f"${{oc.env:{VARIABLE}{count}}}"

    return [_WITH_QUERY.sub(move, _ADDRESS.sub(move, word)) if "=" in word else word for word in arguments]


def written(config: DictConfig) -> dict[str, Any]:
    """Return what a bundle may tell of a config: unresolved, and without passwords in addresses.

    Where things are stored, tracked and kept is left out: that is of this machine, not of the model.

    Args:
        config: composed.
    """
    plain = _changed(OmegaConf.to_container(config, resolve=False), masked)
    return {str(key): value for key, value in plain.items() if key not in ("store", "tracker", "cache")}


def flat_parameters(config: DictConfig) -> dict[str, Any]:
    """Return every value of a config by its dotted path, such as ``estimator.clf.C``.

    Values are resolved, but what comes from the environment, directly or through another value, stays the
    text that says so: ``${oc.env:MMML_STORE}/models``. Passwords in addresses are masked.

    Args:
        config: composed.
    """
    raw = OmegaConf.to_container(config, resolve=False)
    try:
        plain = OmegaConf.to_container(OmegaConf.create(_changed(raw, _keep_back)), resolve=True)
    except OmegaConfBaseException:
        # A value that cannot be made without what was kept back, or that is broken and used by nothing.
        plain = raw
    told = _changed(plain, lambda text: masked(text.replace(_KEPT_BACK, "${")))
    return dict(_leaves(told, ""))


def _keep_back(text: str) -> str:
    return text.replace("${", _KEPT_BACK) if _FROM_ENVIRONMENT.search(text) else text


def _changed(node: Any, change: Callable[[str], str]) -> Any:
    """Return plain dicts and lists with every text in them changed."""
    if isinstance(node, dict):
        return {key: _changed(item, change) for key, item in node.items()}
    if isinstance(node, list):
        return [_changed(item, change) for item in node]
    return change(node) if isinstance(node, str) else node


def _leaves(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, Mapping) and node:
        for key, item in node.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(node, list) and any(isinstance(item, dict | list) for item in node):
        for number, item in enumerate(node):
            yield from _leaves(item, f"{path}.{number}")
    else:
        yield path, node
