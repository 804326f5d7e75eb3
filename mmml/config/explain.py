"""Saying what is wrong with a config in mmml's words: Hydra has no did-you-mean."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import yaml
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from mmml.config import folders
from mmml.errors import UsageError, did_you_mean

_NO_KEY = re.compile(r"Key '([^']+)' (?:is not in struct|not in '\w+')")
_FULL_KEY = re.compile(r"full_key: (\S+)")


@contextmanager
def explained(verb: str, arguments: Sequence[str]) -> Iterator[None]:
    """Turn what Hydra and OmegaConf raise inside into a `UsageError` with a hint.

    Args:
        verb: the main config.
        arguments: as typed.
    """
    try:
        yield
    except MissingConfigException as error:
        raise _no_config(error) from None
    except OverrideParseException as error:
        raise _no_override(str(error.override)) from None
    except (HydraException, OmegaConfBaseException) as error:
        raise _no_key(verb, arguments, error) from None
    except UnicodeDecodeError:
        raise UsageError(
            "a config of yours is not UTF-8", "mmml config path shows where they are; save it anew"
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in {mark.name}, line {mark.line + 1}" if mark else ""
        raise UsageError(f"a config is not valid YAML{where}: {getattr(error, 'problem', error)}") from None


def _no_override(word: str) -> UsageError:
    key, equals, value = word.partition("=")
    if not equals:
        near = word if word in folders.choices("experiment") else None
        hint = f"did you mean +experiment={near}?" if near else "write key=value, such as +experiment=NAME"
        return UsageError(f"'{word}' is no override", hint)
    return UsageError(
        f"cannot read the override {word}",
        f"a value with blanks or signs needs quotes of its own: '{key}=\"{value}\"'",
    )


def _no_config(error: MissingConfigException) -> UsageError:
    group, _, name = str(error.missing_cfg_file or "").rpartition("/")
    if group.startswith("hydra/"):
        package = f"hydra-{name}-{group.rpartition('/')[2]}"
        return UsageError(f"{group}={name} is not installed", f"pip install {package}, or leave it out")
    if not group or group not in folders.groups():
        return UsageError(f"there is no config {error.missing_cfg_file}", str(error).splitlines()[0])
    return UsageError(f"there is no {group} '{name}'", did_you_mean(name, folders.choices(group)))


def _no_key(verb: str, arguments: Sequence[str], error: Exception) -> UsageError:
    text = "\n".join(str(link) for link in _chain(error))
    found = _NO_KEY.search(text)
    if found is None:
        # The innermost reason says what the value is; Hydra's own words say where.
        reasons = [str(link).splitlines()[0] for link in _chain(error) if str(link)]
        return UsageError(f"the config cannot be composed: {': '.join(dict.fromkeys(reasons[:2]))}")
    full = _FULL_KEY.search(text)
    key = full.group(1) if full else found.group(1)
    parent, _, last = key.rpartition(".")
    if key in ("dataset.path", "dataset.root", "dataset.columns", "dataset.classes", "dataset.group"):
        hint = "for photos of your own add dataset=folder, for a list of them dataset=table"
        return UsageError(f"there is no config key {key} in this dataset", hint)
    if key.startswith("tuner.") and not any(word.startswith("tuner=") for word in arguments):
        return UsageError(f"there is no config key {key} without a tuner", "add one: tuner=optuna")
    if key == "task.threshold":
        hint = (
            "only classification does; an outlier model has task.false_alarms: the share of good samples "
            "that may lie beyond"
        )
        return UsageError("this task takes no wish for its threshold", hint)
    if parent == "task.threshold":
        hint = f"write it as one value: 'task.threshold={{{last}: 0.95}}'"
        return UsageError(f"there is no config key {key} yet", hint)
    known = _known_keys(verb, arguments, key, parent)
    if not parent:
        known = sorted({*known, *folders.groups()})
    return UsageError(f"there is no config key {key}", did_you_mean(last, known))


def _known_keys(verb: str, arguments: Sequence[str], key: str, parent: str) -> list[str]:
    """Compose without the bad override and return which keys stand where it wanted to be."""
    from mmml.config.compose import compose

    rest = [a for a in arguments if not a.startswith("-") and a.lstrip("+~").partition("=")[0] != key]
    try:
        node: Any = compose(verb, rest)
        for name in parent.split(".") if parent else ():
            node = node[name]
    except (UsageError, HydraException, OmegaConfBaseException):
        return []
    return [str(name) for name in node] if isinstance(node, DictConfig) else []


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
